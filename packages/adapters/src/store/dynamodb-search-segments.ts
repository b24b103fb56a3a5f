import { setImmediate } from "node:timers/promises";
import { compareKeys } from "@aloft/core/tables/compare";
import { encodeDocs, encodeLists } from "./dynamodb-search-codec.ts";
import { bucketOf, docOf, type Entry, type SearchLayout } from "./dynamodb-search-entries.ts";

/** How the index is cut. All who use one table's index must have the same. */
export interface SegmentSettings {
  /** Items of a segment. */
  readonly segmentItems: number;
  /** Rows of a segment that words share. */
  readonly buckets: number;
  /** A word that so many items of a segment have gets a row of its own, from then on. */
  readonly commonItems: number;
  /** Items in a row of what finds them again. */
  readonly docItems: number;
}

export const defaultSegmentSettings: SegmentSettings = {
  segmentItems: 16_384,
  buckets: 8192,
  commonItems: 200,
  docItems: 4096,
};

/** A row of the index. */
export interface SearchRow {
  readonly bucket: string;
  readonly row: string;
  readonly data: Uint8Array;
}

export interface Segment {
  readonly rows: readonly SearchRow[];
  /** Words that have a row of their own for the first time. */
  readonly common: readonly string[];
}

export interface SegmentPlace {
  /** Which building of the index this belongs to. */
  readonly generation: string;
  /** What its rows are named by. */
  readonly name: number;
  /** Words that have rows of their own already. */
  readonly common: { readonly has: (term: string) => boolean; readonly size: number };
}

const turnMs = 5;

/** Of more words the state would grow too large; those that come later share rows. */
const maxCommon = 8192;

/** The rows of a segment. That is a second of work, so others get their turns in between. */
export async function buildSegment(
  layout: SearchLayout,
  entries: readonly Entry[],
  place: SegmentPlace,
  settings: SegmentSettings,
): Promise<Segment> {
  const { generation, name } = place;
  const common: string[] = [];
  const sorted = [...entries].sort((a, b) => compareKeys(a.sort, b.sort));
  const rows = docRows(layout, sorted, place, settings);
  const shared = new Map<string, [string, number[]][]>();
  const turns = giveTurns();
  for (const [term, numbers] of await listsOf(sorted)) {
    await turns();
    const known = place.common.has(term);
    const fresh = !known && numbers.length >= settings.commonItems && place.common.size + common.length < maxCommon;
    if (fresh) common.push(term);
    const bucket = bucketOf(term, settings.buckets);
    if (known || fresh) {
      const data = encodeLists([["", numbers]]);
      rows.push({ bucket: `${generation}.${bucket}`, row: ownRowName(term, name), data });
      continue;
    }
    const lists = shared.get(bucket);
    if (lists === undefined) shared.set(bucket, [[term, numbers]]);
    else lists.push([term, numbers]);
  }
  for (const [bucket, lists] of shared) {
    await turns();
    lists.sort(([a], [b]) => (a < b ? -1 : 1));
    rows.push({ bucket: `${generation}.${bucket}`, row: sharedRowName(name), data: encodeLists(lists) });
  }
  return { rows, common };
}

export function bucketName(generation: string, term: string, { buckets }: SegmentSettings): string {
  return `${generation}.${bucketOf(term, buckets)}`;
}

export function sharedRowName(segment: number): string {
  return `b/${segmentName(segment)}`;
}

export function ownRowName(term: string, segment: number): string {
  return `c/${term}/${segmentName(segment)}`;
}

/** The name of the segment that a row of words that share it, or of a word's own, belongs to. */
export function segmentOfRow(row: string): number {
  return Number.parseInt(row.slice(row.lastIndexOf("/") + 1), 36);
}

export function docBucketName(generation: string): string {
  return `${generation}.docs`;
}

export function docRowName(segment: number, part: number): string {
  return `${segmentName(segment)}/${part.toString(36).padStart(4, "0")}`;
}

function segmentName(segment: number): string {
  return segment.toString(36).padStart(5, "0");
}

function docRows(
  layout: SearchLayout,
  sorted: readonly Entry[],
  { generation, name }: SegmentPlace,
  { docItems }: SegmentSettings,
): SearchRow[] {
  return Array.from({ length: Math.ceil(sorted.length / docItems) }, (_, part) => {
    const docs = sorted.slice(part * docItems, (part + 1) * docItems).map((entry) => docOf(layout, entry));
    return { bucket: docBucketName(generation), row: docRowName(name, part), data: encodeDocs(docs) };
  });
}

/** Called between steps of long work: lets others have their turn once the work has had some milliseconds. */
export function giveTurns(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < turnMs) return undefined;
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
}

async function listsOf(sorted: readonly Entry[]): Promise<Map<string, number[]>> {
  const lists = new Map<string, number[]>();
  const turns = giveTurns();
  for (const [number, { tokens }] of sorted.entries()) {
    await turns();
    for (const term of tokens) {
      const list = lists.get(term);
      if (list === undefined) lists.set(term, [number]);
      else list.push(number);
    }
  }
  return lists;
}
