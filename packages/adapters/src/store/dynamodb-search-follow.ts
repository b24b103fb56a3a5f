import { compareKeys, compareKeyValues } from "@aloft/core/tables/compare";
import type { KeyValue } from "@aloft/core/tables/define-table";
import { idOf, type SearchLayout } from "./dynamodb-search-entries.ts";
import { ordinalOf } from "./dynamodb-search-codec.ts";
import { giveTurns } from "./dynamodb-search-segments.ts";
import type { Source, Written } from "./dynamodb-search-source.ts";
import type { Tail } from "./dynamodb-search-tail.ts";
import type { Row } from "./dynamodb-values.ts";

/** Keeps what is in memory up with what is written to the table, by whomever. */
export interface Follower {
  /**
   * Reads what was written after `after`, and at least `keep` items before.
   * @returns the time up to which memory may lack something; undefined if it has everything. False if there are more
   *   than `atMost`: then it has read some.
   */
  readonly load: (after: readonly KeyValue[] | undefined, keep: number, atMost: number) => Promise<Floor | false>;
  /** Reads what was written since it last looked, and before that from `overlapMs` on; a time to come is none. */
  readonly catchUp: (now: KeyValue, overlapMs: number) => Promise<void>;
}

export interface Floor {
  readonly floor: KeyValue | undefined;
}

export function follow(source: Source, tail: Tail, layout: SearchLayout): Follower {
  const seen: (KeyValue | undefined)[] = source.shards.map(() => undefined);
  const note = (written: Written): void => {
    const known = tail.get(idOf(layout, written.item));
    if (known === null || (known !== undefined && compareKeys(known.at, written.at) >= 0)) return;
    const entry = source.entryOf(written);
    if (entry !== undefined) tail.add(entry);
  };
  const see = (shard: number, time: KeyValue | undefined): void => {
    const last = seen[shard];
    if (time !== undefined && (last === undefined || compareKeyValues(time, last) > 0)) seen[shard] = time;
  };
  const loadShard = async (shard: number, wanted: Wanted): Promise<KeyValue | false | undefined> => {
    const turns = giveTurns();
    let next: Row | undefined;
    let count = 0;
    for (;;) {
      const page = await source.page({ shard, ascending: false, next });
      for (const written of page.written) {
        await turns();
        note(written);
      }
      see(shard, page.written[0]?.at[0]);
      ({ next } = page);
      if (next === undefined) return undefined;
      count += page.written.length;
      const last = page.written.at(-1)?.at;
      const whole = last !== undefined && wanted.after !== undefined && compareKeys(last, wanted.after) <= 0;
      if (whole && count >= wanted.keep) return last[0];
      if (!whole && count >= wanted.atMost) return false;
    }
  };
  return {
    load: async (after, keep, atMost) => {
      const share = { after, keep: keep / source.shards.length, atMost: atMost / source.shards.length };
      const floors = await Promise.all(source.shards.map((shard) => loadShard(shard, share)));
      if (floors.includes(false)) return false;
      const known = floors.filter((floor) => floor !== undefined) as KeyValue[];
      return { floor: known.sort(compareKeyValues).at(-1) };
    },
    catchUp: async (now, overlapMs) => {
      await Promise.all(
        source.shards.map(async (shard) => {
          const last = seen[shard];
          const from = last === undefined ? last : earlier(compareKeyValues(last, now) > 0 ? now : last, overlapMs);
          const turns = giveTurns();
          let next: Row | undefined;
          do {
            const page = await source.page({ shard, from, ascending: true, next });
            for (const written of page.written) {
              await turns();
              note(written);
            }
            see(shard, page.written.at(-1)?.at[0]);
            ({ next } = page);
          } while (next !== undefined);
        }),
      );
    },
  };
}

interface Wanted {
  readonly after: readonly KeyValue[] | undefined;
  readonly keep: number;
  readonly atMost: number;
}

/** A time so much earlier; the time itself if it is none that can be reckoned with. */
export function earlier(time: KeyValue, ms: number): KeyValue {
  const ordinal = ordinalOf(time);
  if (ordinal === undefined) return time;
  return typeof time === "number" ? ordinal - ms : new Date(ordinal - ms).toISOString();
}
