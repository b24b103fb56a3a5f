import { afterAll, beforeAll, expect, test } from "vitest";
import { storeLimits, type Page, type Store } from "../src/ports/store.ts";
import type { Item, Stored } from "../src/tables/define-table.ts";
import type { StoreUnderTest, Trial } from "./store.ts";
import { collect, expectCode, freshName } from "./store-helpers.ts";
import { entries } from "./store-tables.ts";

type Entry = Stored<typeof entries>;
const start = Date.parse("2031-01-01T00:00:00.000Z");
const at = (ms: number): string => new Date(start + ms).toISOString();

/** Indexes without a partition. What they order is everything in the table, so each test has years of its own. */
export function wholePromises(trial: Trial): void {
  let opened: StoreUnderTest;
  let store: Store;
  beforeAll(async () => {
    opened = await trial.open({ tables: [entries], schemaVersion: 1 });
    ({ store } = opened);
    opened.setNow(new Date(start));
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  const write = (more: Partial<Item<typeof entries>> & { writtenAt: string }): Promise<Entry> =>
    store.create(entries, { box: freshName("box"), number: 1, ...more });
  const written = (items: readonly Entry[]): string[] => items.map(({ writtenAt }) => writtenAt);
  /** Twenty-three, in as many partitions of the table, written in no order. */
  async function year(name: string): Promise<string[]> {
    const days = Array.from({ length: 23 }, (_, i) => `${name}-${String(i).padStart(2, "0")}`);
    for (let i = 0; i < 23; i++) await write({ writtenAt: days[(i * 7) % 23] ?? "" });
    return days;
  }

  test("[store.index.whole] orders the whole table, up and down, within ranges", async () => {
    const days = await year("1901");
    const range = { beginsWith: "1901" };
    const all = async (more: object): Promise<string[]> =>
      written(await collect(store, entries, { index: "recent", where: {}, range, limit: 4, ...more }));
    expect(await all({})).toEqual(days);
    expect(await all({ order: "desc" })).toEqual([...days].reverse());
    const between = { range: { gt: "1901-03", lte: "1901-07" } };
    expect(await all(between)).toEqual(days.slice(4, 8));
    expect(await all({ ...between, order: "desc" })).toEqual(days.slice(4, 8).reverse());
    expect(await all({ where: { writtenAt: "1901-05" }, range: undefined })).toEqual(["1901-05"]);
    expect(await all({ range: { gt: "1901-22", lt: "1901-3" } })).toEqual([]);
  });

  test("[store.index.whole] breaks ties by the table's key, numbers by value and text by its bytes", async () => {
    const box = freshName("box");
    const keys = [box, `${box}\uffff`, `${box}\u{10000}`].flatMap((name) =>
      [-3, 2, 10].map((number) => ({ box: name, number })),
    );
    for (const key of [...keys].reverse()) await write({ ...key, writtenAt: "1902" });
    const query = { index: "recent", where: { writtenAt: "1902" }, limit: 2 } as const;
    const found = await collect(store, entries, query);
    expect(found.map(({ box, number }) => ({ box, number }))).toEqual(keys);
    const down = await collect(store, entries, { ...query, order: "desc" });
    expect(down).toEqual([...found].reverse());
  });

  test("[store.index.whole-pages] pages lead to the end and back to the beginning, and keep to their own cursors", async () => {
    const days = await year("1903");
    for (const order of ["asc", "desc"] as const) {
      const read = (cursor?: string): Promise<Page<Entry>> =>
        store.query(entries, { index: "recent", where: {}, range: { beginsWith: "1903" }, order, limit: 5, cursor });
      const forth = [await read()];
      while (forth.at(-1)?.next !== undefined) forth.push(await read(forth.at(-1)?.next));
      const expected = order === "asc" ? days : [...days].reverse();
      expect(forth.flatMap(({ items }) => written(items))).toEqual(expected);
      expect(forth.map(({ items }) => items.length)).toEqual([5, 5, 5, 5, 3]);
      const back = [forth.at(-1) as Page<Entry>];
      while (back[0]?.previous !== undefined) back.unshift(await read(back[0].previous));
      expect(back.flatMap(({ items }) => written(items))).toEqual(expected);
      const cursor = forth[0]?.next;
      await expectCode(store.query(entries, { index: "recent", where: {}, order, cursor }), "invalid_cursor");
      await expectCode(store.query(entries, { index: "ranked", where: {}, order, cursor }), "invalid_cursor");
    }
  });

  test("[store.index.whole-expiry] returns no expired item, and its pages are full", async () => {
    for (let i = 0; i < 30; i++) {
      await write({ writtenAt: `1904-${10 + i}`, expiresAt: at(i % 3 === 0 ? 5000 : 1000) });
    }
    opened.setNow(new Date(start + 1000));
    const read = async (order: "asc" | "desc"): Promise<string[]> => {
      const range = { beginsWith: "1904" };
      return written((await store.query(entries, { index: "recent", where: {}, range, order, limit: 4 })).items);
    };
    expect(await read("asc")).toEqual(["1904-10", "1904-13", "1904-16", "1904-19"]);
    expect(await read("desc")).toEqual(["1904-37", "1904-34", "1904-31", "1904-28"]);
    opened.setNow(new Date(start));
  });

  test("[store.index.whole-sparse] items without the attribute are not in it, and enter, move and leave by changes", async () => {
    const [first, second] = [await write({ writtenAt: "1905-1", rank: 7 }), await write({ writtenAt: "1905-2" })];
    const ranked = async (where: object): Promise<string[]> =>
      written(await collect(store, entries, { index: "ranked", where, limit: 1 }));
    expect(await ranked({})).toEqual(["1905-1"]);
    await store.update(entries, second, { set: { rank: 5.5 } });
    expect(await ranked({})).toEqual(["1905-2", "1905-1"]);
    await store.update(entries, second, { add: { rank: 1.5 } });
    expect(await ranked({ rank: 7 })).toEqual(["1905-1", "1905-2"]);
    expect(await ranked({ rank: 7, writtenAt: "1905-2" })).toEqual(["1905-2"]);
    await store.delete(entries, first);
    await store.update(entries, second, { remove: ["rank"] });
    expect(await ranked({})).toEqual([]);
  });

  test("[store.index.keys-only] an index of keys alone returns whole items, as they are now", async () => {
    const items = [];
    for (let i = 1; i <= 130; i++) items.push(await write({ writtenAt: "1906", number: i, body: `body ${i}` }));
    const last = items.at(-1) as Entry;
    const changed = await store.update(entries, last, { set: { body: "changed", rank: 1e9 } });
    const { items: found } = await store.query(entries, { index: "recent", where: { writtenAt: "1906" }, limit: 150 });
    const expected = [...items.slice(0, -1), changed];
    const byNumber = (a: Entry, b: Entry): number => a.number - b.number;
    expect([...found].sort(byNumber)).toEqual(expected.sort(byNumber));
  });

  test("[store.index.whole-longest] its values and the key fit together as a sort key does", async () => {
    const fill = (box: string): string => "x".repeat(storeLimits.maxSortKeyBytes - box.length - 2 - 21);
    const box = freshName("box");
    const writtenAt = `1907${fill(`1907${box}`)}`;
    await expectCode(write({ box, writtenAt: `${writtenAt}x` }), "too_large");
    const item = await write({ box, writtenAt });
    const range = { gte: writtenAt, lt: "1908" };
    expect((await store.query(entries, { index: "recent", where: {}, range })).items).toEqual([item]);
    await expectCode(store.update(entries, item, { set: { writtenAt: `${writtenAt}x` } }), "too_large");
  });

  test("[store.index.whole-refused] a query that names other attributes is invalid", async () => {
    const query = store.query.bind(store) as (...args: unknown[]) => Promise<unknown>;
    for (const given of [
      { index: "recent", where: { box: "b" } },
      { index: "recent", where: { writtenAt: 1 } },
      { index: "recent", where: { writtenAt: "x" }, range: { gt: "x" } },
      { index: "ranked", where: { writtenAt: "x" } },
      { index: "ranked", where: {}, range: { gt: "x" } },
      { where: {} },
    ]) {
      await expectCode(query(entries, given), "invalid");
    }
  });
}
