import { expect, test } from "vitest";
import type { Trial } from "./store.ts";
import { collect, expectCode, freshName } from "./store-helpers.ts";
import { people, readings, things } from "./store-tables.ts";

/** In the order of their UTF-8 bytes, which is not that of their UTF-16 units. */
const ordered = [
  "\u0001",
  " ",
  "#",
  "-",
  "/",
  "0",
  "00",
  "1",
  "A",
  "B",
  "a",
  "a#",
  "aa",
  "b",
  "~",
  "é",
  "漢",
  "\uffff",
];
ordered.push("\u{10000}", "\u{1f600}", "\u{10ffff}");

export function pagePromises(trial: Trial): void {
  async function numbered(count: number): Promise<string> {
    const series = freshName();
    for (let at = 1; at <= count; at++) await trial.store.create(readings, { series, at });
    return series;
  }

  test("[store.query.text-order] text orders by its UTF-8 bytes, up and down", async () => {
    const { store } = trial;
    const group = freshName();
    for (const name of [...ordered].reverse()) await store.create(things, { group, name });
    const up = await collect(store, things, { where: { group }, limit: 4 });
    expect(up.map((item) => item.name)).toEqual(ordered);
    const down = await collect(store, things, { where: { group }, limit: 4, order: "desc" });
    expect(down.map((item) => item.name)).toEqual([...ordered].reverse());
  });

  test("[store.query.number-order] numbers order by value, up and down", async () => {
    const { store } = trial;
    const series = freshName();
    const numbers = [
      -9.99e125,
      -1e21,
      -(2 ** 53),
      -10,
      -9,
      -1.5,
      -1e-130,
      0,
      1e-130,
      0.1,
      0.25,
      1,
      2,
      9,
      10,
      99.5,
      100,
    ];
    numbers.push(2 ** 53 - 1, 2 ** 53, 1e21, 9.99e125);
    for (const at of [...numbers].reverse()) await store.create(readings, { series, at });
    const up = await collect(store, readings, { where: { series }, limit: 5 });
    expect(up.map((item) => item.at)).toEqual(numbers);
    const down = await collect(store, readings, { where: { series }, limit: 5, order: "desc" });
    expect(down.map((item) => item.at)).toEqual([...numbers].reverse());
  });

  test("[store.query.partition] a query sees its partition alone", async () => {
    const { store } = trial;
    const group = freshName();
    for (const near of [group, `${group}#`, `${group}0`, group.slice(0, -1)]) {
      await store.create(things, { group: near, name: `of ${near}` });
    }
    expect((await store.query(things, { where: { group } })).items.map((item) => item.name)).toEqual([`of ${group}`]);
    expect((await store.query(things, { where: { group: freshName() } })).items).toEqual([]);
  });

  test("[store.query.limit] pages have 50 items if nothing is said, and 1 to 1,000", async () => {
    const { store } = trial;
    const series = await numbered(60);
    expect((await store.query(readings, { where: { series } })).items).toHaveLength(50);
    expect((await store.query(readings, { where: { series }, limit: 1 })).items).toHaveLength(1);
    expect((await store.query(readings, { where: { series }, limit: 1000 })).items).toHaveLength(60);
    await expectCode(store.query(readings, { where: { series }, limit: 1001 }), "too_large");
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expectCode(store.query(readings, { where: { series }, limit }), "invalid");
    }
  });

  const ranges: readonly [name: string, range: object, expected: readonly number[]][] = [
    ["gt", { gt: 8 }, [9, 10]],
    ["gte", { gte: 8 }, [8, 9, 10]],
    ["lt", { lt: 3 }, [1, 2]],
    ["lte", { lte: 3 }, [1, 2, 3]],
    ["both sides", { gt: 2, lte: 4.5 }, [3, 4]],
    ["the narrower of two", { gt: 2, gte: 2, lt: 9, lte: 4 }, [3, 4]],
    ["one value", { gte: 4, lte: 4 }, [4]],
    ["nothing between", { gt: 4, lt: 5 }, []],
    ["an empty range", { gt: 4, lt: 4 }, []],
    ["a range upside down", { gt: 9, lt: 2 }, []],
  ];
  test.each(ranges)("[store.query.range] %s, up and down, page by page", async (_, range, expected) => {
    const { store } = trial;
    const series = await numbered(10);
    for (const order of ["asc", "desc"] as const) {
      const items = await collect(store, readings, { where: { series }, range, order, limit: 2 });
      expect(items.map((item) => item.at)).toEqual(order === "asc" ? expected : [...expected].reverse());
    }
  });

  test("[store.query.begins-with] a beginning of text bounds the order", async () => {
    const { store } = trial;
    const group = freshName();
    const names = ["a", "ab", "ab\u{10ffff}", "ab\u{10ffff}z", "abc", "ac", "ab#", "\ud7ff", "\ud7ffz", "\ue000"];
    names.push("\u{10ffff}", "\u{10ffff}\u{10ffff}");
    for (const name of names) await store.create(things, { group, name });
    for (const prefix of ["a", "ab", "ab\u{10ffff}", "\ud7ff", "\u{10ffff}", "x", ""]) {
      const items = await collect(store, things, { where: { group }, range: { beginsWith: prefix }, limit: 3 });
      const found = items.map((item) => item.name).sort();
      expect(found).toEqual(names.filter((name) => name.startsWith(prefix)).sort());
    }
  });

  test("[store.query.refused] a query that does not fit the table is invalid", async () => {
    const query = trial.store.query.bind(trial.store) as (...args: unknown[]) => Promise<unknown>;
    const group = freshName();
    const refused: readonly (readonly [table: unknown, query: object])[] = [
      [things, { where: {} }],
      [things, { where: { group: 1 } }],
      [things, { where: { group, note: "x" } }],
      [things, { where: { group, name: "n" }, range: { gt: "x" } }],
      [things, { where: { group }, range: { gt: 1 } }],
      [things, { where: { group }, range: { above: "x" } }],
      [things, { where: { group }, range: { beginsWith: "\ud800" } }],
      [readings, { where: { series: group }, range: { beginsWith: "1" } }],
      [readings, { where: { series: group }, range: { gt: Number.NaN } }],
      [people, { index: "byName", where: { team: group } }],
      [people, { index: "byTeam", where: { team: group, nick: "x" } }],
      [people, { index: "byTeam", where: { rank: 1 } }],
    ];
    for (const [table, given] of refused) await expectCode(query(table, given), "invalid");
  });

  test("[store.index.order] an index pages in its own order, its ties by the table's key", async () => {
    const { store } = trial;
    const team = freshName("team");
    const people_ = [
      [3, "c"],
      [1, "b"],
      [2, "z"],
      [2, "y"],
      [1, "a"],
      [2, "x"],
    ] as const;
    for (const [rank, nick] of people_) await store.create(people, { id: `${team}-${nick}`, team, rank, nick });
    const nicks = async (query: object): Promise<string> => {
      const items = await collect(store, people, { limit: 2, index: "byTeam", where: { team }, ...query });
      return items.map((item) => item.nick).join("");
    };
    expect(await nicks({})).toBe("abxyzc");
    expect(await nicks({ order: "desc" })).toBe("czyxba");
    expect(await nicks({ index: "byRank" })).toBe("abxyzc");
    expect(await nicks({ index: "byRank", order: "desc" })).toBe("czyxba");
    expect(await nicks({ where: { team, rank: 2 } })).toBe("xyz");
    expect(await nicks({ where: { team, rank: 2 }, range: { gt: "x" }, order: "desc" })).toBe("zy");
    expect(await nicks({ range: { gte: 2 } })).toBe("xyzc");
    expect(await nicks({ index: "byRank", where: { team, rank: 2 } })).toBe("xyz");
  });

  test("[store.index.sparse] items without the attribute are not in the index, and enter and leave it by changes", async () => {
    const { store } = trial;
    const badge = freshName("badge");
    const id = freshName("p");
    const inIndex = async (): Promise<string[]> => {
      const { items } = await store.query(people, { index: "byBadge", where: { badge } });
      return items.map((item) => item.id);
    };
    await store.create(people, { id, team: id, nick: id, rank: 1 });
    expect(await inIndex()).toEqual([]);
    await store.update(people, { id }, { set: { badge } });
    expect(await inIndex()).toEqual([id]);
    await store.update(people, { id }, { set: { badge: `${badge}2` } });
    expect(await inIndex()).toEqual([]);
    await store.put(people, { id, team: id, nick: id, rank: 1, badge });
    expect(await inIndex()).toEqual([id]);
    await store.update(people, { id }, { remove: ["badge"] });
    expect(await inIndex()).toEqual([]);
    await store.update(people, { id }, { set: { badge } });
    await store.delete(people, { id });
    expect(await inIndex()).toEqual([]);
  });

  test("[store.index.follows] an index follows the values it orders by", async () => {
    const { store } = trial;
    const team = freshName("team");
    for (const nick of ["a", "b", "c"]) await store.create(people, { id: `${team}${nick}`, team, nick, rank: 1 });
    await store.update(people, { id: `${team}a` }, { add: { rank: 5 } });
    await store.update(people, { id: `${team}b` }, { set: { nick: "d" } });
    const { items } = await store.query(people, { index: "byTeam", where: { team } });
    expect(items.map((item) => item.nick)).toEqual(["c", "d", "a"]);
    expect(items.map((item) => item.version)).toEqual([1, 2, 2]);
  });
}
