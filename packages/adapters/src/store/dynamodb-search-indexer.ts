import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { KeyValue } from "@aloft/core/tables/define-table";
import type { Entry, SearchLayout } from "./dynamodb-search-entries.ts";
import type { SearchRows } from "./dynamodb-search-rows.ts";
import { buildSegment, giveTurns, type SegmentSettings } from "./dynamodb-search-segments.ts";
import { readInOrder, type Source } from "./dynamodb-search-source.ts";
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
  /** For how long nobody else writes segments once this process has gone silent. */
  readonly leaseMs: number;
}

export function makeIndexer(options: IndexerOptions): Indexer {
  const { rows, layout, signal, leaseMs } = options;
  const owner = randomUUID();
  const lease = (): Promise<boolean> => rows.lease(owner, Date.now(), Date.now() + leaseMs);
  const whileLeased = async (work: () => Promise<void>): Promise<void> => {
    const renewing = setInterval(() => void lease().catch(() => false), leaseMs / 4);
    renewing.unref();
    try {
      await work();
    } finally {
      clearInterval(renewing);
      await rows.release(owner).catch(() => undefined);
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
  const { rows, layout, source, settings, settled, signal } = options;
  const range = { after: watermarkOf(state), to: settled() };
  const written = await readInOrder(source, range, settings.segmentItems);
  const to = written.at(-1)?.at;
  if (to === undefined || written.length < settings.segmentItems) return false;
  const claim = { ...state, claimed: state.claimed + 1, savedAt: Date.now() };
  if (!(await rows.save(claim))) return true;
  const turns = giveTurns();
  const entries: Entry[] = [];
  for (const one of written) {
    await turns();
    const entry = source.entryOf(one);
    if (entry !== undefined) entries.push(entry);
  }
  const { generation, claimed: name } = claim;
  const segment = await buildSegment(layout, entries, { generation, name, common: state.common }, settings);
  await rows.write(segment.rows, signal, unitsPerSecond);
  const segments = [...state.segments, { name, to, items: entries.length }];
  const common = new Map([...state.common, ...segment.common.map((term) => [term, segments.length] as const)]);
  await rows.save({ ...claim, version: state.version + 1, segments, common, savedAt: Date.now() });
  return true;
}
