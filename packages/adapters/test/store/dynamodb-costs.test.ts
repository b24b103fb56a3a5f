import { entries, passes, people, readings, things } from "@aloft/core/contract/store-tables";
import { op } from "@aloft/core/ports/store";
import { defineTable } from "@aloft/core/tables/define-table";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import type { StoreRequest } from "../../src/store/index.ts";
import { openTestDynamodb, type TestDynamodb } from "../../src/store/testing/dynamodb.ts";

const here = await available("DynamoDB Local", () => service("dynamodb"));

/** One unique value, and an index. */
const members = defineTable("members", {
  item: z.object({ id: z.string(), email: z.string(), team: z.string(), visits: z.number().optional() }),
  key: ["id"],
  unique: { email: ["email"] },
  indexes: { byTeam: { partition: ["team"] } },
});

/*
 * Known defect of DynamoDB Local, seen 2026-11-21 in 2026-05-28: of writes of one transaction to one table that cost the
 * same, it counts one. Where that shows, what AWS bills is said beside. And a query that finds nothing costs it nothing,
 * where AWS bills half a unit.
 */
describe.runIf(here)("what DynamoDB is asked for", () => {
  let opened: TestDynamodb;
  let requests: StoreRequest[] = [];
  beforeAll(async () => {
    opened = await openTestDynamodb((await service("dynamodb")).url, {
      tables: [things, people, readings, passes, entries, members],
      schemaVersion: 1,
      upkeep: false,
      freezePermitMs: 600_000,
      onRequest: (request) => requests.push(request),
    });
    await opened.store.create(things, { group: "warm", name: "up" });
  }, 60_000);
  afterAll(() => opened[Symbol.asyncDispose](), 60_000);

  /** The requests that the call makes, each with its units. */
  async function cost(call: () => Promise<unknown>): Promise<string> {
    requests = [];
    await call().catch(() => undefined);
    return requests
      .map(({ operation, readUnits, writeUnits }) => `${operation} ${readUnits ?? writeUnits ?? "?"}`)
      .join(", ");
  }

  const text = "x".repeat(500);
  const thing = (name: string, more: object = {}) => ({ group: "g", name, note: text, ...more });

  test("[dynamodb.cost.single] a write of one item is one request of its own, alone and by transact", async () => {
    const { store } = opened;
    expect(await cost(() => store.create(things, thing("a")))).toBe("PutItem 1");
    expect(await cost(() => store.create(things, thing("a")))).toBe("PutItem ?");
    expect(await cost(() => store.put(things, thing("a", { count: 1 })))).toBe("UpdateItem 1");
    expect(await cost(() => store.put(things, thing("b")))).toBe("UpdateItem 1");
    expect(await cost(() => store.update(things, thing("a"), { add: { count: 1 } }))).toBe("UpdateItem 1");
    expect(await cost(() => store.update(things, thing("a"), {}, { if: { count: 7 } }))).toBe("UpdateItem ?");
    expect(await cost(() => store.update(things, thing("none"), { set: { note: "x" } }))).toBe("UpdateItem ?");
    expect(await cost(() => store.delete(things, thing("a"), { if: { count: 2 } }))).toBe("DeleteItem 1");
    expect(await cost(() => store.delete(things, thing("b")))).toBe("DeleteItem 1");
    expect(await cost(() => store.transact([op.create(things, thing("c"))]))).toBe("PutItem 1");
    expect(await cost(() => store.transact([op.update(things, thing("c"), { add: { count: 1 } })]))).toBe(
      "UpdateItem 1",
    );
    expect(await cost(() => store.transact([op.delete(things, thing("c"))]))).toBe("DeleteItem 1");
    expect(await cost(() => store.transact([op.check(things, thing("c"), {})]))).toBe("GetItem 1");
    expect(await cost(() => store.transact([]))).toBe("");
  });

  test("[dynamodb.cost.unique] unique values cost a transaction only where they are taken or freed", async () => {
    const { store } = opened;
    const member = (email: string) => ({ id: "m", email, team: "t" });
    expect(await cost(() => store.create(members, member("e")))).toBe("TransactWriteItems 6");
    expect(await cost(() => store.update(members, { id: "m" }, { add: { visits: 1 } }))).toBe("UpdateItem 2");
    expect(await cost(() => store.update(members, { id: "m" }, { set: { team: "u" } }))).toBe("UpdateItem 3");
    const changed = () => store.update(members, { id: "m" }, { set: { email: "f" } });
    // AWS bills 8: the item, its index, the value that is freed and the one that is taken, each twice.
    expect(await cost(changed)).toBe("GetItem 1, TransactWriteItems 6");
    expect(await cost(() => store.put(members, member("f")))).toMatch(/^GetItem 1, UpdateItem \d$/);
    expect(await cost(() => store.getUnique(members, "email", { email: "f" }))).toBe("GetItem 1, GetItem 1");
    expect(await cost(() => store.getUnique(members, "email", { email: "none" }))).toBe("GetItem 1");
    expect(await cost(() => store.delete(members, { id: "m" }))).toBe("GetItem 1, TransactWriteItems 6");
    expect(await cost(() => store.delete(members, { id: "m" }))).toBe("GetItem 1");
  });

  test("[dynamodb.cost.reads] reads by key and pages are one request, however many items", async () => {
    const { store } = opened;
    const items = Array.from({ length: 120 }, (_, at) => ({ series: "s", at, note: text, version: 1 }));
    await store.load(readings, items);
    const page = { where: { series: "s" }, limit: 50 };
    expect(await cost(() => store.get(readings, { series: "s", at: 1 }))).toBe("GetItem 1");
    expect(await cost(() => store.get(readings, { series: "s", at: -1 }))).toBe("GetItem 1");
    expect(await cost(() => store.getMany(readings, items.slice(0, 100)))).toBe("BatchGetItem 100");
    expect(await cost(() => store.query(readings, page))).toMatch(/^Query \d+(\.5)?$/);
    const { next } = await store.query(readings, page);
    expect(await cost(() => store.query(readings, { ...page, cursor: next, order: "asc" }))).toMatch(/^Query \d/);
    expect(requests).toHaveLength(1);
    await store.create(people, { id: "p", team: "t", nick: "n", rank: 1 });
    const indexed = () => store.query(people, { index: "byTeam", where: { team: "t" } });
    expect(await cost(indexed)).toBe("Query 0.5");
    const whole = () => store.query(entries, { index: "ranked", where: {} });
    expect(await cost(whole)).toBe("Query 0, Query 0");
    expect(await cost(() => store.query(readings, { where: { series: "" } }))).toBe("");
    expect(await cost(() => store.check())).toMatch(/^GetItem/);
  });

  test("[dynamodb.cost.transact] a transaction is one request", async () => {
    const { store } = opened;
    const operations = [400, 1400, 2400].map((length) => {
      return op.create(things, thing(`t${length}`, { note: "x".repeat(length) }));
    });
    expect(await cost(() => store.transact(operations))).toBe("TransactWriteItems 12");
    expect(await cost(() => store.transact(operations))).toBe("TransactWriteItems ?");
  });

  test("[dynamodb.no-scan] nothing scans a table but scan itself", async () => {
    const { store } = opened;
    requests = [];
    await store.query(passes, { where: { gate: "g" } });
    await store.query(passes, { index: "byHolder", where: { holder: "h" }, order: "desc" });
    await store.query(entries, { index: "recent", where: {} });
    await store.getUnique(passes, "code", { code: "c" });
    await store.search(passes, { text: "golden", scopes: ["h", "i"] });
    await store.search(entries, { text: "golden", scopes: ["b"] });
    await store.maintain();
    await store.estimate(things);
    await store.check();
    expect(requests.length).toBeGreaterThan(8);
    expect(requests.filter(({ operation }) => operation === "Scan")).toEqual([]);
    expect(await cost(() => store.scan(things))).toMatch(/^Scan/);
  });
});
