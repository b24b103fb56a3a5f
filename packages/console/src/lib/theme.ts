import { useSyncExternalStore } from "react";
import { keep, kept } from "./kept.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const name = "aloft.theme";
const systemDark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function current(): Theme {
  const found = kept("localStorage", name);
  return themes.find((theme) => theme === found) ?? "system";
}

function apply(): void {
  const theme = current();
  document.documentElement.classList.toggle("dark", theme === "dark" || (theme === "system" && systemDark.matches));
  for (const listener of listeners) listener();
}

systemDark.addEventListener("change", apply);
globalThis.addEventListener("storage", ({ key }) => {
  if (key === name) apply();
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The theme that was chosen in this browser, for all of its tabs. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const choose = (theme: Theme) => {
    keep("localStorage", name, theme === "system" ? undefined : theme);
    apply();
  };
  return [useSyncExternalStore(subscribe, current), choose];
}
