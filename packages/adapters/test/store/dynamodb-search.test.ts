import { setTimeout as delay } from "node:timers/promises";
import { contractTables, letters, papers, passes } from "@aloft/core/contract/store-tables";
import { searchPromises } from "@aloft/core/contract/store-search";
import type { AnyTable } from "@aloft/core/tables/define-table";
import type { AnyItem } from "@aloft/core/tables/validate";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import {
  messageTable,
  openBed,
  storedState,
  type SearchBed,
  type Searcher,
} from "../../src/store/testing/dynamodb-search-bed.ts";
import { openTestDynamodb, type TestDynamodb, type TestDynamodbOptions } from "../../src/store/testing/dynamodb.ts";

// DynamoDB Local takes its time for each of some thousand requests.
vi.setConfig({ testTimeout: 120_000 });

const here = await available("DynamoDB Local", () => service("dynamodb"));
const start = Date.parse("2026-01-01T00:00:00.000Z");
const at = (i: number): string => new Date(start + i * 1000).toISOString();
/** So small that a few hundred items are many segments, and words are common. */
const small = {
  segments: { segmentItems: 50, buckets: 16, commonItems: 10, docItems: 16 },
  keepItems: 20,
  leaseMs: 1000,
};
/** Some requests a segment, so that it can be cut short. */
const many = { ...small, segments: { ...small.segments, buckets: 256 } };
const vocabulary = ["alpha", "beta", "gamma", "delta"] as const;

/** Some words are common, some are not, some come and go. */
function textOf(i: number): string {
  const fashion = i > 150 && i < 260 ? "fashion" : "";
  return `common ${vocabulary[i % 4]} ${i % 7 === 0 ? "seven" : ""} ${i % 60 === 1 ? "rare" : ""} ${fashion} n${i}`;
}

function message(i: number, more: object = {}): AnyItem {
  return { conversationId: `c${i % 3}`, sequence: i, text: textOf(i), createdAt: at(i), ...more };
}

const messagesUpTo = (count: number): AnyItem[] => Array.from({ length: count }, (_, i) => message(i));

async function bedOf(table: AnyTable): Promise<SearchBed> {
  return openBed((await service("dynamodb")).url, table);
}

function wordsOf(item: AnyItem): string[] {
  return String(item["text"] ?? item["body"] ?? item["note"]).split(" ");
}

const everyKind = [
  "common",
  "rare",
  "fashion",
  "n17",
  "alpha seven",
  "common rare",
  "beta alpha",
  "common alpha seven",
];

/** The pages of a search, forth, and then back from the last. */
async function pagesOf(
  searcher: Searcher,
  query: { text: string; scopes: readonly string[]; limit: number },
): Promise<{ readonly forth: AnyItem[]; readonly back: AnyItem[] }> {
  const forth = [await searcher.page(query)];
  for (let last = forth[0]; last?.next !== undefined; last = forth.at(-1)) {
    forth.push(await searcher.page({ ...query, cursor: last.next }));
  }
  const back = [forth.at(-1)];
  for (let first = back[0]; first?.previous !== undefined; first = back[0]) {
    back.unshift(await searcher.page({ ...query, cursor: first.previous }));
  }
  return { forth: forth.flatMap(({ items }) => items), back: back.flatMap((page) => page?.items ?? []) };
}

/** Holds searches of every kind against all of the items, which are in the order of the search, the last first. */
async function expectFound(
  searcher: Searcher,
  items: readonly AnyItem[],
  scope: string,
  texts: readonly string[] = everyKind,
): Promise<void> {
  const scopes = [...new Set(items.map((item) => String(item[scope])))];
  for (const [i, text] of texts.entries()) {
    for (const some of [scopes, i % 2 === 0 ? scopes.slice(1) : scopes.slice(0, 1)]) {
      const { forth, back } = await pagesOf(searcher, { text, scopes: some, limit: text === "common" ? 41 : 5 });
      const expected = items
        .filter(
          (item) => some.includes(String(item[scope])) && text.split(" ").every((one) => wordsOf(item).includes(one)),
        )
        .map(wordsOf);
      expect(forth.map(wordsOf), `${text} in ${some.join()}`).toEqual(expected);
      expect(back.map(wordsOf), `${text} in ${some.join()}, back`).toEqual(expected);
    }
  }
}

