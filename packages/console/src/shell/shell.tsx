import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { Dialog } from "radix-ui";
import { useEffect, useMemo, useState } from "react";
import { overlayClass } from "../components/ui/dialog.tsx";
import { SearchDialog } from "../search/search-dialog.tsx";
import { SidebarContext } from "./sidebar-state.ts";
import { Sidebar } from "./sidebar.tsx";

/** The frame around every page of who is signed in. */
export function Shell() {
  const [open, setOpen] = useState(false);
  const [searching, setSearching] = useState(false);
  const { href } = useLocation();
  const state = useMemo(() => ({ open, setOpen, openSearch: () => setSearching(true) }), [open]);
  useEffect(() => setOpen(false), [href]);
  useShortcuts(() => setSearching(true));
  return (
    <SidebarContext value={state}>
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-primary px-4 py-2 text-primary-foreground focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        Skip to content
      </a>
      <div className="grid h-full grid-cols-[minmax(0,1fr)] md:grid-cols-[17.5rem_minmax(0,1fr)]">
        <aside className="hidden h-full min-h-0 border-r bg-sidebar md:block">
          <Sidebar />
        </aside>
        <main id="main" tabIndex={-1} className="h-full min-h-0 outline-none">
          <Outlet />
        </main>
      </div>
      <Drawer open={open} onOpenChange={setOpen} />
      <SearchDialog open={searching} onOpenChange={setSearching} />
    </SidebarContext>
  );
}

function Drawer({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className={`${overlayClass} md:hidden`} />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-y-0 left-0 z-50 w-[min(19rem,85vw)] animate-slide border-r bg-sidebar shadow-floating outline-none md:hidden"
        >
          <Dialog.Title className="sr-only">Sidebar</Dialog.Title>
          <Sidebar />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useShortcuts(openSearch: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.metaKey || event.ctrlKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key === "k" && !event.shiftKey) openSearch();
      else if (key === "o" && event.shiftKey) void navigate({ to: "/" });
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  });
}
