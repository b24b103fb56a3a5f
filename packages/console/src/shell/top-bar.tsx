import { Menu as MenuIcon } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "../components/ui/button.tsx";
import { useSidebar } from "./sidebar-state.ts";

/** The bar above a page: on a small screen, where the sidebar is opened. */
export function TopBar({ children, actions }: { children?: ReactNode; actions?: ReactNode }) {
  const { setOpen } = useSidebar();
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-b px-3 sm:px-5">
      <IconButton label="Open the sidebar" className="md:hidden" onClick={() => setOpen(true)}>
        <MenuIcon />
      </IconButton>
      <div className="min-w-0 flex-1">{children}</div>
      <div className="flex shrink-0 items-center gap-1.5">{actions}</div>
    </header>
  );
}
