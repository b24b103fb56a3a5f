import { setTimeout as delay } from "node:timers/promises";
import { BatchWriteItemCommand, type BatchWriteItemCommandOutput, type WriteRequest } from "@aws-sdk/client-dynamodb";
import { ThrottledError } from "@aloft/core/errors";
import type { AnyTable } from "@aloft/core/tables/define-table";
import type { LoadedItem } from "@aloft/core/tables/load";
import { uniqueAction, uniqueValuesOf, uniqueKey, holderOf, isSameKey, type UniqueValue } from "./dynamodb-uniques.ts";
import { readRows, type DynamoEngine } from "./dynamodb-engine.ts";
import { metaKey } from "./dynamodb-specs.ts";
import { itemOf, keyRow, keyRowOf, type Row } from "./dynamodb-values.ts";

const batchItems = 25;
const batchesAtOnce = 8;
const budgetMs = 60_000;

export interface Loader {
  readonly engine: DynamoEngine;
  /** Resolves when a write may begin. */
  readonly admit: () => Promise<void>;
}

/**
 * Puts the items there as they are, in the place of whatever has their keys or their unique values. What fails may have
 * been done in part; doing it again makes no difference.
 */
export async function loadItems(loader: Loader, table: AnyTable, items: readonly LoadedItem[]): Promise<void> {
  const { engine } = loader;
  const name = engine.tableName(table);
  if (Object.keys(table.unique).length > 0) await clearTheWay(loader, table, items);
  await writeAll(
    loader,
    items.map(({ item, version }) => ({ name, request: { PutRequest: { Item: engine.toRow(table, item, version) } } })),
  );
}

/** Frees the unique values that the items had, removes who else has theirs, and takes them. */
async function clearTheWay(loader: Loader, table: AnyTable, items: readonly LoadedItem[]): Promise<void> {
  const { engine } = loader;
  const { tablePrefix, clock, send } = engine;
  const name = engine.tableName(table);
  const wanted = new Map<string, { readonly value: UniqueValue; readonly loaded: LoadedItem }>();
  for (const loaded of items) {
    for (const value of uniqueValuesOf(tablePrefix, table, loaded.item)) wanted.set(value.id, { value, loaded });
  }
  const values = [...wanted.values()];
  const uniqueTable = values[0]?.value.name;
  const read = async (of: string, keys: readonly Row[], identity: readonly string[]): Promise<(Row | undefined)[]> =>
    readRows(send, of, {
      keys,
      identityOf: (row) => JSON.stringify(identity.map((attribute) => row[attribute]?.S ?? Number(row[attribute]?.N))),
      consistent: true,
      retryBudgetMs: budgetMs,
    });
  const own = await read(
    name,
    items.map(({ item }) => keyRow(table, item)),
    table.key,
  );
  const held =
    uniqueTable === undefined
      ? []
      : await read(
          uniqueTable,
          values.map(({ value }) => uniqueKey(value)),
          [metaKey],
        );
  const others = held.flatMap((row, i) => {
    const holder = holderOf(row, clock());
    return holder === undefined || isSameKey(holder, values[i]?.loaded.key ?? []) ? [] : [keyRowOf(table, holder)];
  });
  const replaced = [...own, ...(await read(name, others, table.key))].filter((row) => row !== undefined);
  const loadedKeys = new Set(items.map(({ key }) => JSON.stringify(key)));
  const gone = others.filter((row) => !loadedKeys.has(JSON.stringify(table.key.map((at) => itemOf(row)[at]))));
  const freed = new Map(
    replaced
      .flatMap((row) => uniqueValuesOf(tablePrefix, table, itemOf(row)))
      .filter(({ id }) => !wanted.has(id))
      .map((value) => [value.id, value]),
  );
  await writeAll(loader, [
    ...distinct(table, gone).map((Key) => ({ name, request: { DeleteRequest: { Key } } })),
    ...[...freed.values()].map((value) => ({
      name: value.name,
      request: { DeleteRequest: { Key: uniqueKey(value) } },
    })),
    ...values.map(({ value, loaded }) => {
      const { Put } = uniqueAction({ value, operation: 0, heldBy: undefined, holder: loaded.item }, clock());
      return { name: value.name, request: { PutRequest: { Item: Put?.Item } } };
    }),
  ]);
}

function distinct(table: AnyTable, keys: readonly Row[]): Row[] {
  return [...new Map(keys.map((row) => [JSON.stringify(table.key.map((name) => row[name])), row])).values()];
}

interface Request {
  readonly name: string;
  readonly request: WriteRequest;
}

async function writeAll(loader: Loader, requests: readonly Request[]): Promise<void> {
  const batches: Request[][] = [];
  for (let from = 0; from < requests.length; from += batchItems) batches.push(requests.slice(from, from + batchItems));
  const worker = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) await writeBatch(loader, batch);
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, worker));
}

async function writeBatch({ engine, admit }: Loader, batch: readonly Request[]): Promise<void> {
  const table = batch[0]?.name ?? "";
  const until = performance.now() + budgetMs;
  const byTable = Map.groupBy(batch, ({ name }) => name);
  let left: Record<string, WriteRequest[]> = Object.fromEntries(
    [...byTable].map(([name, own]) => [name, own.map(({ request }) => request)]),
  );
  for (let wait = 25; ; wait = Math.min(2000, wait * 2)) {
    const command = new BatchWriteItemCommand({ RequestItems: left });
    const answer: BatchWriteItemCommandOutput = await engine.send(command, { table, idempotent: true, admit });
    left = answer.UnprocessedItems ?? {};
    if (Object.keys(left).length === 0) return;
    if (performance.now() > until) {
      throw new ThrottledError(`DynamoDB still throttled BatchWriteItem on ${table} after ${budgetMs / 1000} s.`);
    }
    await delay(Math.random() * wait);
  }
}
