import { expect, test } from "vitest";
import type { Page, Store } from "../src/ports/store.ts";
import type { Trial } from "./store.ts";
import { expectCode, follow, freshName } from "./store-helpers.ts";
import { people, readings, things } from "./store-tables.ts";

type Reading = { readonly series: string; readonly at: number; readonly version: number };

export function pagingPromises(trial: Trial): void {
  async function series(values: readonly number[]): Promise<string> {
    const name = freshName();
    for (const at of values) await trial.store.create(readings, { series: name, at });
    return name;
  }
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
  const ats = (page: Page<Reading>): number[] => page.items.map((item) => item.at);

  test("[store.paging.forth-and-back] pages lead on to the end and back to the beginning, in one order", async () => {
    const { store } = trial;
    for (const order of ["asc", "desc"] as const) {
      const name = await series(upTo(23));
      const expected = order === "asc" ? upTo(23) : upTo(23).reverse();
      const read = (cursor?: string): Promise<Page<Reading>> =>
        store.query(readings, { where: { series: name }, order, limit: 5, cursor });
      const forth: Page<Reading>[] = [await read()];
      while (forth.at(-1)?.next !== undefined) forth.push(await read(forth.at(-1)?.next));
      expect(forth.flatMap(ats)).toEqual(expected);
      expect(forth.map((page) => page.items.length)).toEqual([5, 5, 5, 5, 3]);
      expect(forth[0]?.previous).toBeUndefined();
      const back: Page<Reading>[] = [forth.at(-1) as Page<Reading>];
      while (back[0]?.previous !== undefined) back.unshift(await read(back[0].previous));
      expect(back.flatMap(ats)).toEqual(expected);
      expect((await read(back[0]?.next)).items).toEqual(forth[1]?.items);
    }
  });

  test("[store.paging.exact] a last page that is full has no next", async () => {
    const { store } = trial;
    const name = await series(upTo(10));
    const first = await store.query(readings, { where: { series: name }, limit: 5 });
    const second = await store.query(readings, { where: { series: name }, limit: 5, cursor: first.next });
    expect(ats(second)).toEqual([6, 7, 8, 9, 10]);
    expect(second.next).toBeUndefined();
    expect((await store.query(readings, { where: { series: name }, limit: 10 })).next).toBeUndefined();
    expect(await store.query(readings, { where: { series: freshName() } })).toEqual({
      items: [],
      next: undefined,
      previous: undefined,
    });
  });

  test("[store.paging.limit-changes] a cursor leads on whatever the limit of the next page is", async () => {
    const { store } = trial;
    const name = await series(upTo(10));
    const first = await store.query(readings, { where: { series: name }, limit: 2 });
    const rest = await store.query(readings, { where: { series: name }, limit: 50, cursor: first.next });
    expect(ats(rest)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    const before = await store.query(readings, { where: { series: name }, limit: 50, cursor: rest.previous });
    expect(ats(before)).toEqual([1, 2]);
  });

  test("[store.paging.deleted] a cursor still holds its place when the items around it are gone", async () => {
    const { store } = trial;
    const name = await series(upTo(9));
    const read = (cursor?: string): Promise<Page<Reading>> =>
      store.query(readings, { where: { series: name }, limit: 3, cursor });
    const first = await read();
    for (const at of [3, 4, 9]) await store.delete(readings, { series: name, at });
    const second = await read(first.next);
    expect(ats(second)).toEqual([5, 6, 7]);
    for (const at of [5, 8]) await store.delete(readings, { series: name, at });
    const third = await read(second.next);
    expect(third.items).toEqual([]);
    expect(third.next).toBeUndefined();
    expect(ats(await read(third.previous))).toEqual([2, 6, 7]);
    expect(ats(await read(second.previous))).toEqual([1, 2]);
    for (const at of [1, 2]) await store.delete(readings, { series: name, at });
    const none = await read(second.previous);
    expect(none.items).toEqual([]);
    expect(ats(await read(none.next))).toEqual([6, 7]);
  });

  async function churn(store: Store, name: string, rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const at = (round * 7) % 100;
      await store.put(readings, { series: name, at: at + 0.5 });
      if (round % 2 === 0) await store.delete(readings, { series: name, at: ((round * 13) % 100) + 0.5 });
      await store.update(readings, { series: name, at: 1 + (round % 100) }, { set: { note: `${round}` } });
    }
  }

  test("[store.paging.while-writing] what was there throughout is neither skipped nor repeated while others write", async () => {
    const { store } = trial;
    const other = await trial.reopen();
    const name = await series(upTo(100));
    const writing = churn(other, name, 150);
    for (const order of ["asc", "desc"] as const) {
      const items = await follow((cursor) => {
        return store.query(readings, { where: { series: name }, limit: 7, order, cursor });
      });
      const seen = items.map((item) => item.at);
      expect(seen).toEqual([...seen].sort((a, b) => (order === "asc" ? a - b : b - a)));
      expect(seen.filter((at) => Number.isInteger(at)).sort((a, b) => a - b)).toEqual(upTo(100));
      expect(new Set(seen).size).toBe(seen.length);
    }
    await writing;
    await other.close();
  });

  test("[store.paging.index-while-writing] nor in an index, as long as its place in the order stays", async () => {
    const { store } = trial;
    const other = await trial.reopen();
    const team = freshName("team");
    const person = (i: number) => ({ id: `${team}${i}`, team, nick: `n${i}`, rank: i % 4 });
    for (let i = 0; i < 60; i++) await store.create(people, person(i));
    const move = async (): Promise<void> => {
      for (let i = 0; i < 60; i += 3)
        await other.update(people, { id: `${team}${i}` }, { add: { rank: 2, visits: 1 } });
    };
    const moving = move();
    const items = await follow((cursor) => {
      return store.query(people, { index: "byRank", where: { team }, limit: 4, cursor });
    });
    await moving;
    const seen = items.map((item) => item.id).filter((id) => Number(id.slice(team.length)) % 3 !== 0);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(40);
    await other.close();
  });

  test("[store.cursor.foreign] a cursor of another query is refused", async () => {
    const { store } = trial;
    const group = freshName();
    for (const name of ["a", "b", "c"]) {
      await store.create(things, { group, name });
      await store.create(people, { id: `${group}${name}`, team: group, nick: name, rank: 1 });
    }
    const thingCursor = (await store.query(things, { where: { group }, limit: 1 })).next;
    const teamCursor = (await store.query(people, { index: "byTeam", where: { team: group }, limit: 1 })).next;
    const scanCursor = (await store.scan(things, { limit: 1 })).next;
    expect([typeof thingCursor, typeof teamCursor, typeof scanCursor]).toEqual(["string", "string", "string"]);
    const foreign = [
      store.query(things, { where: { group: freshName() }, cursor: thingCursor }),
      store.query(things, { where: { group }, order: "desc", cursor: thingCursor }),
      store.query(things, { where: { group }, range: { gt: "a" }, cursor: thingCursor }),
      store.query(readings, { where: { series: group }, cursor: thingCursor }),
      store.query(people, { index: "byRank", where: { team: group }, cursor: teamCursor }),
      store.query(people, { index: "byTeam", where: { team: group, rank: 1 }, cursor: teamCursor }),
      store.query(things, { where: { group }, cursor: teamCursor }),
      store.query(things, { where: { group }, cursor: scanCursor }),
      store.scan(things, { cursor: thingCursor }),
    ];
    for (const call of foreign) await expectCode(call, "invalid_cursor");
  });

  test("[store.cursor.malformed] a cursor that was changed, cut or made up is refused", async () => {
    const { store } = trial;
    const group = freshName();
    for (const name of ["a", "é\u{1f600}", "漢"]) await store.create(things, { group, name });
    const read = (cursor: string): Promise<unknown> => store.query(things, { where: { group }, limit: 2, cursor });
    const { next = "" } = await store.query(things, { where: { group }, limit: 2 });
    expect(await read(next)).toMatchObject({ items: [{ name: "漢" }] });
    const made = ["", " ", "x", "!", "AAAA", "null", "W10", "\0", "é", "\ud800", `${next}=`, `${next}A`, `${next} `];
    for (let i = 0; i < next.length; i++) {
      made.push(next.slice(0, i) + (next[i] === "A" ? "B" : "A") + next.slice(i + 1), next.slice(0, i));
    }
    for (const cursor of made) await expectCode(read(cursor), "invalid_cursor");
  });

  test("[store.scan.all] a scan finds every live item of the table once", async () => {
    const { store } = trial;
    const group = freshName();
    for (let i = 0; i < 12; i++) await store.create(things, { group: `${group}${i % 3}`, name: `${i}` });
    const items = await follow((cursor) => store.scan(things, { limit: 5, cursor }));
    const identities = items.map((item) => JSON.stringify([item.group, item.name]));
    expect(new Set(identities).size).toBe(identities.length);
    expect(items.filter((item) => item.group.startsWith(group))).toHaveLength(12);
  });
}
