type Where = "localStorage" | "sessionStorage";

/** What is kept in the browser under a name; undefined if nothing is, or storage is blocked. */
export function kept(where: Where, name: string): string | undefined {
  try {
    return globalThis[where].getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value as well as the browser allows; undefined forgets it. */
export function keep(where: Where, name: string, value: string | undefined): void {
  try {
    if (value === undefined) globalThis[where].removeItem(name);
    else globalThis[where].setItem(name, value);
  } catch {
    // Full or blocked: the value lives as long as the page.
  }
}
