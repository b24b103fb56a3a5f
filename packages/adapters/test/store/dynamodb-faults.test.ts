import { people, readings, things } from "@aloft/core/contract/store-tables";
import { op, type Store } from "@aloft/core/ports/store";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { dynamodbStore } from "../../src/store/dynamodb.ts";
import { openTestDynamodb, testPlace, type TestDynamodb } from "../../src/store/testing/dynamodb.ts";
import { faultyDynamodb, type Fault, type FaultyDynamodb } from "./faulty-dynamodb.ts";

const here = await available("DynamoDB Local", () => service("dynamodb"));
const tables = [things, people, readings];

describe.runIf(here)("DynamoDB behind a bad line", { timeout: 60_000 }, () => {
  let opened: TestDynamodb;
  let faulty: FaultyDynamodb;
  let store: Store;
  /** Gives an attempt up soon, and goes on trying. */
  let impatient: Store;
  let groups = 0;
  let key: { readonly group: string; readonly name: string };
  beforeAll(async () => {
    const { url } = await service("dynamodb");
    opened = await openTestDynamodb(url, { tables, schemaVersion: 1, upkeep: false });
    faulty = await faultyDynamodb(url);
    const { tablePrefix } = opened;
    const place = { ...testPlace(faulty.url), tablePrefix, tables, schemaVersion: 1, upkeep: false };
    const open = (retryBudgetMs: number, attemptTimeoutMs: number) =>
      dynamodbStore({ ...place, retryBudgetMs, attemptTimeoutMs, freezePermitMs: 600_000 });
    store = await open(2000, 10_000);
    impatient = await open(20_000, 800);
    for (const [i, one] of [store, impatient].entries()) await one.create(things, { group: "warm", name: `${i}` });
  }, 60_000);
  beforeEach(() => {
    key = { group: `g${++groups}`, name: "n" };
    faulty.seen();
  });
  afterAll(async () => {
    await store.close();
    await impatient.close();
    await faulty[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
  }, 60_000);

  const throttles = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "LimitExceededException",
  ];
  test.each(throttles)("[dynamodb.retry.throttled] %s is tried again until it gets through", async (type) => {
    faulty.fail("PutItem", { kind: "answer", status: 400, type, message: "slow down" }, 3);
    await store.create(things, key);
    expect(faulty.seen()).toEqual(["PutItem", "PutItem", "PutItem", "PutItem"]);
  });

  test("[dynamodb.retry.exhausted] throttling that lasts is throttled, with the table and what to do", async () => {
    const fault: Fault = { kind: "answer", status: 400, type: "ThrottlingException", message: "Rate exceeded" };
    faulty.fail("UpdateItem", fault, 1000);
    const started = performance.now();
    const error = await failureOf(store.put(things, key));
    faulty.fail("UpdateItem", fault, 0);
    expect(error).toMatchObject({ code: "throttled", retryable: true });
    expect(error.message).toContain("contract_things");
    expect(error.message).toMatch(/on-demand|1,000 write units/);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(faulty.seen().length).toBeGreaterThan(4);
    expect(await store.get(things, key)).toBeUndefined();
  });

  const interruptions: readonly [name: string, fault: Fault][] = [
    ["cut before", { kind: "cut", done: false }],
    ["cut after", { kind: "cut", done: true }],
    ["stalled before", { kind: "stall", done: false }],
    ["stalled after", { kind: "stall", done: true }],
    ["an error of the server", { kind: "answer", status: 500, type: "InternalServerError" }],
    ["a server that is away", { kind: "answer", status: 503, type: "ServiceUnavailable" }],
  ];
  test.each(interruptions)("[dynamodb.retry.reads] a read is tried again: %s", async (_, fault) => {
    await impatient.create(things, key);
    for (const operation of ["GetItem", "Query", "BatchGetItem", "Scan"]) faulty.fail(operation, fault, 2);
    expect(await impatient.get(things, key)).toEqual({ ...key, version: 1 });
    expect((await impatient.query(things, { where: { group: key.group } })).items).toHaveLength(1);
    expect(await impatient.getMany(things, [key])).toHaveLength(1);
    expect((await impatient.scan(things)).items.length).toBeGreaterThan(0);
    const seen = faulty.seen();
    // Cutting a connection may take another request with it, which is then tried once more.
    for (const operation of ["GetItem", "Query", "BatchGetItem", "Scan"]) {
      expect(seen.filter((one) => one === operation).length).toBeGreaterThanOrEqual(3);
    }
  });

  test.each(interruptions)(
    "[dynamodb.retry.in-doubt] a write is not done twice, and says what is unknown: %s",
    async (_, fault) => {
      await impatient.create(things, { ...key, count: 0 });
      faulty.seen();
      faulty.fail("UpdateItem", fault, 1);
      const error = await failureOf(impatient.update(things, key, { add: { count: 1 } }));
      expect(error).toMatchObject({ code: "unavailable" });
      expect(error.message).toContain("it is unknown whether it was done");
      expect(faulty.seen()).toEqual(["UpdateItem"]);
      const { count } = (await impatient.get(things, key)) ?? {};
      expect(count).toBe("done" in fault && fault.done ? 1 : 0);
    },
  );

  test.each(interruptions)(
    "[dynamodb.retry.token] a transaction whose answer is lost has one effect: %s",
    async (_, fault) => {
      await impatient.create(things, { ...key, count: 0 });
      faulty.seen();
      faulty.fail("TransactWriteItems", fault, 2);
      await impatient.transact([
        op.update(things, key, { add: { count: 1 } }),
        op.create(readings, { series: key.group, at: 1 }),
      ]);
      expect(faulty.seen()).toEqual(["TransactWriteItems", "TransactWriteItems", "TransactWriteItems"]);
      expect(await impatient.get(things, key)).toMatchObject({ count: 1, version: 2 });
    },
  );

  const conflicted: Fault = {
    kind: "answer",
    status: 400,
    type: "TransactionCanceledException",
    message:
      "Transaction cancelled, please refer cancellation reasons for specific reasons [None, TransactionConflict]",
    body: {
      CancellationReasons: [{ Code: "None" }, { Code: "TransactionConflict", Message: "Transaction is ongoing" }],
    },
  };
  const both = () => [op.create(things, key), op.create(readings, { series: key.group, at: 1 })];

  test("[dynamodb.transaction.conflict] a transaction that met another is tried again", async () => {
    faulty.fail("TransactWriteItems", conflicted, 3);
    await store.transact(both());
    expect(faulty.seen()).toHaveLength(4);
    expect(await store.get(things, key)).toEqual({ ...key, version: 1 });
  });

  test("[dynamodb.transaction.order] what is refused first is told, whoever creates the item in that moment", async () => {
    const holder = { id: `${key.group}-a`, team: key.group, nick: "m", rank: 1 };
    const created = { id: `${key.group}-b`, team: key.group, nick: "b", rank: 1 };
    await opened.store.create(people, holder);
    faulty.fail("TransactGetItems", { kind: "after", others: () => opened.store.create(people, created) });
    const taking = op.update(people, { id: created.id }, { set: { nick: "m" } });
    const missing = op.check(people, { id: `${key.group}-c` }, { version: 1 });
    const error = await failureOf(store.transact([taking, missing]));
    expect(error).toMatchObject({ code: "conflict", reason: "unique", operation: 0 });
  });

  test("[dynamodb.transaction.contention] one that keeps meeting others is a conflict, contention, with its place", async () => {
    faulty.fail("TransactWriteItems", conflicted, 1000);
    const error = await failureOf(store.transact(both()));
    faulty.fail("TransactWriteItems", conflicted, 0);
    expect(error).toMatchObject({ code: "conflict", reason: "contention", table: readings.name, operation: 1 });
  });

  test("[dynamodb.transaction.single-conflict] so is a single write that a transaction is in the way of", async () => {
    const fault: Fault = { kind: "answer", status: 400, type: "TransactionConflictException", message: "ongoing" };
    faulty.fail("PutItem", fault, 2);
    await store.create(things, key);
    faulty.fail("PutItem", fault, 1000);
    const error = await failureOf(store.create(things, { ...key, name: "m" }));
    faulty.fail("PutItem", fault, 0);
    expect(error).toMatchObject({ code: "conflict", reason: "contention", table: things.name });
  });

  test("[dynamodb.transaction.throttled] a transaction cancelled by throttling is tried again, then throttled", async () => {
    const reasons = { CancellationReasons: [{ Code: "ThrottlingError" }, { Code: "None" }] };
    const fault: Fault = { kind: "answer", status: 400, type: "TransactionCanceledException", body: reasons };
    faulty.fail("TransactWriteItems", fault, 2);
    await store.transact(both());
    key = { ...key, name: "m" };
    faulty.fail("TransactWriteItems", fault, 1000);
    const error = await failureOf(
      store.transact([op.create(things, key), op.create(readings, { series: "x", at: 1 })]),
    );
    faulty.fail("TransactWriteItems", fault, 0);
    expect(error).toMatchObject({ code: "throttled" });
  });

  test("[dynamodb.batch.unprocessed] keys that DynamoDB leaves unprocessed are asked for again", async () => {
    await store.create(things, key);
    const table = `${opened.tablePrefix}${things.name}`;
    const Keys = [{ group: { S: key.group }, name: { S: key.name } }];
    const body = { Responses: {}, UnprocessedKeys: { [table]: { Keys, ConsistentRead: true } } };
    faulty.fail("BatchGetItem", { kind: "answer", status: 200, type: "", body }, 3);
    expect(await store.getMany(things, [key])).toEqual([{ ...key, version: 1 }]);
    expect(faulty.seen().filter((one) => one === "BatchGetItem")).toHaveLength(4);
  });
});

async function failureOf(call: Promise<unknown>): Promise<Error> {
  const error: unknown = await call.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new TypeError("not an error");
  return error;
}
