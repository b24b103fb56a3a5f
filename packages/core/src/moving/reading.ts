import { storeLimits, type Page, type Store } from "../ports/store.ts";
import type { AnyTable, Stored } from "../tables/define-table.ts";
import type { AnyItem } from "../tables/validate.ts";
import { patiently } from "./patiently.ts";

export type StoredItem = Stored<AnyTable>;

export interface ScannedPage {
  readonly items: readonly StoredItem[];
  /** Where the next page begins; undefined after the last. */
  readonly next: string | undefined;
}

/** What a page should have, so that pages of large items are as fast to hold as those of small ones. */
const pageCharacters = 2 * 1024 * 1024;

/** A table's pages, each being read while the one before is worked on. At most two are held. */
export async function* scanPages(
  store: Store,
  table: AnyTable,
  { cursor, signal }: { readonly cursor?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ScannedPage> {
  let limit = 100;
  const read = (from: string | undefined): Promise<Page<StoredItem>> => {
    const page = patiently(() => store.scan(table, { limit, cursor: from }), signal);
    // It is awaited a turn later; until then nobody else may take its failure for unhandled.
    page.catch(() => undefined);
    return page;
  };
  let reading: Promise<Page<StoredItem>> | undefined = read(cursor);
  while (reading !== undefined) {
    signal?.throwIfAborted();
    const { items, next }: Page<StoredItem> = await reading;
    limit = nextLimit(items, limit);
    reading = next === undefined ? undefined : read(next);
    yield { items, next };
  }
}

function nextLimit(items: readonly AnyItem[], limit: number): number {
  if (items.length === 0) return limit;
  const sample = items.filter((_, i) => i % Math.ceil(items.length / 20) === 0);
  const average = sample.reduce((sum, item) => sum + JSON.stringify(item).length, 0) / sample.length;
  return Math.max(1, Math.min(storeLimits.maxLoadItems, Math.floor(pageCharacters / average)));
}

/**
 * Parts items into lists that can be loaded, in order: none too long, and in none two with one key or unique value, as
 * items read at different moments may have.
 */
export function loadable(table: AnyTable, items: readonly StoredItem[]): StoredItem[][] {
  const constraints = [table.key, ...Object.values(table.unique)];
  const lists: StoredItem[][] = [];
  let list: StoredItem[] = [];
  let taken = new Set<string>();
  for (const item of items) {
    const values = constraints.flatMap((attributes, i) => {
      const own = attributes.map((attribute) => (item as AnyItem)[attribute]);
      return own.includes(undefined) ? [] : [JSON.stringify([i, ...own])];
    });
    if (list.length >= storeLimits.maxLoadItems || values.some((value) => taken.has(value))) {
      lists.push(list);
      list = [];
      taken = new Set();
    }
    list.push(item);
    for (const value of values) taken.add(value);
  }
  if (list.length > 0) lists.push(list);
  return lists;
}
