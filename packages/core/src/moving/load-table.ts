import type { Store } from "../ports/store.ts";
import type { AnyTable } from "../tables/define-table.ts";
import type { TableProgress } from "./journal.ts";
import { patiently } from "./patiently.ts";
import { loadable, scanPages, type StoredItem } from "./reading.ts";

/** Pages that are being written at once: enough to hide a round trip, few enough to hold. */
const pagesInFlight = 4;

interface LoadTable {
  readonly from: Store;
  readonly to: Store;
  readonly table: AnyTable;
  readonly progress: TableProgress | undefined;
  readonly signal: AbortSignal | undefined;
  /** Told of each page once it and all before it are written. */
  readonly onLoaded: (progress: TableProgress, items: readonly StoredItem[]) => void;
}

/**
 * Copies a table page by page, from where the progress says. Reading waits for writing: at most six pages are held.
 */
export async function loadTable({ from, to, table, progress, signal, onLoaded }: LoadTable): Promise<void> {
  if (progress?.done === true) return;
  let items = progress?.items ?? 0;
  const writing: Promise<void>[] = [];
  let previous = Promise.resolve();
  for await (const page of scanPages(from, table, { cursor: progress?.cursor, signal })) {
    const before = previous;
    const written = load(to, table, { items: page.items, signal });
    previous = (async () => {
      await Promise.all([before, written]);
      items += page.items.length;
      const at = page.next === undefined ? {} : { cursor: page.next };
      onLoaded({ ...at, items, done: page.next === undefined }, page.items);
    })();
    previous.catch(() => undefined);
    writing.push(previous);
    if (writing.length >= pagesInFlight) await writing.shift();
  }
  await previous;
}

/** Loads items in their order, however many they are. */
export async function load(
  to: Store,
  table: AnyTable,
  { items, signal }: { readonly items: readonly StoredItem[]; readonly signal: AbortSignal | undefined },
): Promise<void> {
  for (const list of loadable(table, items)) await patiently(() => to.load(table, list), signal);
}
