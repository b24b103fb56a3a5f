import { afterAll, beforeAll, expect, test } from "vitest";
import { op, type Store } from "../src/ports/store.ts";
import type { StoreUnderTest, Trial } from "./store.ts";
import { collect, expectCode, expectConflict, follow, freshName } from "./store-helpers.ts";
import { contractTables, passes } from "./store-tables.ts";

const start = Date.parse("2030-01-01T00:00:00.000Z");
const at = (ms: number): string => new Date(start + ms).toISOString();

export function expiryPromises(trial: Trial): void {
  let opened: StoreUnderTest;
  let store: Store;
  const setTime = (ms: number): void => opened.setNow(new Date(start + ms));
  beforeAll(async () => {
    opened = await trial.open({ tables: contractTables, schemaVersion: 1 });
    ({ store } = opened);
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  /** An item that expires after 1,000 ms, at a time before that. */
  async function pass(more: { gate?: string; number?: number; holder?: string; expiresAt?: string } = {}) {
    setTime(0);
    const gate = freshName("gate");
    const item = { gate, number: 1, holder: gate, code: freshName("code"), note: "golden ticket", ...more };
    return store.create(passes, { expiresAt: at(1000), ...item });
  }

  test("[store.expiry.moment] an item is there until its expiry, and from that millisecond on it is not", async () => {
    const item = await pass();
    setTime(999);
    expect(await store.get(passes, item)).toEqual(item);
    setTime(1000);
    expect(await store.get(passes, item)).toBeUndefined();
    setTime(999);
    expect(await store.get(passes, item)).toEqual(item);
  });

  test("[store.expiry.none] an item without expiry stays", async () => {
    setTime(0);
    const gate = freshName("gate");
    const item = await store.create(passes, { gate, number: 1, holder: gate, code: gate, note: "" });
    setTime(1e12);
    expect(await store.get(passes, item)).toEqual(item);
  });

  test("[store.expiry.reads] no read returns it: by key, many, unique value, page, index, search or scan", async () => {
    const item = await pass();
    const { gate, holder, code } = item;
    const lasting = await store.create(passes, { ...item, number: 2, code: `${code}2`, expiresAt: at(5000) });
    const reads = async () => [
      (await store.getMany(passes, [item, lasting])).filter((found) => found !== undefined),
      [await store.getUnique(passes, "code", { code })].filter((found) => found !== undefined),
      await collect(store, passes, { where: { gate } }),
      await collect(store, passes, { index: "byHolder", where: { holder } }),
      (await store.search(passes, { text: "golden", scopes: [holder] })).items,
      (await follow((cursor) => store.scan(passes, { cursor }))).filter((found) => found.gate === gate),
    ];
    expect((await reads()).map((found) => found.length)).toEqual([2, 1, 2, 2, 2, 2]);
    setTime(1000);
    expect((await reads()).map((found) => found.map((one) => one.number))).toEqual([[2], [], [2], [2], [2], [2]]);
  });

  test("[store.expiry.pages] pages are full although expired items lie between", async () => {
    const gate = freshName("gate");
    for (let number = 1; number <= 30; number++) {
      await pass({ gate, number, expiresAt: at(number % 3 === 0 ? 5000 : 1000) });
    }
    setTime(1000);
    const page = await store.query(passes, { where: { gate }, limit: 4 });
    expect(page.items.map((item) => item.number)).toEqual([3, 6, 9, 12]);
    const next = await store.query(passes, { where: { gate }, limit: 4, cursor: page.next });
    expect(next.items.map((item) => item.number)).toEqual([15, 18, 21, 24]);
    const back = await store.query(passes, { where: { gate }, limit: 4, cursor: next.previous });
    expect(back.items).toEqual(page.items);
    const last = await store.query(passes, { where: { gate }, limit: 4, cursor: next.next });
    expect([last.items.map((item) => item.number), last.next]).toEqual([[27, 30], undefined]);
  });

  test("[store.expiry.writes] writes see it as absent", async () => {
    const item = await pass();
    setTime(1000);
    await expectCode(store.update(passes, item, { set: { note: "x" } }), "not_found");
    const refused = { reason: "condition", table: passes };
    await expectConflict(store.update(passes, item, { set: { note: "x" } }, { if: {} }), refused);
    await expectConflict(store.put(passes, item, { if: { version: 1 } }), refused);
    await expectConflict(store.delete(passes, item, { if: {} }), refused);
    await expectConflict(store.transact([op.check(passes, item, {})]), refused);
    await store.delete(passes, item);
  });

  test("[store.expiry.replaced] its key is free: what is created or put there begins with version 1", async () => {
    const one = await pass();
    const two = await pass();
    await store.update(passes, one, { set: { note: "older" } });
    await store.update(passes, two, { set: { note: "older" } });
    setTime(1000);
    const { expiresAt: _, ...lasting } = one;
    expect(await store.create(passes, { ...lasting, note: "newer" })).toEqual({
      ...lasting,
      note: "newer",
      version: 1,
    });
    expect((await store.put(passes, { ...two, note: "newer", expiresAt: at(9000) })).version).toBe(1);
    const found = async (text: string) =>
      (await store.search(passes, { text, scopes: [one.holder, two.holder] })).items;
    expect((await found("newer")).length).toBe(2);
    expect(await found("older")).toEqual([]);
  });

  test("[store.expiry.unique] its unique values are free, one by one and in a transaction", async () => {
    const [one, two, three] = [await pass(), await pass(), await pass()];
    const target = await pass({ expiresAt: at(5000) });
    setTime(1000);
    const fresh = { gate: freshName("gate"), number: 1, holder: "h", note: "" };
    const created = await store.create(passes, { ...fresh, code: one.code });
    expect(await store.getUnique(passes, "code", { code: one.code })).toEqual(created);
    await store.update(passes, target, { set: { code: two.code } });
    expect((await store.getUnique(passes, "code", { code: two.code }))?.gate).toBe(target.gate);
    await store.transact([op.create(passes, { ...fresh, number: 2, code: three.code })]);
    expect((await store.getUnique(passes, "code", { code: three.code }))?.number).toBe(2);
  });

  test("[store.expiry.changed] an expiry that is moved or removed counts from then on", async () => {
    const [longer, forever, shorter] = [await pass(), await pass(), await pass()];
    await store.update(passes, longer, { set: { expiresAt: at(3000) } });
    await store.update(passes, forever, { remove: ["expiresAt"] });
    await store.update(passes, shorter, { set: { expiresAt: at(500) } });
    const alive = async () => (await store.getMany(passes, [longer, forever, shorter])).map((item) => item?.version);
    setTime(600);
    expect(await alive()).toEqual([2, 2, undefined]);
    setTime(3000);
    expect(await alive()).toEqual([undefined, 2, undefined]);
  });
}
