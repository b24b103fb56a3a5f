import { setTimeout as delay } from "node:timers/promises";
import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  type KeysAndAttributes,
} from "@aws-sdk/client-dynamodb";
import { InvalidError, ThrottledError } from "@aloft/core/errors";
import { storeLimits } from "@aloft/core/ports/store";
import type { AnyTable } from "@aloft/core/tables/define-table";
import type { AnyItem } from "@aloft/core/tables/validate";
import type { Connection, Send } from "./dynamodb-client.ts";
import { tableNameOf } from "./dynamodb-specs.ts";
import { toRow } from "./dynamodb-rows.ts";
import { fromRow, keyRow, type Row, type StoredItem } from "./dynamodb-values.ts";

/** What the parts of a store on DynamoDB share. */
export interface DynamoEngine {
  readonly client: DynamoDBClient;
  readonly send: Send;
  readonly tablePrefix: string;
  readonly tables: readonly AnyTable[];
  /** The name with its prefix. @throws {InvalidError} the store was opened without the table. */
  readonly tableName: (table: AnyTable) => string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly toRow: (table: AnyTable, item: AnyItem, version: number) => Row;
  /** The item of a row; undefined if it has expired. */
  readonly fromRow: (table: AnyTable, row: Row | undefined) => StoredItem | undefined;
  /** Any number of items by their keys, in their order, undefined where there is none. Consistent unless said otherwise. */
  readonly getRows: (
    table: AnyTable,
    keys: readonly AnyItem[],
    options?: { readonly consistent?: boolean },
  ) => Promise<(StoredItem | undefined)[]>;
}

export interface EngineOptions {
  readonly tables: readonly AnyTable[];
  readonly tablePrefix: string;
  readonly now: () => Date;
  /** How long what DynamoDB leaves unprocessed is asked for again. */
  readonly retryBudgetMs: number;
}

export function makeEngine({ client, send }: Connection, options: EngineOptions): DynamoEngine {
  const { tables, tablePrefix, now, retryBudgetMs } = options;
  const names = new Map(tables.map((table) => [table, tableNameOf(tablePrefix, table)]));
  const clock = (): number => now().getTime();
  const tableName = (table: AnyTable): string => {
    const name = names.get(table);
    if (name === undefined) throw new InvalidError(`The store was opened without the table "${table.name}".`);
    return name;
  };
  return {
    client,
    send,
    tablePrefix,
    tables,
    tableName,
    clock,
    toRow,
    fromRow: (_, row) => fromRow(row, clock()),
    getRows: async (table, keys, { consistent = true } = {}) => {
      const rows = await readRows(send, tableName(table), {
        keys: keys.map((key) => keyRow(table, key)),
        identityOf: (row) => JSON.stringify(table.key.map((name) => row[name]?.S ?? Number(row[name]?.N))),
        consistent,
        retryBudgetMs,
      });
      const at = clock();
      return rows.map((row) => fromRow(row, at));
    },
  };
}

interface RowsWanted {
  readonly keys: readonly Row[];
  readonly identityOf: (row: Row) => string;
  readonly consistent: boolean;
  readonly retryBudgetMs: number;
}

/** Rows by their keys, in requests of up to 100, each key asked for once. */
export async function readRows(send: Send, table: string, wanted: RowsWanted): Promise<(Row | undefined)[]> {
  const { keys, identityOf } = wanted;
  const different = [...new Map(keys.map((key) => [identityOf(key), key])).values()];
  const chunks: Row[][] = [];
  for (let from = 0; from < different.length; from += storeLimits.maxGetMany) {
    chunks.push(different.slice(from, from + storeLimits.maxGetMany));
  }
  const found = new Map<string, Row>();
  const rows = await Promise.all(chunks.map((chunk) => readChunk(send, table, chunk, wanted)));
  for (const row of rows.flat()) found.set(identityOf(row), row);
  return keys.map((key) => found.get(identityOf(key)));
}

async function readChunk(
  send: Send,
  table: string,
  keys: Row[],
  { consistent, retryBudgetMs }: RowsWanted,
): Promise<Row[]> {
  const rows: Row[] = [];
  const until = performance.now() + retryBudgetMs;
  let left: KeysAndAttributes | undefined = { Keys: keys, ConsistentRead: consistent };
  for (let wait = 25; left !== undefined; wait = Math.min(1000, wait * 2)) {
    const answer: BatchGetItemCommandOutput = await send(new BatchGetItemCommand({ RequestItems: { [table]: left } }), {
      table,
      idempotent: true,
    });
    const { Responses = {}, UnprocessedKeys = {} } = answer;
    const read = Responses[table] ?? [];
    rows.push(...read);
    left = UnprocessedKeys[table];
    // An answer of 16 MB leaves the rest for the next; an answer that brings nothing was throttled.
    if (left === undefined || read.length > 0) continue;
    if (performance.now() > until) {
      throw new ThrottledError(`DynamoDB still throttled BatchGetItem on ${table} after ${retryBudgetMs} ms.`);
    }
    await delay(Math.random() * wait);
  }
  return rows;
}
