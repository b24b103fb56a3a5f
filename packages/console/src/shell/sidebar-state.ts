import { createContext, useContext } from "react";

interface SidebarState {
  /** On a small screen, whether it lies over the page. */
  readonly open: boolean;
  readonly setOpen: (open: boolean) => void;
  readonly openSearch: () => void;
}

export const SidebarContext = createContext<SidebarState>({
  open: false,
  setOpen: () => undefined,
  openSearch: () => undefined,
});

export const useSidebar = (): SidebarState => useContext(SidebarContext);
