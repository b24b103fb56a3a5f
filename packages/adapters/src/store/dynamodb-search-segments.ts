import { compareKeys } from "@aloft/core/tables/compare";
import type { KeyValue } from "@aloft/core/tables/define-table";
import { encodeLists, type Posting } from "./dynamodb-search-codec.ts";
import {
  bucketOf,
  postingOf,
  scopeTerm,
  sortableOf,
  type Entry,
  type SearchLayout,
} from "./dynamodb-search-entries.ts";

/** How the index is cut. All who use one table's index must have the same. */
export interface SegmentSettings {
  /** Items of a segment. */
  readonly segmentItems: number;
  /** Rows of a segment that words share. */
  readonly buckets: number;
  /** A word that so many items of a segment have gets rows of its own, from then on. */
  readonly commonItems: number;
  /** About how large a row of its own is at most. A read is billed by 4 KB. */
  readonly chunkBytes: number;
}

export const defaultSegmentSettings: SegmentSettings = {
  segmentItems: 16_384,
  buckets: 8192,
  commonItems: 341,
  chunkBytes: 3900,
};

/** A row of the index. */
export interface SearchRow {
  readonly bucket: string;
  readonly row: string;
  readonly data: Uint8Array;
}

export interface Segment {
  readonly rows: readonly SearchRow[];
  /** Words that have rows of their own for the first time. */
  readonly common: readonly string[];
}

export interface SegmentPlace {
  /** Which building of the index this belongs to. */
  readonly generation: string;
  /** From 1. */
  readonly number: number;
  /** Words that have rows of their own already. */
  readonly common: { readonly has: (term: string) => boolean; readonly size: number };
}

/** Of more words the state would grow too large; those that come later share rows. */
const maxCommon = 8192;

/** The rows of a segment: the same whoever builds them. */
export function buildSegment(
  layout: SearchLayout,
  entries: readonly Entry[],
  place: SegmentPlace,
  settings: SegmentSettings,
): Segment {
  const common: string[] = [];
  const rows: SearchRow[] = [];
  const shared = new Map<string, [string, Posting[]][]>();
  for (const [term, postings] of postingsOf(layout, entries)) {
    const known = place.common.has(term);
    const fresh = !known && postings.length >= settings.commonItems && place.common.size + common.length < maxCommon;
    if (fresh) common.push(term);
    if (known || fresh) {
      rows.push(
        ...chunksOf(postings, settings.chunkBytes).map((chunk, i) => chunkRow(term, chunk, i, place, settings)),
      );
      continue;
    }
    const bucket = bucketOf(term, settings.buckets);
    const lists = shared.get(bucket);
    if (lists === undefined) shared.set(bucket, [[term, postings]]);
    else lists.push([term, postings]);
  }
  for (const [bucket, lists] of shared) {
    lists.sort(([a], [b]) => (a < b ? -1 : 1));
    rows.push({ bucket: `${place.generation}.${bucket}`, row: sharedRowName(place.number), data: encodeLists(lists) });
  }
  return { rows, common };
}

export function bucketName(generation: string, term: string, { buckets }: SegmentSettings): string {
  return `${generation}.${bucketOf(term, buckets)}`;
}

export function sharedRowName(segment: number): string {
  return `b/${segmentName(segment)}`;
}

/** Where the rows of a word's own begin: those of a segment, or within it those from a value of `newest` on. */
export function chunkRowName(term: string, segment: number, newest?: KeyValue): string {
  return `c/${term}/${segmentName(segment)}/${sortableOf(newest) ?? ""}`;
}

/** The segment that a row of words that share it, or of a word's own, belongs to. */
export function segmentOfRow(row: string): number {
  return Number.parseInt(row.split("/").at(row.startsWith("b/") ? 1 : -2) ?? "", 36);
}

function segmentName(segment: number): string {
  return segment.toString(36).padStart(5, "0");
}

function postingsOf(layout: SearchLayout, entries: readonly Entry[]): Map<string, Posting[]> {
  const lists = new Map<string, Posting[]>();
  for (const entry of [...entries].sort((a, b) => compareKeys(a.sort, b.sort))) {
    if (entry.tokens.length === 0) continue;
    const posting = postingOf(layout, entry);
    for (const term of [...entry.tokens, scopeTerm(entry.scope)]) {
      const list = lists.get(term);
      if (list === undefined) lists.set(term, [posting]);
      else list.push(posting);
    }
  }
  return lists;
}

interface Chunk {
  readonly first: Posting | undefined;
  readonly data: Uint8Array;
}

/** A word's list, cut so that each part fits a row. */
function chunksOf(postings: readonly Posting[], maxBytes: number): Chunk[] {
  const data = encodeLists([["", postings]]);
  if (data.length <= maxBytes || postings.length < 2) return [{ first: postings[0], data }];
  const size = Math.ceil(postings.length / Math.ceil((data.length * 1.03) / maxBytes));
  const chunks: Chunk[] = [];
  for (let from = 0; from < postings.length; from += size) {
    chunks.push(...chunksOf(postings.slice(from, from + size), maxBytes));
  }
  return chunks;
}

function chunkRow(
  term: string,
  { first, data }: Chunk,
  i: number,
  place: SegmentPlace,
  settings: SegmentSettings,
): SearchRow {
  const row = `${chunkRowName(term, place.number, first?.newest)}.${i.toString(36).padStart(3, "0")}`;
  return { bucket: bucketName(place.generation, term, settings), row, data };
}
