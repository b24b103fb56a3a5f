import { compareKeyValues } from "@aloft/core/tables/compare";
import type { KeyValue } from "@aloft/core/tables/define-table";
import { decodeList } from "./dynamodb-search-codec.ts";
import type { DocTables } from "./dynamodb-search-docs.ts";
import type { SearchLayout } from "./dynamodb-search-entries.ts";
import type { SearchRows } from "./dynamodb-search-rows.ts";
import {
  bucketName,
  ownRowName,
  segmentOfRow,
  sharedRowName,
  type SegmentSettings,
} from "./dynamodb-search-segments.ts";
import { placeOf, type SearchState } from "./dynamodb-search-state.ts";

/** What reading the index goes by. */
export interface IndexReading {
  readonly layout: SearchLayout;
  readonly rows: SearchRows;
  readonly docs: DocTables;
  readonly state: SearchState;
  readonly settings: SegmentSettings;
  /** The direction to go through segments in. */
  readonly ascending: boolean;
  /** The place of the first segment to read, and of the last, in that direction. */
  readonly segments: { readonly first: number; readonly last: number };
  readonly consistent: boolean;
}

/** A word's items, read segment after segment. */
export interface WordList {
  /** The numbers of the items that have the word, by the place of the segment. Segments without any are left out. */
  readonly found: ReadonlyMap<number, readonly number[]>;
  /** Whether the segment was read. */
  readonly covers: (segment: number) => boolean;
  /** Reads so many segments on, or a few less. One request, unless the word has changed its rows in between. */
  readonly read: (segments: number) => Promise<void>;
}

/** A run of rows: those that words share, or those of the word's own, of the segments at places `low` to `high`. */
interface Part {
  readonly own: boolean;
  readonly low: number;
  readonly high: number;
}

export function wordList(reading: IndexReading, word: string): WordList {
  const { rows, state, settings, ascending, consistent, segments } = reading;
  const bucket = bucketName(state.generation, word, settings);
  const parts = partsOf(reading, word);
  const found = new Map<number, readonly number[]>();
  let behind: string | undefined;
  // The last segment that was read, in the direction of reading.
  let reached = ascending ? segments.first - 1 : segments.first + 1;
  return {
    found,
    covers: (segment) => (ascending ? segment <= reached : segment >= reached),
    read: async (count) => {
      const goal = ascending ? reached + count : reached - count;
      for (let part = parts[0]; part !== undefined; part = parts[0]) {
        const { own, low, high } = part;
        const name = (place: number): string => rowName(own, word, state.segments[place - 1]?.name ?? 0);
        const [from, to] = ascending ? [low, Math.min(high, goal)] : [Math.max(low, goal), high];
        if (from > to) return;
        const range = { bucket, from: name(from), to: name(to), ascending, consistent, behind };
        const read = await rows.read(range);
        for (const { row, data } of read.rows) {
          const place = placeOf(state, segmentOfRow(row));
          // Rows of a segment that was begun and given up have a name that no place has.
          if (state.segments[place - 1]?.name === segmentOfRow(row))
            found.set(place, decodeList(data, own ? "" : word));
        }
        const last = read.rows.at(-1)?.row;
        if (read.more && last !== undefined) {
          behind = last;
          const place = placeOf(state, segmentOfRow(last));
          reached = ascending && !found.has(place) ? place - 1 : place;
          return;
        }
        reached = ascending ? to : from;
        behind = undefined;
        if (reached === (ascending ? high : low)) parts.shift();
        else parts[0] = ascending ? { own, low: to + 1, high } : { own, low, high: from - 1 };
      }
    },
  };
}

function rowName(own: boolean, word: string, name: number): string {
  return own ? ownRowName(word, name) : sharedRowName(name);
}

function partsOf({ state, ascending, segments }: IndexReading, word: string): Part[] {
  const [low, high] = ascending ? [segments.first, segments.last] : [segments.last, segments.first];
  const since = state.common.get(word) ?? Infinity;
  const parts = [
    { own: true, low: Math.max(low, since), high },
    { own: false, low, high: Math.min(high, since - 1) },
  ].filter((part) => part.low <= part.high);
  return ascending ? parts.reverse() : parts;
}

/** Whether `a` comes before `b` in the direction of the search. */
export function precedes(a: KeyValue, b: KeyValue, ascending: boolean): boolean {
  const order = compareKeyValues(a, b);
  return ascending ? order < 0 : order > 0;
}