describe.runIf(here)("search on DynamoDB", () => {
  const kinds: readonly [name: string, table: AnyTable, scope: string, item: (i: number) => AnyItem][] = [
    ["in the order of writing", messageTable, "conversationId", message],
    [
      "by an attribute that writing does not follow",
      letters,
      "box",
      (i) => ({ box: `b${i % 3}`, number: i, writtenAt: at((i * 173) % 420), body: textOf((i * 173) % 420) }),
    ],
    [
      "by a key that the scope says nothing of",
      papers,
      "shelf",
      (i) => ({ id: `paper ${1000 + ((i * 173) % 420)}`, shelf: `s${i % 3}`, body: textOf((i * 173) % 420) }),
    ],
  ];
  test.each(kinds)("[dynamodb-search.complete] %s", async (_, table, scope, make) => {
    await using bed = await bedOf(table);
    const items = Array.from({ length: 420 }, (_, i) => make(i));
    await bed.load(items);
    const searcher = bed.open({ ...small, settleMs: 0 });
    await searcher.maintain();
    expect((await bed.state())?.segments.length).toBe(8);
    const sort = (item: AnyItem): string => String(item["createdAt"] ?? item["writtenAt"] ?? item["id"]);
    const newestFirst = [...items].sort((a, b) => (sort(a) < sort(b) ? 1 : -1));
    await expectFound(searcher, newestFirst, scope);
    await expectFound(bed.open(small), newestFirst, scope, ["fashion", "alpha seven"]);
  });

  test("[dynamodb-search.no-scan] a search sends queries and gets by key alone", async () => {
    await using bed = await bedOf(messageTable);
    await bed.load(messagesUpTo(300));
    const searcher = bed.open(small);
    await searcher.maintain();
    searcher.commands();
    await pagesOf(searcher, { text: "common", scopes: ["c0", "c1"], limit: 7 });
    await pagesOf(searcher, { text: "alpha seven", scopes: ["c0", "c1", "c2"], limit: 7 });
    const sent = searcher.commands();
    expect(new Set(sent.map(({ name }) => name))).toEqual(new Set(["Query", "BatchGetItem"]));
    expect(sent.filter(({ input }) => "FilterExpression" in input)).toEqual([]);
  });

  test("[dynamodb-search.scopes] thousands of scopes, of which some have what is sought", async () => {
    await using bed = await bedOf(messageTable);
    const count = 3000;
    const items = Array.from({ length: count }, (_, i) => message(i, { conversationId: `conversation ${i}` }));
    await bed.load(items);
    const searcher = bed.open({ ...small, segments: { ...small.segments, segmentItems: 1000 } });
    await searcher.maintain();
    const scopes = items.filter((_, i) => i % 2 === 0).map(({ conversationId }) => String(conversationId));
    const expected = items.filter((_, i) => i % 2 === 0 && i % 60 === 1).map(wordsOf);
    const rare = await pagesOf(searcher, { text: "rare", scopes, limit: 10 });
    expect(rare.forth.map(wordsOf)).toEqual(expected.reverse());
    const sevens = items.filter((_, i) => i % 14 === 0).map(wordsOf);
    const found = await pagesOf(searcher, { text: "seven", scopes: [...scopes, "none"], limit: 100 });
    expect(found.forth.map(wordsOf)).toEqual(sevens.reverse());
  });

  test("[dynamodb-search.killed] another goes on where one was killed", async () => {
    for (const dieAfter of [0, 1, 2, 3, 5]) {
      await using bed = await bedOf(messageTable);
      const items = messagesUpTo(170);
      await bed.load(items);
      await expect(bed.open({ ...many, dieAfter }).maintain()).rejects.toThrow("dead");
      const next = bed.open(many);
      await next.maintain();
      expect((await bed.state())?.segments.map((segment) => segment.items)).toEqual([50, 50, 50]);
      const newestFirst = [...items].reverse();
      const { forth } = await pagesOf(next, { text: "common", scopes: ["c0", "c1", "c2"], limit: 9 });
      expect(forth.map(wordsOf)).toEqual(newestFirst.map(wordsOf));
      const fresh = await pagesOf(bed.open(many), { text: "seven", scopes: ["c0", "c1", "c2"], limit: 4 });
      expect(fresh.forth.map(wordsOf)).toEqual(newestFirst.map(wordsOf).filter((words) => words.includes("seven")));
    }
  });

  test("[dynamodb-search.killed] items deleted in between leave no trace", async () => {
    await using bed = await bedOf(messageTable);
    await bed.load(messagesUpTo(60));
    await expect(bed.open({ ...many, dieAfter: 2 }).maintain()).rejects.toThrow("dead");
    const next = bed.open(many);
    for (const i of [0, 1, 49]) await next.remove(message(i));
    await next.maintain();
    const { forth, back } = await pagesOf(next, { text: "common", scopes: ["c0", "c1", "c2"], limit: 9 });
    const expected = messagesUpTo(60)
      .filter((_, i) => ![0, 1, 49].includes(i))
      .map(wordsOf)
      .reverse();
    expect([forth.map(wordsOf), back.map(wordsOf)]).toEqual([expected, expected]);
  });

  test("[dynamodb-search.closed] closing stops a segment, and another goes on with it at once", async () => {
    await using bed = await bedOf(messageTable);
    await bed.load(messagesUpTo(300));
    const one = bed.open({ ...small, leaseMs: 600_000 });
    const stopped = expect(one.maintain()).rejects.toThrow("closed");
    while ((await bed.state()) === undefined) await delay(5);
    await one.close();
    await stopped;
    const other = bed.open({ ...small, leaseMs: 600_000 });
    await other.maintain();
    const { forth } = await pagesOf(other, { text: "common", scopes: ["c0", "c1", "c2"], limit: 90 });
    expect(forth.map(wordsOf)).toEqual(messagesUpTo(300).map(wordsOf).reverse());
  });

  test("[dynamodb-search.processes] two write, search and index at once", async () => {
    await using bed = await bedOf(messageTable);
    bed.setNow(start + 3_600_000);
    const [a, b] = [bed.open({ ...small, settleMs: 0 }), bed.open({ ...small, settleMs: 0 })];
    const scopes = ["c0", "c1", "c2"];
    const found = async (searcher: Searcher, text: string): Promise<number> =>
      (await searcher.page({ text, scopes, limit: 10 })).items.length;
    expect([await found(a, "common"), await found(b, "common")]).toEqual([0, 0]);
    const items = messagesUpTo(240);
    for (let from = 0; from < 240; from += 24) {
      const part = items.slice(from, from + 24);
      await Promise.all(part.map((item, i) => (i % 2 === 0 ? a : b).put(item)));
      expect(await found(b, `n${from}`)).toBe(1);
      expect(await found(a, `n${from + 1}`)).toBe(1);
      await Promise.all([a.maintain(), b.maintain()]);
      expect([await found(a, `n${from}`), await found(b, `n${from + 1}`)]).toEqual([1, 1]);
    }
    expect((await bed.state())?.segments.map((segment) => segment.items)).toEqual([50, 50, 50, 50]);
    for (const searcher of [a, b, bed.open(small)]) {
      await expectFound(searcher, [...items].reverse(), "conversationId", ["seven", "common rare", "beta alpha"]);
    }
  });

  test("[dynamodb-search.processes] of many that index at once one writes", async () => {
    await using bed = await bedOf(messageTable);
    await bed.load(messagesUpTo(200));
    const many = Array.from({ length: 6 }, () => bed.open({ ...small, leaseMs: 60_000 }));
    await Promise.all(many.map((one) => one.maintain()));
    const wrote = many.filter((one) => one.requests().some(({ operation }) => operation === "BatchWriteItem"));
    expect(wrote).toHaveLength(1);
    expect((await bed.state())?.segments).toHaveLength(4);
  });

  test("[dynamodb-search.changes] what has changed since it was indexed is found as it is now", async () => {
    await using bed = await bedOf(papers);
    const paper = (i: number, more: object = {}): AnyItem => ({
      id: `p${100 + i}`,
      shelf: "s",
      body: "common old",
      ...more,
    });
    await bed.load(Array.from({ length: 100 }, (_, i) => paper(i)));
    const [a, b] = [
      bed.open({ ...small, settleMs: 0, keepItems: 0 }),
      bed.open({ ...small, settleMs: 0, keepItems: 0 }),
    ];
    await a.maintain();
    expect((await bed.state())?.segments).toHaveLength(2);
    const ids = async (searcher: Searcher, text: string, shelf = "s"): Promise<unknown[]> =>
      (await pagesOf(searcher, { text, scopes: [shelf], limit: 40 })).forth.map(({ id }) => id);
    expect(await ids(b, "common")).toHaveLength(100);
    await a.put(paper(10, { body: "common new" }), 2);
    await a.put(paper(11, { shelf: "other" }), 2);
    await a.remove(paper(12));
    for (const searcher of [a, b]) {
      expect(await ids(searcher, "old")).toHaveLength(97);
      expect(await ids(searcher, "new")).toEqual(["p110"]);
      expect(await ids(searcher, "common", "other")).toEqual(["p111"]);
      expect(await ids(searcher, "common")).toHaveLength(98);
    }
    await bed.load(Array.from({ length: 50 }, (_, i) => paper(200 + i, { body: "filler" })));
    await a.maintain();
    const fresh = bed.open({ ...small, keepItems: 0 });
    expect(await ids(fresh, "common")).toHaveLength(98);
    expect(await ids(fresh, "new")).toEqual(["p110"]);
    expect(await ids(fresh, "old")).toHaveLength(97);
  });

  test("[dynamodb-search.changes] what has expired since it was indexed is not found", async () => {
    await using bed = await bedOf(passes);
    const pass = (i: number): AnyItem => {
      const expiresAt = i % 2 === 0 ? { expiresAt: at(100) } : {};
      return { gate: "g", number: i, holder: "h", code: `${i}`, note: `common n${i}`, ...expiresAt };
    };
    bed.setNow(start);
    await bed.load(Array.from({ length: 60 }, (_, i) => pass(i)));
    const searcher = bed.open({ ...small, settleMs: 0, keepItems: 0 });
    await searcher.maintain();
    const numbers = async (): Promise<unknown[]> =>
      (await pagesOf(searcher, { text: "common", scopes: ["h"], limit: 7 })).forth.map(({ number }) => number);
    expect(await numbers()).toHaveLength(60);
    bed.setNow(start + 100_000);
    expect(await numbers()).toEqual(Array.from({ length: 30 }, (_, i) => 59 - 2 * i));
  });

  test("[dynamodb-search.own-writes] what a process wrote counts at once, though reads trail", async () => {
    await using bed = await bedOf(messageTable);
    bed.setNow(start + 3_600_000);
    await bed.load(messagesUpTo(100));
    const searcher = bed.open({ ...small, settleMs: 0, keepItems: 0 });
    await searcher.maintain();
    const sequences = async (text: string): Promise<unknown[]> =>
      (await searcher.page({ text, scopes: ["c0", "c1", "c2"] })).items.map(({ sequence }) => sequence);
    expect(await sequences("rare")).toEqual([61, 1]);
    await searcher.trail();
    await searcher.put(message(901));
    expect(await sequences("rare")).toEqual([901, 61, 1]);
    await searcher.remove(message(61));
    expect(await sequences("rare")).toEqual([901, 1]);
    await searcher.remove(message(901));
    expect(await sequences("rare")).toEqual([1]);
  });

  test("[dynamodb-search.late] what becomes visible late is found, and indexed", async () => {
    await using bed = await bedOf(messageTable);
    bed.setNow(start + 1000_000);
    const items = Array.from({ length: 60 }, (_, i) => message(900 + i));
    await bed.load(items);
    const searcher = bed.open({ ...small, everyMs: 100 });
    searcher.start();
    const found = async (one: Searcher): Promise<number> =>
      (await one.page({ text: "late", scopes: ["c0"] })).items.length;
    expect(await found(searcher)).toBe(0);
    await bed.load([message(930, { conversationId: "c0", sequence: 5000, text: "late" })]);
    await expect.poll(() => found(searcher), { timeout: 5000 }).toBe(1);
    bed.setNow(start + 2000_000);
    await expect.poll(async () => (await bed.state())?.segments.length, { timeout: 5000 }).toBe(1);
    expect(await found(bed.open({ ...small, keepItems: 0 }))).toBe(1);
  });

  test("[dynamodb-search.backlog] what is too much for memory is indexed before it is searched", async () => {
    await using bed = await bedOf(messageTable);
    const items = messagesUpTo(600).map((item) => ({
      ...item,
      text: `${String(item["text"])} ${"padding ".repeat(500)}`,
    }));
    await bed.load(items);
    const searcher = bed.open(small);
    const { forth } = await pagesOf(searcher, { text: "seven", scopes: ["c0", "c1", "c2"], limit: 50 });
    expect(forth.map(wordsOf)).toEqual(
      items
        .map(wordsOf)
        .filter((words) => words.includes("seven"))
        .reverse(),
    );
    expect((await bed.state())?.segments).toHaveLength(12);
  });

  test("[dynamodb-search.rebuilt] an index of other rules is built anew", async () => {
    await using bed = await bedOf(letters);
    await bed.load(
      Array.from({ length: 100 }, (_, i) => ({ box: "b", number: i, writtenAt: at(i), body: `common n${i}` })),
    );
    const options = { ...small, settleMs: 0, keepItems: 0 };
    await bed.open(options).maintain();
    const before = await bed.state();
    const search = { text: ["body", "box"], scope: "box", newest: "writtenAt" };
    const changed = bed.open({ ...options, table: { ...letters, search } });
    const numbers = async (): Promise<unknown[]> =>
      (await pagesOf(changed, { text: "b", scopes: ["b"], limit: 30 })).forth.map(({ number }) => number);
    const expected = Array.from({ length: 100 }, (_, i) => 99 - i);
    expect(await numbers()).toEqual(expected);
    await changed.maintain();
    expect(await numbers()).toEqual(expected);
    const after = await bed.state();
    expect(after?.segments).toHaveLength(2);
    expect(after?.generation).not.toBe(before?.generation);
  });

  test("[dynamodb-search.background] a started process indexes by itself, and tries again when that fails", async () => {
    await using bed = await bedOf(messageTable);
    await bed.load(messagesUpTo(100));
    const searcher = bed.open({ ...small, everyMs: 50, failures: 5 });
    searcher.start();
    await expect.poll(async () => (await bed.state())?.segments.length, { timeout: 5000 }).toBe(2);
    expect((await searcher.page({ text: "n17", scopes: ["c2"] })).items).toHaveLength(1);
  });
});

describe.runIf(here)("search on DynamoDB, as the contract has it", () => {
  let opened: TestDynamodb;
  const open = async (options: TestDynamodbOptions): Promise<TestDynamodb> =>
    openTestDynamodb((await service("dynamodb")).url, options);
  beforeAll(async () => {
    const search = { ...small, settleMs: 0, everyMs: 200 };
    opened = await open({ tables: contractTables, schemaVersion: 1, search });
  });
  afterAll(() => opened[Symbol.asyncDispose]());
  searchPromises({
    get store() {
      return opened.store;
    },
    reopen: () => opened.reopen(),
    setNow: (now) => opened.setNow(now),
    open,
  });

  test("[dynamodb-search.contract] segments were written meanwhile", async () => {
    const state = await storedState((await service("dynamodb")).url, opened.tablePrefix, papers);
    expect(state?.segments.length).toBeGreaterThan(10);
  });
});
