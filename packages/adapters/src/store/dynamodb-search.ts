import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import type { SearchPlan } from "@aloft/core/tables/pages";
import type { DynamoEngine } from "./dynamodb-engine.ts";
import { docTables } from "./dynamodb-search-docs.ts";
import { searchLayoutOf } from "./dynamodb-search-entries.ts";
import { earlier } from "./dynamodb-search-follow.ts";
import { searchTableNameOf } from "./dynamodb-search-index.ts";
import { makeIndexer } from "./dynamodb-search-indexer.ts";
import { makeMemory, type Write } from "./dynamodb-search-memory.ts";
import { searchRows } from "./dynamodb-search-rows.ts";
import { runSearch } from "./dynamodb-search-run.ts";
import { defaultSegmentSettings, type SegmentSettings } from "./dynamodb-search-segments.ts";
import { sourceOf } from "./dynamodb-search-source.ts";
import { watermarkOf } from "./dynamodb-search-state.ts";
import type { StoredItem } from "./dynamodb-values.ts";

/** The search of one table. */
export interface TableSearch {
  /** The items that are found, from the plan's start in its direction, one more than its limit if there are as many. */
  readonly search: (plan: SearchPlan) => Promise<StoredItem[]>;
  /** To be told at once of every write that succeeded in this process, so that a search after it finds it. */
  readonly wrote: (write: Write) => void;
  /** Indexes all that has settled and fills a segment, waiting for other processes that do. */
  readonly maintain: () => Promise<void>;
  /** Loads what is new, and from now on keeps up and indexes in the background. */
  readonly start: () => void;
  /** Stops what is under way. A segment half written is finished by whoever comes next. */
  readonly close: () => Promise<void>;
}

export interface TableSearchOptions {
  /** Must be the same for all who open the table. */
  readonly segments?: Partial<SegmentSettings>;
  /** How long after it was written an item may still become visible. Default 60,000. */
  readonly settleMs?: number;
  /** Items kept in memory though they are indexed. Default 4,096. */
  readonly keepItems?: number;
  /** Items, at about 20 bytes each, whose keys are kept in memory so that the index need only number them. Default 4,194,304. */
  readonly docItems?: number;
  /** What a search looks at again of what it has seen. Default 2,000. */
  readonly overlapMs?: number;
  /** Between two looks in the background. Default 30,000. */
  readonly everyMs?: number;
  /** Write units a second that the background takes at most. Default 1,000. */
  readonly unitsPerSecond?: number;
  /** For how long a process that went silent while it wrote a segment holds others up. Default 60,000. */
  readonly leaseMs?: number;
}

/** For so long a process goes by what it wrote itself rather than by what it reads. */
const latelyMs = 10_000;

/**
 * The search of a table on DynamoDB: the newest items in memory, the others in an index of segments.
 * @throws {TypeError} the table declares no search.
 */
export function searchOf(engine: DynamoEngine, table: AnyTable, options: TableSearchOptions = {}): TableSearch {
  const { settleMs = 60_000, keepItems = 4096, overlapMs = 2000, everyMs = 30_000 } = options;
  const { unitsPerSecond = 1000, leaseMs = 60_000, docItems = 4_194_304 } = options;
  const layout = searchLayoutOf(table);
  if (layout === undefined) throw new TypeError(`The table "${table.name}" declares no search.`);
  const settings = { ...defaultSegmentSettings, ...options.segments };
  const rows = searchRows(engine, searchTableNameOf(engine.tablePrefix, table));
  const source = sourceOf(engine, layout);
  const stopping = new AbortController();
  const { signal } = stopping;
  const now = (): KeyValue => {
    if (!layout.inOrder) return Date.now();
    return table.keyTypes[layout.newest ?? ""] === "number" ? engine.clock() : new Date(engine.clock()).toISOString();
  };
  const settled = (): KeyValue => earlier(now(), settleMs);
  const indexer = makeIndexer({ layout, rows, source, settings, settled, signal, leaseMs });
  const index = async (): Promise<void> => void (await indexer.run({ wait: true, unitsPerSecond: Infinity }));
  const lateMs = settleMs + 2 * everyMs;
  const maxItems = 4 * settings.segmentItems;
  const docs = docTables(layout, rows, settings, Math.max(1, Math.floor(docItems / settings.segmentItems)));
  const memory = makeMemory({
    layout,
    rows,
    source,
    docs,
    now,
    keepItems,
    maxItems,
    overlapMs,
    lateMs,
    latelyMs,
    index,
  });
  const tend = async (): Promise<void> => {
    const { state } = await memory.refresh();
    if (memory.tail.countAfter(watermarkOf(state), settled()) < settings.segmentItems) return;
    await indexer.run({ wait: false, unitsPerSecond });
    await memory.refresh();
  };
  let timer: NodeJS.Timeout | undefined;
  let tending: Promise<void> = Promise.resolve();
  const tendNowAndThen = (): void => {
    tending = tend()
      .catch(() => undefined)
      .finally(() => {
        if (!signal.aborted) timer = setTimeout(tendNowAndThen, everyMs * (0.75 + Math.random() / 2)).unref();
      });
  };
  return {
    search: (plan) => runSearch({ engine, layout, rows, docs, memory, settings }, plan),
    wrote: memory.wrote,
    maintain: async () => {
      await index();
      await memory.refresh();
    },
    start: tendNowAndThen,
    close: async () => {
      stopping.abort(new Error("The store is closed."));
      clearTimeout(timer);
      await tending;
    },
  };
}
