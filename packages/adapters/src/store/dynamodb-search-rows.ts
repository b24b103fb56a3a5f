import { setTimeout as delay } from "node:timers/promises";
import {
  BatchWriteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  DeleteItemCommand,
  type BatchWriteItemCommandOutput,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { ThrottledError } from "@aloft/core/errors";
import type { DynamoEngine } from "./dynamodb-engine.ts";
import { searchKey } from "./dynamodb-search-index.ts";
import type { SearchRow } from "./dynamodb-search-segments.ts";
import { decodeState, encodeState, type SearchState } from "./dynamodb-search-state.ts";

/** The table that a search's index is kept in. */
export interface SearchRows {
  /** Rows of one bucket, from one name to another, ends included, up to 1 MB. `more`: there may be others behind. */
  readonly read: (wanted: RowRange) => Promise<{ readonly rows: readonly SearchRow[]; readonly more: boolean }>;
  /** Writes all of the rows, or stops with what `signal` was aborted with, having written some. */
  readonly write: (rows: readonly SearchRow[], signal: AbortSignal, unitsPerSecond: number) => Promise<void>;
  readonly state: () => Promise<SearchState | undefined>;
  /** @returns false if somebody else has saved one since this was read. */
  readonly save: (state: SearchState) => Promise<boolean>;
  /** @returns whether `owner` may write segments, until the time given. */
  readonly lease: (owner: string, nowMs: number, untilMs: number) => Promise<boolean>;
  readonly release: (owner: string) => Promise<void>;
}

export interface RowRange {
  readonly bucket: string;
  readonly from: string;
  readonly to: string;
  readonly ascending: boolean;
  readonly consistent: boolean;
  /** Begins behind this row. */
  readonly behind?: string | undefined;
}

/** What DynamoDB takes at once. */
const batchSize = 25;
const writers = 4;
const batchBudgetMs = 30_000;
const stateKey = { [searchKey.bucket]: { S: "state" }, [searchKey.row]: { S: "state" } };
const leaseKey = { [searchKey.bucket]: { S: "state" }, [searchKey.row]: { S: "lease" } };

export function searchRows({ send }: Pick<DynamoEngine, "send">, table: string): SearchRows {
  const idempotent = { table, idempotent: true };
  const conditionally = async (write: Promise<unknown>): Promise<boolean> => {
    try {
      await write;
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === "ConditionalCheckFailedException") return false;
      throw error;
    }
  };
  const writeBatch = async (rows: readonly SearchRow[]): Promise<void> => {
    const until = performance.now() + batchBudgetMs;
    let left: WriteRequest[] | undefined = rows.map(({ bucket, row, data }) => ({
      PutRequest: { Item: { [searchKey.bucket]: { S: bucket }, [searchKey.row]: { S: row }, d: { B: data } } },
    }));
    for (let wait = 25; left !== undefined && left.length > 0; wait = Math.min(1000, wait * 2)) {
      const command: BatchWriteItemCommand = new BatchWriteItemCommand({ RequestItems: { [table]: left } });
      const answer: BatchWriteItemCommandOutput = await send(command, idempotent);
      left = answer.UnprocessedItems?.[table];
      if (left === undefined || left.length === 0) return;
      if (performance.now() > until) throw new ThrottledError(`DynamoDB throttled BatchWriteItem on ${table}.`);
      await delay(Math.random() * wait);
    }
  };
  return {
    read: async ({ bucket, from, to, ascending, consistent, behind }) => {
      const start = { [searchKey.bucket]: { S: bucket }, [searchKey.row]: { S: behind ?? "" } };
      const { Items = [], LastEvaluatedKey } = await send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: "#h = :h AND #r BETWEEN :from AND :to",
          ExpressionAttributeNames: { "#h": searchKey.bucket, "#r": searchKey.row },
          ExpressionAttributeValues: { ":h": { S: bucket }, ":from": { S: from }, ":to": { S: to } },
          ScanIndexForward: ascending,
          ConsistentRead: consistent,
          ExclusiveStartKey: behind === undefined ? undefined : start,
        }),
        idempotent,
      );
      const rows = Items.map((item) => ({
        bucket,
        row: item[searchKey.row]?.S ?? "",
        data: item["d"]?.B ?? new Uint8Array(),
      }));
      return { rows, more: LastEvaluatedKey !== undefined };
    },
    write: async (rows, signal, unitsPerSecond) => {
      let next = 0;
      const started = performance.now();
      let units = 0;
      const work = async (): Promise<void> => {
        while (next < rows.length) {
          signal.throwIfAborted();
          const batch = rows.slice(next, (next += batchSize));
          for (const { data } of batch) units += Math.ceil((data.length + 64) / 1024);
          await writeBatch(batch);
          const ahead = (units / unitsPerSecond) * 1000 - (performance.now() - started);
          if (ahead > 0) await delay(ahead, undefined, { signal });
        }
      };
      await Promise.all(Array.from({ length: writers }, work));
    },
    state: async () => {
      const { Item } = await send(
        new GetItemCommand({ TableName: table, Key: stateKey, ConsistentRead: true }),
        idempotent,
      );
      const data = Item?.["d"]?.B;
      return data === undefined ? undefined : decodeState(Number(Item?.["v"]?.N), data);
    },
    save: (state) => {
      const Item = { ...stateKey, v: { N: String(state.version + 1) }, d: { B: encodeState(state) } };
      const expected = { N: String(state.version) };
      const condition =
        state.version === 0
          ? { ConditionExpression: "attribute_not_exists(v)" }
          : { ConditionExpression: "v = :v", ExpressionAttributeValues: { ":v": expected } };
      return conditionally(
        send(new PutItemCommand({ TableName: table, Item, ...condition }), { table, idempotent: false }),
      );
    },
    lease: (owner, nowMs, untilMs) =>
      conditionally(
        send(
          new PutItemCommand({
            TableName: table,
            Item: { ...leaseKey, o: { S: owner }, u: { N: String(untilMs) } },
            ConditionExpression: "attribute_not_exists(o) OR o = :o OR u < :now",
            ExpressionAttributeValues: { ":o": { S: owner }, ":now": { N: String(nowMs) } },
          }),
          idempotent,
        ),
      ),
    release: async (owner) => {
      await conditionally(
        send(
          new DeleteItemCommand({
            TableName: table,
            Key: leaseKey,
            ConditionExpression: "attribute_not_exists(o) OR o = :o",
            ExpressionAttributeValues: { ":o": { S: owner } },
          }),
          idempotent,
        ),
      );
    },
  };
}
