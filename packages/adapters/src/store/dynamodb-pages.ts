import { GetItemCommand, QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { compareKeys, compareKeyValues } from "@aloft/core/tables/compare";
import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import type { Bound, PagePlan, QueryPlan } from "@aloft/core/tables/pages";
import type { AnyItem } from "@aloft/core/tables/validate";
import type { DynamoEngine } from "./dynamodb-engine.ts";
import { expressions, type Expressions } from "./dynamodb-expressions.ts";
import {
  itemOf,
  keyRow,
  shardAttribute,
  shardCount,
  toAttribute,
  type Row,
  type StoredItem,
} from "./dynamodb-values.ts";

/** The items of a query, from its start in its direction, one more than its limit if there are as many. */
export async function readQuery(engine: DynamoEngine, plan: QueryPlan): Promise<StoredItem[]> {
  if (plan.empty) return [];
  const wanted = plan.limit + 1;
  const at = plan.position?.inclusive === true ? await itemAtPosition(engine, plan) : undefined;
  const shards = plan.order.partition.length === 0 ? [...Array(shardCount).keys()] : [undefined];
  const streams = await Promise.all(shards.map((shard) => readShard(engine, plan, shard, wanted)));
  const items = mergeItems(plan, streams).slice(0, wanted);
  return at === undefined ? items : [at, ...items].slice(0, wanted);
}

/** The items of a scan, one more than its limit if there are as many. */
export async function readScan(engine: DynamoEngine, plan: PagePlan): Promise<StoredItem[]> {
  const { table, position, limit } = plan;
  const name = engine.tableName(table);
  const from = position === undefined ? undefined : keyRow(table, namedValues(plan.sort, position.values));
  return collectRows(engine, table, limit + 1, from, async (count, start) => {
    const command = new ScanCommand({
      TableName: name,
      Limit: count,
      ConsistentRead: true,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    return engine.send(command, { table: name, idempotent: true });
  });
}

function namedValues(names: readonly string[], values: readonly KeyValue[]): AnyItem {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

interface RowsRead {
  readonly Items?: Row[] | undefined;
  readonly LastEvaluatedKey?: Row | undefined;
}

/** Reads on until there are enough items that have not expired and are let through, or no more. */
async function collectRows(
  engine: DynamoEngine,
  table: AnyTable,
  wanted: number,
  from: Row | undefined,
  read: (count: number, start: Row | undefined) => Promise<RowsRead>,
  finish: (rows: readonly Row[]) => Promise<(StoredItem | undefined)[]> = async (rows) =>
    rows.map((row) => engine.fromRow(table, row)),
): Promise<StoredItem[]> {
  const items: StoredItem[] = [];
  let start = from;
  for (let count = wanted; ; count = Math.min(1000, Math.max(wanted - items.length, count * 2))) {
    const { Items = [], LastEvaluatedKey } = await read(count, start);
    for (const item of await finish(Items)) if (item !== undefined) items.push(item);
    if (items.length >= wanted || LastEvaluatedKey === undefined) return items.slice(0, wanted);
    start = LastEvaluatedKey;
  }
}

async function readShard(
  engine: DynamoEngine,
  plan: QueryPlan,
  shard: number | undefined,
  wanted: number,
): Promise<StoredItem[]> {
  const { table, order, ascending } = plan;
  const name = engine.tableName(table);
  const e = expressions();
  const condition = keyCondition(e, plan, shard);
  const query = {
    TableName: name,
    ...(order.index === undefined ? { ConsistentRead: true } : { IndexName: order.index }),
    KeyConditionExpression: condition,
    ...e.attributes(),
    ScanIndexForward: ascending,
  };
  const keysOnly = order.index !== undefined && table.indexes[order.index]?.keysOnly === true;
  return collectRows(
    engine,
    table,
    wanted,
    startKey(plan, shard),
    async (count, start) => {
      const command = new QueryCommand({
        ...query,
        Limit: count,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      return engine.send(command, { table: name, idempotent: true });
    },
    async (rows) => {
      const within = rows.filter((row) => isWithin(plan, row));
      return keysOnly ? wholeItems(engine, plan, within) : within.map((row) => engine.fromRow(table, row));
    },
  );
}

/** The items of an index that has only their keys. One that has moved in the meantime stands elsewhere by now. */
async function wholeItems(
  engine: DynamoEngine,
  { table, order }: QueryPlan,
  rows: readonly Row[],
): Promise<(StoredItem | undefined)[]> {
  const keys = rows.map(itemOf);
  const items = await engine.getRows(table, keys);
  const names = [...order.partition, ...order.sort];
  return items.map((item, i) => (names.every((name) => item?.[name] === keys[i]?.[name]) ? item : undefined));
}

/** DynamoDB takes one condition on the sort attributes; what it takes too much is left out by {@link isWithin}. */
function keyCondition(e: Expressions, plan: QueryPlan, shard: number | undefined): string {
  const { order, partition, prefix, lower, upper, sort } = plan;
  const clauses = order.partition.map((name, i) => `${e.name(name)} = ${e.value(partition[i])}`);
  if (shard !== undefined) clauses.push(`${e.name(shardAttribute)} = ${e.value(shard)}`);
  clauses.push(...prefix.map((value, i) => `${e.name(order.sort[i] ?? "")} = ${e.value(value)}`));
  const first = sort[0] ?? "";
  if (lower !== undefined && upper !== undefined) {
    clauses.push(`${e.name(first)} BETWEEN ${e.value(lower.value)} AND ${e.value(upper.value)}`);
  } else if (lower !== undefined) {
    clauses.push(`${e.name(first)} >${lower.inclusive ? "=" : ""} ${e.value(lower.value)}`);
  } else if (upper !== undefined) {
    clauses.push(`${e.name(first)} <${upper.inclusive ? "=" : ""} ${e.value(upper.value)}`);
  }
  return clauses.join(" AND ");
}

function isWithin({ lower, upper, sort }: QueryPlan, row: Row): boolean {
  const excluded = (bound: Bound | undefined): boolean => {
    if (bound === undefined || bound.inclusive) return false;
    const value = row[sort[0] ?? ""];
    return compareKeyValues(value?.S ?? Number(value?.N), bound.value) === 0;
  };
  return !excluded(lower) && !excluded(upper);
}

/** The key that reading starts after. It need not be that of an item. */
function startKey(plan: QueryPlan, shard: number | undefined): Row | undefined {
  const { position } = plan;
  if (position === undefined) return undefined;
  const row = Object.fromEntries(
    Object.entries(positionValues(plan)).map(([name, value]) => [name, toAttribute(value)]),
  );
  return shard === undefined ? row : { ...row, [shardAttribute]: toAttribute(shard) };
}

/** Every attribute of the order, and so of the table's key, at the position. */
function positionValues({ order, partition, prefix, sort, position }: QueryPlan): AnyItem {
  return {
    ...namedValues(order.partition, partition),
    ...namedValues(order.sort.slice(0, prefix.length), prefix),
    ...namedValues(sort, position?.values ?? []),
  };
}

/** The item that stands at the position itself, if it is still there. */
async function itemAtPosition(engine: DynamoEngine, plan: QueryPlan): Promise<StoredItem | undefined> {
  const { table } = plan;
  const values = positionValues(plan);
  const name = engine.tableName(table);
  const command = new GetItemCommand({ TableName: name, Key: keyRow(table, values), ConsistentRead: true });
  const item = engine.fromRow(table, (await engine.send(command, { table: name, idempotent: true })).Item);
  return Object.entries(values).every(([attribute, value]) => item?.[attribute] === value) ? item : undefined;
}

/** One order of several. */
function mergeItems({ sort, ascending }: QueryPlan, streams: readonly StoredItem[][]): StoredItem[] {
  if (streams.length === 1) return streams[0] ?? [];
  const valuesOf = (item: StoredItem): KeyValue[] => sort.map((name) => item[name] as KeyValue);
  return streams.flat().sort((a, b) => compareKeys(valuesOf(a), valuesOf(b)) * (ascending ? 1 : -1));
}
