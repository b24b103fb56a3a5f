import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { KeyValue } from "@aloft/core/tables/define-table";

/** What is indexed. It is one item, and changes only if nobody else has changed it since it was read. */
export interface SearchState {
  /** 0 if the item is not there yet. */
  readonly version: number;
  /** Which building of the index this is. What others have left is not looked at. */
  readonly generation: string;
  /** What the index depends on: see `SearchLayout`. */
  readonly signature: string;
  readonly segments: readonly SegmentState[];
  /** Words with rows of their own, and the place from which on segments have them. */
  readonly common: ReadonlyMap<string, number>;
  /** The last name given to a segment. Who begins to write one takes the next, so that no two write the same rows. */
  readonly claimed: number;
  /** When it was saved, in milliseconds since 1970. */
  readonly savedAt: number;
}

/** Segments have places, from 1, in the order of writing. */
export interface SegmentState {
  /** What its rows are named by. It rises from place to place, with gaps where one was begun and given up. */
  readonly name: number;
  /** Up to where it goes in the order of writing. */
  readonly to: readonly KeyValue[];
  readonly items: number;
}

export function emptyState(signature: string, generation: string): SearchState {
  return { version: 0, generation, signature, segments: [], common: new Map(), claimed: 0, savedAt: 0 };
}

/** Up to where the index goes. */
export function watermarkOf({ segments }: SearchState): readonly KeyValue[] | undefined {
  return segments.at(-1)?.to;
}

export function encodeState({ generation, signature, segments, common, claimed, savedAt }: SearchState): Uint8Array {
  const words: Record<number, string[]> = {};
  for (const [term, since] of common) (words[since] ??= []).push(term);
  const rows = segments.map(({ name, to, items }) => [name, items, ...to]);
  return deflateRawSync(JSON.stringify({ generation, signature, segments: rows, common: words, claimed, savedAt }));
}

export function decodeState(version: number, data: Uint8Array): SearchState {
  const stored = JSON.parse(inflateRawSync(data).toString()) as {
    readonly generation: string;
    readonly signature: string;
    readonly segments: readonly [name: number, items: number, ...to: KeyValue[]][];
    readonly common: Readonly<Record<string, readonly string[]>>;
    readonly claimed: number;
    readonly savedAt: number;
  };
  const { generation, signature, claimed, savedAt } = stored;
  return {
    version,
    generation,
    signature,
    segments: stored.segments.map(([name, items, ...to]) => ({ name, items, to })),
    common: new Map(
      Object.entries(stored.common).flatMap(([since, terms]) => terms.map((term) => [term, Number(since)] as const)),
    ),
    claimed,
    savedAt,
  };
}

/** The first place whose segment has this name or a later one; one more than there are if none has. */
export function placeOf({ segments }: SearchState, name: number): number {
  const at = segments.findIndex((segment) => segment.name >= name);
  return at === -1 ? segments.length + 1 : at + 1;
}
