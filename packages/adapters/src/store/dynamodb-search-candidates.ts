import { compareKeyValues } from "@aloft/core/tables/compare";
import type { KeyValue } from "@aloft/core/tables/define-table";
import { candidatesOf, scopesByHash, type Candidate } from "./dynamodb-search-entries.ts";
import { precedes, wordList, type IndexReading } from "./dynamodb-search-lists.ts";
import type { SearchState } from "./dynamodb-search-state.ts";

/** What the index knows of a search, read on as far as it is needed. */
export interface Candidates {
  /** Reads on, and tells what it found. */
  readonly read: () => Promise<Candidate[]>;
  /** Whether everything that comes before the candidate, in the direction of the search, was found. */
  readonly reaches: (candidate: Candidate) => boolean;
  readonly done: () => boolean;
}

export interface CandidatesWanted {
  /** The words whose lists are read: an item has to have all of them. */
  readonly words: readonly string[];
  readonly scopes: readonly KeyValue[];
  /** How many segments are likely to hold a page. */
  readonly segments: number;
  /** Up to where everything is known without the index; undefined: nothing is. */
  readonly known: KeyValue | undefined;
}

export function candidatesFrom(reading: IndexReading, wanted: CandidatesWanted): Candidates {
  const { layout, docs, state, ascending } = reading;
  const { first, last } = reading.segments;
  const byHash = scopesByHash(wanted.scopes);
  const lists = wanted.words.map((word) => wordList(reading, word));
  const step = ascending ? 1 : -1;
  let next = first;
  let depth = wanted.known;
  let further = layout.inOrder ? wanted.segments : Infinity;
  const done = (): boolean => (last - next) * step < 0;
  const inSegment = async (segment: number): Promise<Candidate[]> => {
    const numbers = inAll(lists.map(({ found }) => found.get(segment) ?? []));
    if (numbers.length === 0) return [];
    const docOf = await docs.of(state, segment);
    return numbers.flatMap((number) => {
      const doc = docOf(number);
      return doc === undefined || !byHash.has(doc.scope) ? [] : candidatesOf(layout, doc, byHash);
    });
  };
  return {
    done,
    read: async () => {
      await Promise.all(lists.filter((list) => !list.covers(next)).map((list) => list.read(further)));
      further *= 2;
      const found: Candidate[] = [];
      while (!done() && lists.every((list) => list.covers(next))) {
        found.push(...(await inSegment(next)));
        depth = state.segments[ascending ? next - 1 : next - 2]?.to[0];
        next += step;
      }
      return found;
    },
    reaches: ({ sort }) => {
      if (done()) return true;
      return layout.inOrder && depth !== undefined && precedes(sort[0] as KeyValue, depth, ascending);
    },
  };
}

/** The segments that a search goes through, from a value of `newest` on; undefined if there are none. */
export function segmentsFrom(
  { segments }: SearchState,
  start: KeyValue | undefined,
  ascending: boolean,
): { readonly first: number; readonly last: number } | undefined {
  const count = segments.length;
  if (start === undefined) return ascending ? { first: 1, last: count } : { first: count, last: 1 };
  if (ascending) {
    const behind = segments.findIndex(({ to }) => compareKeyValues(to[0] as KeyValue, start) >= 0);
    return behind === -1 ? undefined : { first: behind + 1, last: count };
  }
  let first = count;
  while (first > 1 && compareKeyValues(segments[first - 2]?.to[0] as KeyValue, start) > 0) first--;
  return { first, last: 1 };
}

/** The numbers that are in every list. */
function inAll(lists: readonly (readonly number[])[]): readonly number[] {
  const [shortest = [], ...others] = [...lists].sort((a, b) => a.length - b.length);
  const sets = others.map((list) => new Set(list));
  return sets.length === 0 ? shortest : shortest.filter((number) => sets.every((set) => set.has(number)));
}
