import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { compareKeys } from "@aloft/core/tables/compare";
import type { KeyValue } from "@aloft/core/tables/define-table";
import type { SearchLayout } from "./dynamodb-search-entries.ts";
import type { SearchRows } from "./dynamodb-search-rows.ts";
import { buildSegment, type SegmentSettings } from "./dynamodb-search-segments.ts";
import { readInOrder, type Source, type Written } from "./dynamodb-search-source.ts";
import { emptyState, watermarkOf, type SearchState } from "./dynamodb-search-state.ts";

/** Writes segments. Any number of processes may try: one at a time does it. */
export interface Indexer {
  /**
   * Writes segments until fewer items than one needs are left.
   * @param wait whether to wait for another process that is at it.
   * @returns whether all is done; false if another process was at it.
   */
  readonly run: (options: { readonly wait: boolean; readonly unitsPerSecond: number }) => Promise<boolean>;
}

export interface IndexerOptions {
  readonly layout: SearchLayout;
  readonly rows: SearchRows;
  readonly source: Source;
  readonly settings: SegmentSettings;
  /** Up to which time what was written has settled: nothing comes before it any more. */
  readonly settled: () => KeyValue | undefined;
  readonly signal: AbortSignal;
}

const leaseMs = 60_000;
const renewMs = 15_000;

export function makeIndexer(options: IndexerOptions): Indexer {
  const { rows, layout, signal } = options;
  const owner = randomUUID();
  const lease = (): Promise<boolean> => rows.lease(owner, Date.now(), Date.now() + leaseMs);
  const whileLeased = async (work: () => Promise<void>): Promise<void> => {
    const renewing = setInterval(() => void lease().catch(() => false), renewMs);
    renewing.unref();
    try {
      await work();
    } finally {
      clearInterval(renewing);
      if (!signal.aborted) await rows.release(owner);
    }
  };
  return {
    run: async ({ wait, unitsPerSecond }) => {
      while (!(await lease())) {
        if (!wait) return false;
        await delay(250, undefined, { signal });
      }
      await whileLeased(async () => {
        while (await writeSegment(options, await currentState(rows, layout), unitsPerSecond));
      });
      return true;
    },
  };
}

/** The state as it is now, or that of an index to be begun. */
export async function currentState(rows: SearchRows, { signature }: SearchLayout): Promise<SearchState> {
  const state = await rows.state();
  if (state?.signature === signature) return state;
  return { ...emptyState(signature, randomUUID().slice(0, 8)), version: state?.version ?? 0 };
}

/** @returns whether there may be another to write. */
async function writeSegment(options: IndexerOptions, state: SearchState, unitsPerSecond: number): Promise<boolean> {
  const { rows, layout, source, settings, signal } = options;
  const written = await nextWritten(options, state);
  const to = written.at(-1)?.at;
  if (to === undefined) return false;
  let current = state;
  if (state.pending === undefined) {
    const pending = { ...state, pending: to, savedAt: Date.now() };
    if (!(await rows.save(pending))) return true;
    current = { ...pending, version: state.version + 1 };
  }
  const entries = written.flatMap((one) => source.entryOf(one) ?? []);
  const number = state.segments.length + 1;
  const place = { generation: state.generation, number, common: state.common };
  const segment = buildSegment(layout, entries, place, settings);
  await rows.write(segment.rows, signal, unitsPerSecond);
  const common = new Map([...state.common, ...segment.common.map((term) => [term, number] as const)]);
  const segments = [...state.segments, { to: current.pending ?? to, items: entries.length }];
  await rows.save({ ...current, segments, common, pending: undefined, savedAt: Date.now() });
  return true;
}

/** The items of the next segment: as many as it has, or those that it was begun with. */
async function nextWritten({ source, settings, settled }: IndexerOptions, state: SearchState): Promise<Written[]> {
  const { pending } = state;
  const after = watermarkOf(state);
  if (pending !== undefined) {
    const written = await readInOrder(source, { after, to: pending[0] }, Infinity);
    const within = written.filter(({ at }) => compareKeys(at, pending) <= 0);
    return within.at(-1) === undefined ? [{ item: {}, at: pending }] : within;
  }
  const written = await readInOrder(source, { after, to: settled() }, settings.segmentItems);
  return written.length < settings.segmentItems ? [] : written;
}
