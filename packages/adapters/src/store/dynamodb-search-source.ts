import { QueryCommand, type AttributeValue } from "@aws-sdk/client-dynamodb";
import { compareKeys } from "@aloft/core/tables/compare";
import type { KeyValue } from "@aloft/core/tables/define-table";
import type { AnyItem } from "@aloft/core/tables/validate";
import type { DynamoEngine } from "./dynamodb-engine.ts";
import { entryOf, type Entry, type SearchLayout } from "./dynamodb-search-entries.ts";
import { recentOrderOf } from "./dynamodb-search-index.ts";
import { fromAttribute, shardAttribute, shardCount, toAttribute, type Row } from "./dynamodb-values.ts";

/** An item as the index of recent writes shows it: what a search needs of it, and its place there. */
export interface Written {
  readonly item: AnyItem;
  readonly at: readonly KeyValue[];
}

export interface SourcePage {
  readonly written: readonly Written[];
  /** Continues behind what was read; undefined at the end. */
  readonly next: Row | undefined;
}

/** The durable tail: every item of the table, by when it was written. */
export interface Source {
  readonly shards: readonly number[];
  /** A page of a shard, up to 1 MB, between two times, ends included. */
  readonly page: (wanted: SourceRange) => Promise<SourcePage>;
  readonly entryOf: (written: Written) => Entry | undefined;
}

export interface SourceRange {
  readonly shard: number;
  readonly from?: KeyValue | undefined;
  readonly to?: KeyValue | undefined;
  readonly ascending: boolean;
  readonly next?: Row | undefined;
}

export function sourceOf(engine: DynamoEngine, layout: SearchLayout): Source {
  const { table } = layout;
  const { index, at } = recentOrderOf(table);
  const name = engine.tableName(table);
  const [time = ""] = at;
  return {
    shards: Array.from({ length: shardCount }, (_, shard) => shard),
    page: async ({ shard, from, to, ascending, next }) => {
      if (from !== undefined && to !== undefined && compareKeys([from], [to]) > 0)
        return { written: [], next: undefined };
      const bounds = boundsOf(from, to);
      const { Items = [], LastEvaluatedKey } = await engine.send(
        new QueryCommand({
          TableName: name,
          IndexName: index,
          KeyConditionExpression: ["#s = :s", ...bounds.conditions].join(" AND "),
          ExpressionAttributeNames: { "#s": shardAttribute, ...(bounds.conditions.length === 0 ? {} : { "#t": time }) },
          ExpressionAttributeValues: { ":s": { N: String(shard) }, ...bounds.values },
          ScanIndexForward: ascending,
          ExclusiveStartKey: next,
        }),
        { table: name, idempotent: true },
      );
      return { written: Items.map((row) => writtenOf(row, at)), next: LastEvaluatedKey };
    },
    entryOf: (written) => entryOf(layout, written.item, written.at),
  };
}

interface ShardReading {
  readonly shard: number;
  readonly found: Written[];
  next: Row | undefined;
  done: boolean;
}

/** Everything behind `after` and up to `to`, from all shards, in the order of writing; at most `limit`. */
export async function readInOrder(
  { shards, page }: Source,
  range: { readonly after: readonly KeyValue[] | undefined; readonly to: KeyValue | undefined },
  limit: number,
): Promise<Written[]> {
  const { after, to } = range;
  const all = shards.map((shard): ShardReading => ({ shard, found: [], next: undefined, done: false }));
  const inOrder = (): Written[] => all.flatMap(({ found }) => found).sort((a, b) => compareKeys(a.at, b.at));
  for (;;) {
    const [behind] = all.filter(({ done }) => !done).sort((a, b) => compareKeys(lastOf(a), lastOf(b)));
    if (behind === undefined) return inOrder().slice(0, limit);
    const reached = lastOf(behind);
    const whole = inOrder().filter(({ at }) => compareKeys(at, reached) <= 0);
    if (whole.length >= limit) return whole.slice(0, limit);
    const { shard, next } = behind;
    const read = await page({ shard, from: after?.[0], to, ascending: true, next });
    for (const one of read.written) if (after === undefined || compareKeys(one.at, after) > 0) behind.found.push(one);
    behind.next = read.next;
    behind.done = read.next === undefined;
  }
}

function lastOf({ found }: ShardReading): readonly KeyValue[] {
  return found.at(-1)?.at ?? [];
}

function boundsOf(
  from: KeyValue | undefined,
  to: KeyValue | undefined,
): { conditions: string[]; values: Record<string, AttributeValue> } {
  if (from !== undefined && to !== undefined) {
    return { conditions: ["#t BETWEEN :from AND :to"], values: { ":from": toAttribute(from), ":to": toAttribute(to) } };
  }
  if (from !== undefined) return { conditions: ["#t >= :from"], values: { ":from": toAttribute(from) } };
  if (to !== undefined) return { conditions: ["#t <= :to"], values: { ":to": toAttribute(to) } };
  return { conditions: [], values: {} };
}

function writtenOf(row: Row, at: readonly string[]): Written {
  const item: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) if (!name.startsWith("$")) item[name] = fromAttribute(value);
  return { item, at: at.map((name) => (row[name] === undefined ? 0 : (fromAttribute(row[name]) as KeyValue))) };
}
