import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { DeleteItemCommand, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { ThrottledError, UnavailableError } from "@aloft/core/errors";
import type { Freeze } from "@aloft/core/ports/store";
import type { Send } from "./dynamodb-client.ts";
import { metaKey, metaTableNameOf } from "./dynamodb-specs.ts";

/*
 * DynamoDB has no lock that every writer passes, and asking before each write would double its cost. So whoever writes
 * has looked for a freeze within the last `permitMs`, and whoever freezes waits that long before going by it. Nobody
 * compares clocks: a permit counts from before the look, and a freeze lasts as long as it keeps changing.
 */

export interface GateOptions {
  readonly send: Send;
  readonly tablePrefix: string;
  /** How long a look counts. All who open the tables must be given the same. */
  readonly permitMs: number;
  /** How long a request that has begun may still be under way. */
  readonly attemptTimeoutMs: number;
  /** How long a write waits for a freeze to end. */
  readonly patienceMs: number;
}

export interface Gate {
  /** Resolves once a write may begin. @throws {ThrottledError} the data stayed frozen. */
  readonly enter: () => Promise<void>;
  readonly freeze: () => Promise<Freeze>;
  /** Looks by itself before the look of before is too old, so that writes need not wait for it. */
  readonly start: () => void;
  readonly stop: () => void;
}

const freezeKey = { [metaKey]: { S: "freeze" } };
const beatMs = 1000;
/** A freeze that did not change for so long has lost its process. */
const deadMs = 8000;
const freezeTimeoutMs = 30_000;

export function freezeGate(options: GateOptions): Gate {
  const { send, tablePrefix, permitMs, patienceMs } = options;
  const table = metaTableNameOf(tablePrefix);
  let lookedAt = Number.NEGATIVE_INFINITY;
  let frozen = false;
  let beat: { readonly seen: string; readonly at: number } | undefined;
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const lookOnce = async (): Promise<void> => {
    const begun = performance.now();
    const command = new GetItemCommand({ TableName: table, Key: freezeKey, ConsistentRead: true });
    const { Item } = await send(command, { table, idempotent: true });
    const seen = Item === undefined ? undefined : `${Item["owner"]?.S} ${Item["beat"]?.N}`;
    if (seen === undefined) beat = undefined;
    else if (beat?.seen !== seen) beat = { seen, at: begun };
    frozen = beat !== undefined && begun - beat.at < deadMs;
    lookedAt = begun;
  };
  const look = (): Promise<void> => {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const mayWrite = (): boolean => !frozen && performance.now() - lookedAt < permitMs;
  return {
    enter: async () => {
      const until = performance.now() + patienceMs;
      while (!mayWrite()) {
        await look();
        if (mayWrite()) return;
        if (performance.now() > until) {
          throw new ThrottledError("The data is frozen while it is being copied: writes wait until that is done.");
        }
        await delay(50 + Math.random() * 100);
      }
    },
    freeze: () => freezeTables(options, table),
    start: () => {
      timer = setInterval(() => void look().catch(() => undefined), permitMs / 2).unref();
    },
    stop: () => clearInterval(timer),
  };
}

async function freezeTables({ send, permitMs, attemptTimeoutMs }: GateOptions, table: string): Promise<Freeze> {
  const owner = randomUUID();
  const began = performance.now();
  let lastBeat = "";
  let seenAt = began;
  for (let seen = await beatOnce(send, table, owner); seen !== undefined; seen = await beatOnce(send, table, owner)) {
    if (seen !== lastBeat) [lastBeat, seenAt] = [seen, performance.now()];
    if (performance.now() - seenAt > deadMs) await remove(send, table, seen.slice(0, seen.lastIndexOf(" ")));
    if (performance.now() - began > freezeTimeoutMs) {
      throw new ThrottledError(
        `Somebody else keeps the data frozen: there was no getting in for ${freezeTimeoutMs} ms.`,
      );
    }
    await delay(200);
  }
  let lost: unknown;
  const timer = setInterval(() => {
    beatOnce(send, table, owner).then(
      (other) => (lost = other === undefined ? lost : new Error("Somebody else has frozen the data.")),
      (error: unknown) => (lost = error),
    );
  }, beatMs).unref();
  await delay(permitMs + attemptTimeoutMs);
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => {
    released ??= (async () => {
      clearInterval(timer);
      const kept = await remove(send, table, owner);
      if (kept && lost === undefined) return;
      throw new UnavailableError("The freeze ended before it was released: there may have been writes.", {
        cause: lost,
      });
    })();
    return released;
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** Begins the freeze, or shows that it lasts. @returns whose it is and how far, if it is somebody else's. */
async function beatOnce(send: Send, table: string, owner: string): Promise<string | undefined> {
  const command = new UpdateItemCommand({
    TableName: table,
    Key: freezeKey,
    UpdateExpression: "SET #owner = :owner ADD #beat :one",
    ConditionExpression: "attribute_not_exists(#owner) OR #owner = :owner",
    ExpressionAttributeNames: { "#owner": "owner", "#beat": "beat" },
    ExpressionAttributeValues: { ":owner": { S: owner }, ":one": { N: "1" } },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  try {
    await send(command, { table, idempotent: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error;
    const { Item = {} } = error as { readonly Item?: Record<string, { readonly S?: string; readonly N?: string }> };
    return `${Item["owner"]?.S} ${Item["beat"]?.N}`;
  }
}

/** @returns whether it was there. */
async function remove(send: Send, table: string, owner: string): Promise<boolean> {
  const command = new DeleteItemCommand({
    TableName: table,
    Key: freezeKey,
    ConditionExpression: "#owner = :owner",
    ExpressionAttributeNames: { "#owner": "owner" },
    ExpressionAttributeValues: { ":owner": { S: owner } },
  });
  try {
    await send(command, { table, idempotent: true });
    return true;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error;
    return false;
  }
}
