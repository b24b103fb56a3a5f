import { Ellipsis, Pencil, Trash2, WifiOff } from "lucide-react";
import { useState } from "react";
import type { Conversation } from "../api/types.ts";
import { Avatar } from "../components/avatar.tsx";
import { IconButton } from "../components/ui/button.tsx";
import { Menu, MenuItem, MenuSeparator } from "../components/ui/menu.tsx";
import { useLasting } from "../lib/use-lasting.ts";
import { useMe } from "../session.tsx";
import { TopBar } from "../shell/top-bar.tsx";
import { DeleteConversation, RenameConversation } from "./conversation-dialogs.tsx";

const noticedAfterMs = 1200;

export function ChatHeader({ conversation, connected }: { conversation: Conversation; connected: boolean }) {
  const me = useMe();
  const [open, setOpen] = useState<"rename" | "delete">();
  const others = conversation.participants.filter(({ id }) => id !== me.id);
  const close = (stays: boolean) => {
    if (!stays) setOpen(undefined);
  };
  return (
    <TopBar
      actions={
        <>
          {useLasting(!connected, noticedAfterMs) && <Reconnecting />}
          <Menu
            trigger={
              <IconButton label="Conversation menu">
                <Ellipsis />
              </IconButton>
            }
          >
            <MenuItem onSelect={() => setOpen("rename")}>
              <Pencil />
              Rename
            </MenuItem>
            <MenuSeparator />
            <MenuItem danger onSelect={() => setOpen("delete")}>
              <Trash2 />
              Delete
            </MenuItem>
          </Menu>
          <RenameConversation conversation={conversation} open={open === "rename"} onOpenChange={close} />
          <DeleteConversation conversation={conversation} open={open === "delete"} onOpenChange={close} />
        </>
      }
    >
      <div className="flex min-w-0 items-center gap-3">
        <div className="flex shrink-0 -space-x-1.5">
          {others.slice(0, 3).map((one) => (
            <Avatar key={one.id} {...one} className="size-7 text-[0.625rem] ring-2 ring-background" />
          ))}
        </div>
        <div className="flex min-w-0 flex-col">
          <h1 className="truncate text-sm font-semibold tracking-tight">
            {conversation.title === "" ? "Conversation" : conversation.title}
          </h1>
          <p className="truncate text-xs text-muted-foreground">{others.map(({ name }) => name).join(", ")}</p>
        </div>
      </div>
    </TopBar>
  );
}

function Reconnecting() {
  return (
    <span
      role="status"
      className="inline-flex items-center gap-1.5 rounded-full bg-warning-tint px-2.5 py-1 text-xs font-medium text-warning-foreground"
    >
      <WifiOff className="size-3.5 animate-breathe" aria-hidden />
      Reconnecting…
    </span>
  );
}
