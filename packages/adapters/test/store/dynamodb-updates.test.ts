import { UpdateItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { people, things } from "@aloft/core/contract/store-tables";
import { storeLimits, type Store } from "@aloft/core/ports/store";
import { defineTable } from "@aloft/core/tables/define-table";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { openTestDynamodb, testPlace, type TestDynamodb } from "../../src/store/testing/dynamodb.ts";

const here = await available("DynamoDB Local", () => service("dynamodb"));

const text = z.string();
/** An index whose values change one without the other. */
const jobs = defineTable("jobs", {
  item: z.object({ id: text, queue: text, state: text.optional(), step: text.optional(), done: z.number().optional() }),
  key: ["id"],
  indexes: { byState: { partition: ["queue"], sort: ["state", "step", "done"] } },
});

describe.runIf(here)("updates that DynamoDB cannot check by itself", () => {
  let opened: TestDynamodb;
  let store: Store;
  let operations: string[] = [];
  let count = 0;
  let id = "";
  beforeAll(async () => {
    opened = await openTestDynamodb((await service("dynamodb")).url, {
      tables: [things, people, jobs],
      schemaVersion: 1,
      upkeep: false,
      freezePermitMs: 600_000,
      onRequest: ({ operation }) => operations.push(operation),
    });
    ({ store } = opened);
    await store.create(jobs, { id: "warm", queue: "q" });
  }, 60_000);
  beforeEach(() => {
    id = `i${++count}`;
    operations = [];
  });
  afterAll(() => opened[Symbol.asyncDispose](), 60_000);

  test("[dynamodb.update.size] one request while it is small, one more near the limit, and never beyond it", async () => {
    const key = { group: id, name: "n" };
    const half = "x".repeat(storeLimits.maxItemBytes / 2);
    await store.create(things, { ...key, note: half });
    operations = [];
    await store.update(things, key, { add: { count: 1 } });
    expect(operations).toEqual(["UpdateItem"]);
    const most = { set: { value: "y".repeat(storeLimits.maxItemBytes / 2 - storeLimits.reservedItemBytes - 100) } };
    await store.update(things, key, most);
    operations = [];
    const tooMuch = store.update(things, key, { set: { nothing: "z".repeat(200) } });
    await expect(tooMuch).rejects.toMatchObject({ code: "too_large" });
    expect(operations).toEqual(["UpdateItem"]);
    operations = [];
    for (let i = 0; i < 30; i++) await store.update(things, key, { add: { count: 1 } });
    expect(operations.length).toBeLessThan(61);
    expect(await store.get(things, key)).toMatchObject({ count: 31, version: 33 });
    await store.update(things, key, { set: { value: "small" } });
    await store.update(things, key, { set: { nothing: "z".repeat(200) } });
    operations = [];
    await store.update(things, key, { set: { nothing: "z".repeat(300) } });
    expect(operations).toEqual(["UpdateItem"]);
  });

  test("[dynamodb.update.index-size] values of an index are one request while they are short, refused when too long", async () => {
    const at = (bytes: number): string => "s".repeat(bytes);
    await store.create(jobs, { id, queue: "q", state: "new", step: "one", done: 1 });
    operations = [];
    await store.update(jobs, { id }, { set: { state: "running" } });
    await store.update(jobs, { id }, { set: { step: "two" }, add: { done: 1 } });
    expect(operations).toEqual(["UpdateItem", "UpdateItem"]);
    await store.update(jobs, { id }, { set: { step: at(600) } });
    await expect(store.update(jobs, { id }, { set: { state: at(600) } })).rejects.toMatchObject({ code: "too_large" });
    await expect(store.update(jobs, { id }, { set: { state: at(1025) } })).rejects.toMatchObject({ code: "too_large" });
    const absent = store.update(jobs, { id: `${id}x` }, { set: { state: at(1025) } });
    await expect(absent).rejects.toMatchObject({ code: "not_found" });
    const updated = await store.update(jobs, { id }, { set: { state: at(300) } });
    expect(updated).toMatchObject({ version: 5, done: 2 });
    expect((await store.query(jobs, { index: "byState", where: { queue: "q", state: at(300) } })).items).toEqual([
      updated,
    ]);
    await store.update(jobs, { id }, { remove: ["state"] });
    await store.update(jobs, { id }, { set: { step: at(1000) } });
    await expect(store.update(jobs, { id }, { set: { state: at(600) } })).rejects.toMatchObject({ code: "too_large" });
  });

  test("[dynamodb.update.sum] a sum that DynamoDB cannot keep", async () => {
    const key = { group: id, name: "n" };
    await store.create(things, { ...key, count: 9e125, note: "text" });
    await expect(store.update(things, key, { add: { count: 9e125 } })).rejects.toMatchObject({ code: "invalid" });
    await expect(store.update(things, key, { add: { note: 1 } as object })).rejects.toMatchObject({ code: "invalid" });
    await expect(store.update(things, { ...key, name: "x" }, { add: { count: 1 } })).rejects.toMatchObject({
      code: "not_found",
    });
    expect(await store.update(things, key, { add: { count: 1e-120 } })).toMatchObject({ count: 9e125, version: 2 });
  });

  test("[dynamodb.unique.long] unique values as long as a key, of any characters", async () => {
    const quotes = '"\\'.repeat(1024 - 20) + id;
    await store.create(people, { id, team: "t", nick: id, rank: 1, email: quotes });
    const second = store.create(people, { id: `${id}b`, team: "t", nick: `${id}b`, rank: 1, email: quotes });
    await expect(second).rejects.toMatchObject({ reason: "unique", unique: "email" });
    expect((await store.getUnique(people, "email", { email: quotes }))?.id).toBe(id);
    await store.update(people, { id }, { remove: ["email"] });
    await store.create(people, { id: `${id}b`, team: "t", nick: `${id}b`, rank: 1, email: quotes });
  });

  test(
    "[dynamodb.freeze.lost] a freeze of a process that is gone ends by itself; one that was lost says so",
    { timeout: 60_000 },
    async () => {
      await using frozen = await openTestDynamodb((await service("dynamodb")).url, {
        tables: [jobs],
        schemaVersion: 1,
      });
      const freeze = await frozen.store.freeze();
      const client = new DynamoDBClient({ ...testPlace((await service("dynamodb")).url) });
      const TableName = `${frozen.tablePrefix}aloft.meta`;
      // As if a process had begun a freeze, and was killed.
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: "freeze" } },
          UpdateExpression: "SET #owner = :owner",
          ExpressionAttributeNames: { "#owner": "owner" },
          ExpressionAttributeValues: { ":owner": { S: "somebody who is gone" } },
        }),
      );
      await expect(freeze.release()).rejects.toMatchObject({ code: "unavailable" });
      const began = performance.now();
      for (let done = false; !done && performance.now() - began < 40_000;) {
        done = await frozen.store.create(jobs, { id: "j", queue: "q" }).then(
          () => true,
          () => false,
        );
      }
      expect(await frozen.store.get(jobs, { id: "j" })).toBeDefined();
      expect(performance.now() - began).toBeGreaterThan(2000);
      await using again = await frozen.store.freeze();
      expect(again).toBeDefined();
      client.destroy();
    },
  );
});
