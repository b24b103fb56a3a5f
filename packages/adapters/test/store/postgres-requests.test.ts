import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { contractTables, letters, notes, passes, people, things } from "@aloft/core/contract/store-tables";
import { op, type Store } from "@aloft/core/ports/store";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { createTestDatabase, runSql, type TestDatabase } from "../../src/store/testing/postgres.ts";

const here = await available("PostgreSQL 18", () => service("postgres-18"));

describe.runIf(here)("what a call costs on PostgreSQL", () => {
  let database: TestDatabase;
  let store: Store;
  const requests: string[] = [];

  beforeAll(async () => {
    database = await createTestDatabase(() => service("postgres-18"));
    store = await postgresStore({
      url: database.url,
      tables: contractTables,
      schemaVersion: 1,
      upkeep: false,
      onRequest: ({ operation }) => requests.push(operation),
    });
  });
  afterAll(async () => {
    await store.close();
    await database[Symbol.asyncDispose]();
  });

  async function cost(call: Promise<unknown>): Promise<string[]> {
    await call.catch(() => undefined);
    return requests.splice(0);
  }

  test("[postgres.requests] every operation is one round trip, done or refused; one more tells who holds a unique value", async () => {
    requests.splice(0);
    const thing = { group: "g", name: "a" };
    const person = { id: "p", team: "t", nick: "n", rank: 1, email: "e" };
    expect(await cost(store.create(things, { ...thing, count: 1 }))).toEqual(["INSERT"]);
    expect(await cost(store.create(things, thing))).toEqual(["INSERT"]);
    expect(await cost(store.put(things, { ...thing, count: 2 }))).toEqual(["INSERT"]);
    expect(await cost(store.put(things, { ...thing, count: 3 }, { if: { count: 2 } }))).toEqual(["INSERT"]);
    expect(await cost(store.update(things, thing, { add: { count: 1 } }, { if: { count: { lt: 9 } } }))).toEqual([
      "UPDATE",
    ]);
    expect(await cost(store.update(things, thing, { add: { count: 1 } }, { if: { count: 99 } }))).toEqual(["UPDATE"]);
    expect(await cost(store.create(people, person))).toEqual(["INSERT"]);
    expect(await cost(store.create(people, { ...person, id: "q" }))).toEqual(["INSERT", "DELETE"]);
    expect(await cost(store.get(things, thing))).toEqual(["SELECT"]);
    expect(await cost(store.getMany(things, [thing, { group: "g", name: "b" }]))).toEqual(["SELECT"]);
    expect(await cost(store.getUnique(people, "email", { email: "e" }))).toEqual(["SELECT"]);
    expect(await cost(store.query(people, { index: "byTeam", where: { team: "t" } }))).toEqual(["SELECT"]);
    expect(await cost(store.search(letters, { text: "x", scopes: ["b"] }))).toEqual(["SELECT"]);
    expect(await cost(store.scan(things))).toEqual(["SELECT"]);
    const all = [
      op.create(things, { group: "g", name: "b" }),
      op.update(things, thing, { add: { count: 1 } }),
      op.put(things, { group: "g", name: "c" }),
      op.check(people, person, { rank: 1 }),
      op.delete(things, { group: "g", name: "none" }),
    ];
    expect(await cost(store.transact(all))).toEqual(["COMMIT"]);
    expect(await cost(store.transact(all))).toEqual(["COMMIT"]);
    expect(await cost(store.load(things, [{ group: "g", name: "l", version: 3 }]))).toEqual(["INSERT"]);
    expect(await cost(store.delete(things, thing))).toEqual(["DELETE"]);
    expect(await cost(store.check())).toEqual(["SELECT"]);
    expect(await store.query(things, { where: { group: "g" } })).toMatchObject({
      items: [{ name: "b" }, { name: "c" }, { name: "l" }],
    });
  });

  test("[postgres.requests.updates] an update of half of a searched text, or near the size limit, is one read more", async () => {
    await store.create(notes, { book: "b", page: 1, title: "one", body: "two" });
    requests.splice(0);
    expect(await cost(store.update(notes, { book: "b", page: 1 }, { set: { body: "three" } }))).toEqual([
      "SELECT",
      "UPDATE",
    ]);
    expect((await store.search(notes, { text: "one three", scopes: ["b"] })).items).toHaveLength(1);
    const big = { group: "big", name: "n" };
    await store.create(things, { ...big, value: "x".repeat(300_000) });
    requests.splice(0);
    expect(await cost(store.update(things, big, { set: { flag: true } }))).toEqual(["UPDATE", "SELECT", "UPDATE"]);
    expect(await store.get(things, big)).toMatchObject({ flag: true, version: 2 });
  });

  test("[postgres.misfits] a loaded value that does not fit its column is kept, compared, changed and replaced", async () => {
    const key = { group: "misfit", name: "n" };
    await store.load(things, [{ ...key, note: 5, count: "three", version: 2 } as never]);
    expect(await store.get(things, key)).toEqual({ ...key, note: 5, count: "three", version: 2 });
    await expect(store.update(things, key, { set: { level: 1 } }, { if: { note: "5" } })).rejects.toMatchObject({
      reason: "condition",
    });
    const changed = await store.update(things, key, { set: { note: "text" } }, { if: { note: 5 } as never });
    expect(changed).toEqual({ ...key, note: "text", count: "three", version: 3 });
    await expect(store.update(things, key, { add: { count: 1 } })).rejects.toMatchObject({ code: "invalid" });
    await store.transact([op.check(things, key, { note: "text" }), op.create(things, { group: "misfit", name: "m" })]);
    expect(await store.put(things, { ...key, count: 3 })).toEqual({ ...key, count: 3, version: 4 });
    expect(await store.update(things, key, { add: { count: 1 } })).toMatchObject({ count: 4 });
  });

  test("[postgres.words.missing] items without words are found after the next upkeep", async () => {
    await store.create(notes, { book: "w", page: 1, body: "forgotten" });
    await runSql(database.url, `UPDATE "contract_notes" SET "$words" = NULL`);
    const found = async () => (await store.search(notes, { text: "forgotten", scopes: ["w"] })).items.length;
    expect(await found()).toBe(0);
    await store.maintain();
    expect(await found()).toBe(1);
  });

  test("[postgres.keys.long] long keys fit unless they are random and of more than 2,600 bytes", async () => {
    const random = (bytes: number): string => randomBytes(bytes).toString("base64url").slice(0, bytes);
    const fits = { group: random(1600), name: random(1000) };
    await store.create(things, fits);
    expect(await store.get(things, fits)).toMatchObject({ version: 1 });
    const words = { group: "a long key of words ".repeat(100), name: "and more of them ".repeat(60) };
    expect(await store.put(things, words)).toMatchObject({ version: 1 });
    const tooLong = { group: random(2048), name: random(1024) };
    await expect(store.create(things, tooLong)).rejects.toMatchObject({ code: "too_large" });
    expect(await store.get(things, tooLong)).toBeUndefined();
  });

  test("[postgres.contention] of many who create the same item at once, unique value and all, the others are told that it exists", async () => {
    for (let round = 0; round < 20; round++) {
      const person = { id: `race${round}`, team: "race", nick: `n${round}`, rank: 1, email: `race${round}` };
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => store.create(people, person)));
      const reasons = outcomes.map((outcome) =>
        outcome.status === "rejected" ? String(outcome.reason.reason) : "made",
      );
      expect(reasons.toSorted()).toEqual([...Array.from({ length: 7 }, () => "exists"), "made"]);
      const puts = await Promise.all(Array.from({ length: 4 }, () => store.put(people, { ...person, rank: 2 })));
      expect(puts.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5]);
    }
  });

  test("[postgres.contention] a unique value that goes from an expired item to one that the transaction deletes is freed", async () => {
    const pass = (number: number) => ({ gate: "between", number, holder: `h${number}`, code: "between", note: "" });
    await store.create(passes, { ...pass(1), expiresAt: "2020-01-01T00:00:00.000Z" });
    const other = new Client({ connectionString: database.url });
    await other.connect();
    try {
      await other.query("BEGIN");
      await other.query(`SELECT FROM contract_passes WHERE gate = 'between' FOR UPDATE`);
      const freeing = store.transact([op.delete(passes, { gate: "between", number: 2 }), op.create(passes, pass(3))]);
      // By now it has met the expired item, and waits to remove it.
      await setTimeout(200);
      await other.query(`UPDATE contract_passes SET number = 2, "$expires" = NULL WHERE gate = 'between'`);
      await other.query("COMMIT");
      await freeing;
    } finally {
      await other.end();
    }
    const { items } = await store.query(passes, { where: { gate: "between" } });
    expect(items.map(({ number }) => number)).toEqual([3]);
    // What the transaction itself gives to an earlier item stays taken.
    await expect(store.transact([op.put(passes, pass(3)), op.create(passes, pass(4))])).rejects.toMatchObject({
      code: "conflict",
      reason: "unique",
      operation: 1,
    });
  });

  test("[postgres.contention] transactions that lock in opposite orders all go through, none lost", async () => {
    const keys = ["a", "b", "c"].map((name) => ({ group: "hot", name }));
    const writers = Array.from({ length: 10 }, (_, i) => {
      const order = i % 2 === 0 ? keys : keys.toReversed();
      return store.transact(order.map((key) => op.put(things, { ...key, note: `${i}` })));
    });
    await Promise.all(writers);
    const { items } = await store.query(things, { where: { group: "hot" } });
    expect(items.map(({ version }) => version)).toEqual([10, 10, 10]);
    expect(new Set(items.map(({ note }) => note)).size).toBe(1);
  });
});
