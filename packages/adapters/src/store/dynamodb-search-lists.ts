import { compareKeyValues } from "@aloft/core/tables/compare";
import type { KeyValue } from "@aloft/core/tables/define-table";
import { decodeLists, type Posting } from "./dynamodb-search-codec.ts";
import type { SearchLayout } from "./dynamodb-search-entries.ts";
import type { SearchRows } from "./dynamodb-search-rows.ts";
import {
  bucketName,
  chunkRowName,
  segmentOfRow,
  sharedRowName,
  type SearchRow,
  type SegmentSettings,
} from "./dynamodb-search-segments.ts";
import type { SearchState } from "./dynamodb-search-state.ts";

/** What reading the index goes by. */
export interface IndexReading {
  readonly layout: SearchLayout;
  readonly rows: SearchRows;
  readonly state: SearchState;
  readonly settings: SegmentSettings;
  /** By `newest`; only in a table that is written in its order. */
  readonly ascending: boolean;
  /** The value of `newest` from which on to read; what lies before it may come too. */
  readonly start: KeyValue | undefined;
  readonly consistent: boolean;
}

/** A term's postings, read row after row in the direction of the search. */
export interface TermList {
  /** All that was read. */
  readonly postings: readonly Posting[];
  /** Everything that comes before this value of `newest` was read; undefined: nothing is known to be whole. */
  readonly depth: () => KeyValue | undefined;
  readonly done: () => boolean;
  /** Reads as far as so many items of the table are likely to reach. One request, unless a part of it is at its end. */
  readonly read: (items: number) => Promise<void>;
}

/** A run of rows: those that words share, or those of the word's own, of segments `first` to `last`. */
interface Part {
  readonly own: boolean;
  readonly first: number;
  readonly last: number;
}

/** About how many postings a full row of a word's own has. */
const chunkPostings = 500;
const afterAll = "~";

/** @param share about what part of all items have the term. */
export function termList(reading: IndexReading, term: string, share: number): TermList {
  const { layout, rows, state, settings, ascending, consistent } = reading;
  const bucket = bucketName(state.generation, term, settings);
  const parts = partsOf(reading, term);
  const postings: Posting[] = [];
  let depth: KeyValue | undefined;
  let behind: string | undefined;
  const take = (row: SearchRow, own: boolean): void => {
    const name = own ? "" : term;
    const found = decodeLists(row.data, new Set([name]), layout.rest.length).get(name) ?? [];
    for (const posting of found) postings.push(posting);
    const edge = ascending ? found.at(-1) : found[0];
    depth = own ? edge?.newest : edgeOf(state, segmentOfRow(row.row), ascending);
  };
  const readPart = async (part: Part, items: number): Promise<void> => {
    const { own } = part;
    const [from, to] = own ? ownRange(part, term, reading) : [sharedRowName(part.first), sharedRowName(part.last)];
    const limit = own
      ? Math.ceil((items * share) / chunkPostings + 0.3)
      : Math.ceil(items / settings.segmentItems + 0.5);
    if (own && ascending && behind === undefined) behind = await beforeStart(reading, bucket, from, term, part);
    const read = await rows.read({ bucket, from, to, ascending, consistent, behind, limit: Math.min(limit, 1000) });
    for (const row of read.rows) take(row, own);
    behind = read.rows.at(-1)?.row ?? behind;
    if (read.more) return;
    depth = edgeOf(state, ascending ? part.last : part.first, ascending);
    behind = undefined;
    parts.shift();
  };
  return {
    postings,
    depth: () => depth,
    done: () => parts.length === 0,
    read: async (items) => {
      const before = postings.length;
      do {
        const [part] = parts;
        if (part !== undefined) await readPart(part, items);
      } while (parts.length > 0 && (postings.length === before || !layout.inOrder));
    },
  };
}

/** Whether `a` comes before `b` in the direction of the search. */
export function precedes(a: KeyValue, b: KeyValue, ascending: boolean): boolean {
  const order = compareKeyValues(a, b);
  return ascending ? order < 0 : order > 0;
}

/** Up to where everything was read once a segment was, exclusive. */
function edgeOf({ segments }: SearchState, segment: number, ascending: boolean): KeyValue | undefined {
  return segments[ascending ? segment - 1 : segment - 2]?.to[0];
}

function partsOf({ layout, state, ascending, start }: IndexReading, term: string): Part[] {
  const { segments, common } = state;
  let [first, last] = [1, segments.length];
  if (start !== undefined && layout.inOrder) {
    const behind = segments.findIndex(({ to }) => compareKeyValues(to[0] as KeyValue, start) >= 0);
    if (ascending) first = behind === -1 ? last + 1 : behind + 1;
    else {
      while (last > 1 && compareKeyValues(segments[last - 2]?.to[0] as KeyValue, start) > 0) last--;
    }
  }
  const since = common.get(term) ?? Infinity;
  const parts = [
    { own: true, first: Math.max(first, since), last },
    { own: false, first, last: Math.min(last, since - 1) },
  ].filter((part) => part.first <= part.last);
  return ascending ? parts.reverse() : parts;
}

function ownRange(part: Part, term: string, { layout, ascending, start }: IndexReading): [from: string, to: string] {
  const bounded = layout.inOrder && !ascending ? start : undefined;
  const from = chunkRowName(term, part.first);
  const whole = chunkRowName(term, part.last) + afterAll;
  if (bounded === undefined) return [from, whole];
  const to = chunkRowName(term, part.last, bounded) + afterAll;
  return [from, to];
}

/** The row before the one that holds the start: rows are named by what they begin with. */
async function beforeStart(
  { layout, rows, start, consistent }: IndexReading,
  bucket: string,
  from: string,
  term: string,
  { first }: Part,
): Promise<string | undefined> {
  if (start === undefined || !layout.inOrder) return undefined;
  const to = chunkRowName(term, first, start) + afterAll;
  const read = await rows.read({ bucket, from, to, ascending: false, limit: 2, consistent });
  return read.rows[1]?.row;
}
