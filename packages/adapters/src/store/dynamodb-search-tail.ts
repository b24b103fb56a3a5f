import { compareKeys, compareKeyValues } from "@aloft/core/tables/compare";
import type { KeyValue } from "@aloft/core/tables/define-table";
import type { Candidate, Entry } from "./dynamodb-search-entries.ts";

/** What was written last, found by its words, in memory. */
export interface Tail {
  /** How many items it holds. */
  readonly size: () => number;
  /** The entry of this key; null if it was removed here not long ago. */
  readonly get: (id: string) => KnownEntry | null | undefined;
  readonly add: (entry: Entry) => void;
  /** @param atMs when: for some time, what says otherwise is older. */
  readonly remove: (id: string, atMs: number) => void;
  /** Every item that has all of the words, in one of the scopes, in no order. */
  readonly find: (words: readonly string[], scopes: ReadonlySet<KeyValue>) => Candidate[];
  /** How many items have all of the terms. */
  readonly count: (terms: readonly string[]) => number;
  /** How many items come after a place in the order of writing, and up to a time if one is given. */
  readonly countAfter: (at: readonly KeyValue[] | undefined, until?: KeyValue) => number;
  /**
   * Forgets what comes up to a place in the order of writing, but for the newest `keep` items.
   * @returns the time of the newest that was forgotten; undefined if nothing was.
   */
  readonly forget: (upTo: readonly KeyValue[], keep: number) => KeyValue | undefined;
  readonly forgetRemoved: (beforeMs: number) => void;
  readonly clear: () => void;
}

/** An entry without its words: those are in the lists. */
export type KnownEntry = Omit<Entry, "tokens"> & { readonly words: number };

export function makeTail(): Tail {
  let entries: (KnownEntry | undefined)[] = [];
  let lists = new Map<string, number[]>();
  const numbers = new Map<string, number>();
  const removed = new Map<string, number>();
  const drop = (id: string): void => {
    const number = numbers.get(id);
    if (number !== undefined) entries[number] = undefined;
    numbers.delete(id);
  };
  const listsOf = (terms: readonly string[]): number[][] => {
    return terms.map((term) => lists.get(term) ?? []).sort((a, b) => a.length - b.length);
  };
  const matches = (terms: readonly string[]): KnownEntry[] => {
    const [shortest = [], ...others] = listsOf(terms);
    return shortest.flatMap((number) => {
      const entry = entries[number];
      return entry !== undefined && others.every((list) => includesSorted(list, number)) ? entry : [];
    });
  };
  return {
    size: () => numbers.size,
    get: (id) => {
      const number = numbers.get(id);
      return number === undefined ? (removed.has(id) ? null : undefined) : entries[number];
    },
    add: ({ tokens, ...entry }) => {
      drop(entry.id);
      removed.delete(entry.id);
      if (entries.length > 2 * numbers.size + 1024) ({ entries, lists } = renumbered(entries, lists, numbers));
      const number = entries.length;
      entries.push({ ...entry, words: tokens.length });
      numbers.set(entry.id, number);
      for (const term of tokens) {
        const list = lists.get(term);
        if (list === undefined) lists.set(term, [number]);
        else list.push(number);
      }
    },
    remove: (id, atMs) => {
      drop(id);
      removed.set(id, atMs);
    },
    find: (words, scopes) => matches(words).filter(({ scope }) => scopes.has(scope)),
    count: (terms) => matches(terms).length,
    countAfter: (at, until) => {
      let count = 0;
      for (const entry of entries) {
        if (entry === undefined || (at !== undefined && compareKeys(entry.at, at) <= 0)) continue;
        if (until === undefined || compareKeyValues(entry.at[0] as KeyValue, until) <= 0) count++;
      }
      return count;
    },
    forget: (upTo, keep) => {
      const newestLast = entries.filter((entry) => entry !== undefined).sort((a, b) => compareKeys(a.at, b.at));
      const going = newestLast.slice(0, -keep || undefined).filter(({ at }) => compareKeys(at, upTo) <= 0);
      for (const { id } of going) drop(id);
      ({ entries, lists } = renumbered(entries, lists, numbers));
      return going.at(-1)?.at[0];
    },
    forgetRemoved: (beforeMs) => {
      for (const [id, atMs] of removed) if (atMs < beforeMs) removed.delete(id);
    },
    clear: () => {
      entries = [];
      lists = new Map();
      numbers.clear();
    },
  };
}

/** Closes the gaps that entries have left. */
function renumbered(
  entries: readonly (KnownEntry | undefined)[],
  lists: ReadonlyMap<string, readonly number[]>,
  numbers: Map<string, number>,
): { entries: (KnownEntry | undefined)[]; lists: Map<string, number[]> } {
  const kept: KnownEntry[] = [];
  const moved = entries.map((entry) => {
    if (entry === undefined) return undefined;
    numbers.set(entry.id, kept.length);
    return kept.push(entry) - 1;
  });
  const fresh = new Map<string, number[]>();
  for (const [term, list] of lists) {
    const left = list.flatMap((number) => moved[number] ?? []);
    if (left.length > 0) fresh.set(term, left);
  }
  return { entries: kept, lists: fresh };
}

function includesSorted(list: readonly number[], sought: number): boolean {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as number) < sought) low = middle + 1;
    else high = middle;
  }
  return list[low] === sought;
}
