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
  /** Up to where each segment goes in the order of writing, and how many items it has. The first is number 1. */
  readonly segments: readonly { readonly to: readonly KeyValue[]; readonly items: number }[];
  /** Words with rows of their own, and the segment from which on they have them. */
  readonly common: ReadonlyMap<string, number>;
  /** The segment being written goes up to here: whoever goes on with it writes the same rows again. */
  readonly pending: readonly KeyValue[] | undefined;
  /** When it was saved, in milliseconds since 1970. */
  readonly savedAt: number;
}

export function emptyState(signature: string, generation: string): SearchState {
  return { version: 0, generation, signature, segments: [], common: new Map(), pending: undefined, savedAt: 0 };
}

/** Up to where the index goes. */
export function watermarkOf({ segments }: SearchState): readonly KeyValue[] | undefined {
  return segments.at(-1)?.to;
}

export function encodeState({ generation, signature, segments, common, pending, savedAt }: SearchState): Uint8Array {
  const words: Record<number, string[]> = {};
  for (const [term, since] of common) (words[since] ??= []).push(term);
  const rows = segments.map(({ to, items }) => [items, ...to]);
  return deflateRawSync(JSON.stringify({ generation, signature, segments: rows, common: words, pending, savedAt }));
}

export function decodeState(version: number, data: Uint8Array): SearchState {
  const stored = JSON.parse(inflateRawSync(data).toString()) as {
    readonly generation: string;
    readonly signature: string;
    readonly segments: readonly [number, ...KeyValue[]][];
    readonly common: Readonly<Record<string, readonly string[]>>;
    readonly pending?: readonly KeyValue[];
    readonly savedAt: number;
  };
  const { generation, signature, pending, savedAt } = stored;
  return {
    version,
    generation,
    signature,
    segments: stored.segments.map(([items, ...to]) => ({ items, to })),
    common: new Map(
      Object.entries(stored.common).flatMap(([since, terms]) => terms.map((term) => [term, Number(since)] as const)),
    ),
    pending,
    savedAt,
  };
}
