import { compareKeyValues } from "@aloft/core/tables/compare";
import type { KeyValue } from "@aloft/core/tables/define-table";
import type { AnyItem } from "@aloft/core/tables/validate";
import { entryOf, idOf, type SearchLayout } from "./dynamodb-search-entries.ts";
import type { DocTables } from "./dynamodb-search-docs.ts";
import { follow } from "./dynamodb-search-follow.ts";
import { recentOrderOf } from "./dynamodb-search-index.ts";
import { currentState } from "./dynamodb-search-indexer.ts";
import type { SearchRows } from "./dynamodb-search-rows.ts";
import type { Source } from "./dynamodb-search-source.ts";
import { watermarkOf, type SearchState } from "./dynamodb-search-state.ts";
import { makeTail, type Tail } from "./dynamodb-search-tail.ts";
import type { StoredItem } from "./dynamodb-values.ts";

/** What a process wrote: an item as it is stored now, or the key of one that is gone. */
export type Write = { readonly item: StoredItem } | { readonly deleted: AnyItem };

/** What a search goes by: it must not change while it runs. */
export interface Snapshot {
  readonly state: SearchState;
  /** The time up to which memory may lack something; undefined if it has everything. */
  readonly floor: KeyValue | undefined;
}

/** What a process keeps in memory of one table's search. */
export interface SearchMemory {
  readonly tail: Tail;
  /** Holds what was acknowledged to anyone, but for moments. */
  readonly current: () => Promise<Snapshot>;
  readonly wrote: (write: Write) => void;
  /** What this process wrote moments ago, which an eventually consistent read may not see yet. */
  readonly lately: (id: string) => Write | undefined;
  /** Looks again at what arrived late, and at what is indexed; forgets what is. */
  readonly refresh: () => Promise<Snapshot>;
}

export interface MemoryOptions {
  readonly layout: SearchLayout;
  readonly rows: SearchRows;
  readonly source: Source;
  /** The time as items have it. */
  readonly now: () => KeyValue;
  /** How many items to keep, though they are indexed: how often words are is gone by them. */
  readonly keepItems: number;
  /** More are not held; they are indexed first. */
  readonly maxItems: number;
  readonly overlapMs: number;
  readonly lateMs: number;
  readonly latelyMs: number;
  readonly docs: DocTables;
  /** Indexes what there is too much of. */
  readonly index: () => Promise<void>;
}

export function makeMemory(options: MemoryOptions): SearchMemory {
  const { layout, rows, source, now, keepItems, maxItems, latelyMs } = options;
  const tail = makeTail();
  const follower = follow(source, tail, layout);
  const placeOf = placesOf(layout);
  const written = new Map<string, { readonly write: Write; readonly atMs: number }>();
  let snapshot: Snapshot | undefined;
  let loading: Promise<void> | undefined;
  let catching: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    for (;;) {
      const state = await currentState(rows, layout);
      const loaded = await follower.load(watermarkOf(state), keepItems, maxItems);
      if (loaded !== false) {
        await options.docs.prepare(state);
        snapshot = { state, floor: loaded.floor };
        return;
      }
      await options.index();
      tail.clear();
    }
  };
  const loaded = async (): Promise<void> => {
    if (snapshot !== undefined && tail.size() > 2 * maxItems) {
      tail.clear();
      snapshot = undefined;
    }
    if (snapshot !== undefined) return;
    loading ??= load().finally(() => (loading = undefined));
    await loading;
  };
  const forgetWritten = (): void => {
    const before = Date.now() - latelyMs;
    for (const [id, { atMs }] of written) {
      if (atMs > before) break;
      written.delete(id);
    }
    tail.forgetRemoved(before);
  };
  const settle = (fresh: SearchState, old: Snapshot): Snapshot => {
    const watermark = watermarkOf(fresh);
    const gone = watermark === undefined ? undefined : tail.forget(watermark, keepItems);
    const floors = [old.floor, gone].filter((floor) => floor !== undefined);
    return { state: fresh, floor: floors.sort(compareKeyValues).at(-1) };
  };
  return {
    tail,
    current: async () => {
      for (;;) {
        await loaded();
        catching ??= follower.catchUp(now(), options.overlapMs).finally(() => (catching = undefined));
        await catching;
        forgetWritten();
        if (snapshot !== undefined) return snapshot;
      }
    },
    wrote: (write) => {
      const atMs = Date.now();
      const id = idOf(layout, "item" in write ? write.item : write.deleted);
      written.delete(id);
      written.set(id, { write, atMs });
      forgetWritten();
      const entry = "item" in write ? entryOf(layout, write.item, placeOf(write.item, atMs)) : undefined;
      if (entry === undefined) tail.remove(id, atMs);
      else tail.add(entry);
    },
    lately: (id) => written.get(id)?.write,
    refresh: async () => {
      await loaded();
      await follower.catchUp(now(), options.lateMs);
      const fresh = await currentState(rows, layout);
      await options.docs.prepare(fresh);
      const isAnother = fresh.generation !== snapshot?.state.generation && snapshot?.state.segments.length !== 0;
      snapshot = snapshot === undefined || isAnother ? undefined : settle(fresh, snapshot);
      for (;;) {
        if (snapshot !== undefined) return snapshot;
        await loaded();
      }
    },
  };
}

/** The place of an item in the order of writing, as far as its writer knows it. */
function placesOf(layout: SearchLayout): (item: AnyItem, atMs: number) => readonly KeyValue[] {
  const { at } = recentOrderOf(layout.table);
  if (layout.inOrder) return (item) => at.map((name) => item[name] as KeyValue);
  return (item, atMs) => [atMs, ...layout.table.key.map((name) => item[name] as KeyValue)];
}
