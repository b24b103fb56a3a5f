import { Link } from "@tanstack/react-router";
import { Bot, KeyRound, type LucideIcon, Search, Settings, SquarePen } from "lucide-react";
import { Logo } from "../components/logo.tsx";
import { Button } from "../components/ui/button.tsx";
import { modifierKey } from "../lib/platform.ts";
import { ConversationList } from "./conversation-list.tsx";
import { NotificationsBell } from "./notifications-bell.tsx";
import { OrganizationSwitcher } from "./organization-switcher.tsx";
import { useSidebar } from "./sidebar-state.ts";
import { UserMenu } from "./user-menu.tsx";

export function Sidebar() {
  const { openSearch, setOpen } = useSidebar();
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-14 shrink-0 items-center justify-between gap-2 pr-2.5 pl-4">
        <Link to="/" className="flex items-center gap-2.5 rounded-lg text-[1.05rem] font-semibold tracking-tight">
          <Logo />
          Aloft
        </Link>
        <NotificationsBell />
      </div>
      <div className="flex flex-col gap-1.5 px-3 pb-2">
        <OrganizationSwitcher />
        <Button asChild variant="outline" className="justify-start rounded-xl px-[0.6875rem]">
          <Link to="/">
            <SquarePen aria-hidden className="text-primary" />
            New conversation
          </Link>
        </Button>
        <Button
          variant="ghost"
          className="justify-start rounded-xl px-3"
          onClick={() => {
            setOpen(false);
            openSearch();
          }}
        >
          <Search aria-hidden />
          Search messages
          <kbd className="ml-auto rounded-md border bg-surface px-1.5 font-sans text-[0.6875rem] font-medium">
            {modifierKey} K
          </kbd>
        </Button>
      </div>
      <ConversationList />
      <nav aria-label="Console" className="flex flex-col gap-0.5 border-t p-3">
        <NavLink to="/agents" icon={Bot} text="Agents" />
        <NavLink to="/keys" icon={KeyRound} text="API keys" />
        <NavLink to="/settings" icon={Settings} text="Settings" />
        <UserMenu />
      </nav>
    </div>
  );
}

function NavLink({ to, icon: Icon, text }: { to: "/agents" | "/keys" | "/settings"; icon: LucideIcon; text: string }) {
  return (
    <Link
      to={to}
      className="flex h-9 items-center gap-2.5 rounded-xl px-3 text-sm font-medium text-muted-foreground transition-colors hover:bg-accent hover:text-foreground data-[status=active]:bg-accent data-[status=active]:text-foreground"
    >
      <Icon className="size-4" aria-hidden />
      {text}
    </Link>
  );
}
