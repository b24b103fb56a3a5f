import { expect, test } from "vitest";
import { ThrottledError } from "../src/errors.ts";
import { op } from "../src/ports/store.ts";
import type { Trial } from "./store.ts";
import { collect, expectCode, expectConflict, follow, freshName } from "./store-helpers.ts";
import { contractTables, notes, passes, people, relics, things } from "./store-tables.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function movingPromises(trial: Trial): void {
  test("[store.load.same] a loaded item is the same item, its version and what was added beyond its schema included", async () => {
    const { store } = trial;
    const group = freshName();
    const items = [
      {
        group,
        name: "a",
        note: "ü",
        count: 1 / 3,
        flag: false,
        nothing: null,
        value: { z: [1, null], a: "x" },
        version: 7,
      },
      { group, name: "b", level: 2000, version: 1 },
      { group, name: "c", version: 123_456 },
    ];
    await store.load(things, items);
    expect(await collect(store, things, { where: { group } })).toEqual(items);
    const key = { group, name: "a" };
    expect((await store.update(things, key, { set: { note: "v" } }, { if: { version: 7 } })).version).toBe(8);
  });

  test("[store.load.replaces] what is there is replaced whole, and loading again makes no difference", async () => {
    const { store } = trial;
    const book = freshName();
    await store.create(notes, { book, page: 1, title: "old title", body: "yesterday" });
    await store.update(notes, { book, page: 1 }, { set: { body: "yesterday evening" } });
    const items = [
      { book, page: 1, body: "tomorrow", version: 1 },
      { book, page: 2, title: "more", body: "tomorrow again", version: 3 },
    ];
    for (let round = 0; round < 2; round++) {
      await store.load(notes, items);
      expect(await collect(store, notes, { where: { book } })).toEqual(items);
      await store.maintain();
      const found = async (text: string) =>
        (await store.search(notes, { text, scopes: [book] })).items.map(({ page }) => page);
      expect([await found("tomorrow"), await found("yesterday"), await found("old")]).toEqual([[2, 1], [], []]);
    }
  });

  test("[store.load.unique] its unique values are its own: those it had are free, and who else had them is gone", async () => {
    const { store } = trial;
    const team = freshName();
    const [one, two] = [`${team}1`, `${team}2`];
    await store.create(people, { id: one, team, nick: "ann", rank: 1, email: `a@${team}` });
    await store.create(people, { id: two, team, nick: "bob", rank: 2, email: `b@${team}` });
    const moved = { id: one, team, nick: "bob", rank: 1, email: `c@${team}`, version: 4 };
    await store.load(people, [moved]);
    expect(await collect(store, people, { index: "byTeam", where: { team } })).toEqual([moved]);
    expect(await store.getUnique(people, "nick", { team, nick: "bob" })).toEqual(moved);
    expect(await store.getUnique(people, "email", { email: `c@${team}` })).toEqual(moved);
    const next = { id: `${team}3`, team, nick: "ann", rank: 3, email: `a@${team}` };
    await store.create(people, next);
    await store.create(people, { id: two, team, nick: "eve", rank: 2, email: `b@${team}` });
    const taken = { id: `${team}4`, team, nick: "bob", rank: 4 };
    await expectConflict(store.create(people, taken), { reason: "unique", table: people, unique: "nick" });
  });

  test("[store.load.expiry] an item that is loaded expires as it would have", async () => {
    await using opened = await trial.open({ tables: contractTables, schemaVersion: 1 });
    const { store } = opened;
    opened.setNow(new Date("2030-01-01T00:00:00.000Z"));
    const pass = { gate: "g", holder: "h", note: "", version: 2 };
    await store.load(passes, [
      { ...pass, number: 1, code: "1", expiresAt: "2029-12-31T23:59:59.999Z" },
      { ...pass, number: 2, code: "2", expiresAt: "2030-01-01T00:00:01.000Z" },
      { ...pass, number: 3, code: "3" },
    ]);
    const alive = async () => (await follow((cursor) => store.scan(passes, { cursor }))).map(({ number }) => number);
    expect(new Set(await alive())).toEqual(new Set([2, 3]));
    opened.setNow(new Date("2030-01-01T00:00:01.000Z"));
    expect(await alive()).toEqual([3]);
    await store.create(passes, { gate: "g", holder: "i", note: "", number: 9, code: "1" });
  });

  test("[store.load.many] 500 items can be loaded at once, more is too large", async () => {
    await using opened = await trial.open({ tables: contractTables, schemaVersion: 1 });
    const { store } = opened;
    const items = Array.from({ length: 501 }, (_, i) => ({ id: `r${i}`, value: i, version: 1 + (i % 3) }));
    await expectCode(store.load(relics, items), "too_large");
    await store.load(relics, items.slice(1));
    await store.load(relics, []);
    const loaded = await follow((cursor) => store.scan(relics, { cursor, limit: 200 }));
    expect(loaded.toSorted((a, b) => a.value - b.value)).toEqual(items.slice(1));
  });

  test("[store.load.refused] what no engine keeps, or two of one key or unique value, is invalid", async () => {
    const { store } = trial;
    const id = freshName();
    const person = { team: id, rank: 1, version: 1 };
    for (const version of [0, 1.5, Number.NaN, undefined as unknown as number]) {
      await expectCode(store.load(relics, [{ id, value: 1, version }]), "invalid");
    }
    await expectCode(store.load(relics, [{ id, value: Number.NaN, version: 1 }]), "invalid");
    await expectCode(store.load(relics, [{ id: "", value: 1, version: 1 }]), "invalid");
    await expectCode(store.load(things, [{ group: id, name: "n", note: "\0", version: 1 }]), "invalid");
    const twice = ["a", "b"].map((nick) => ({ ...person, id, nick }));
    await expectCode(store.load(people, twice), "invalid");
    const shared = ["1", "2"].map((end) => ({ ...person, id: id + end, nick: "a" }));
    await expectCode(store.load(people, shared), "invalid");
    expect(await store.get(relics, { id })).toBeUndefined();
    expect(await collect(store, people, { index: "byTeam", where: { team: id } })).toEqual([]);
  });

  test("[store.estimate] about how many items a table has is a whole number, 0 in a new store", async () => {
    await using opened = await trial.open({ tables: contractTables, schemaVersion: 1 });
    expect(await opened.store.estimate(relics)).toBe(0);
    await opened.store.load(relics, [{ id: "r", value: 1, version: 1 }]);
    const estimated = await opened.store.estimate(relics);
    expect(Number.isSafeInteger(estimated) && estimated >= 0).toBe(true);
  });

  test(
    "[store.freeze.writes] while frozen no opener's write is acknowledged, and reading goes on",
    { timeout: 60_000 },
    async () => {
      await using opened = await trial.open({ tables: contractTables, schemaVersion: 1 });
      await using other = await opened.reopen();
      const { store } = opened;
      await store.create(relics, { id: "r", value: 1 });
      await other.update(relics, { id: "r" }, { add: { value: 1 } });
      const freeze = await store.freeze();
      let acknowledged = 0;
      const writes = [store, other].flatMap((writer) => [
        writer.update(relics, { id: "r" }, { add: { value: 1 } }),
        writer.transact([op.create(things, { group: writer === store ? "a" : "b", name: "n" })]),
      ]);
      const outcomes = writes.map(async (write) => {
        try {
          await write;
          acknowledged++;
          return true;
        } catch (error) {
          if (error instanceof ThrottledError) return false;
          throw error;
        }
      });
      await pause(400);
      expect(acknowledged).toBe(0);
      for (const reader of [store, other]) {
        expect((await reader.scan(relics)).items).toMatchObject([{ value: 2, version: 2 }]);
        expect(await reader.get(things, { group: "a", name: "n" })).toBeUndefined();
      }
      await freeze.release();
      await freeze.release();
      const [first, second, third, fourth] = await Promise.all(outcomes);
      const added = [first, third].filter(Boolean).length;
      expect((await store.get(relics, { id: "r" }))?.value).toBe(2 + added);
      expect((await store.get(things, { group: "a", name: "n" })) !== undefined).toBe(second);
      expect((await store.get(things, { group: "b", name: "n" })) !== undefined).toBe(fourth);
      expect((await store.update(relics, { id: "r" }, { add: { value: 1 } })).value).toBe(3 + added);
    },
  );

  test(
    "[store.freeze.all] all that writers were told before is there, and nothing changes until it is released",
    { timeout: 60_000 },
    async () => {
      await using opened = await trial.open({ tables: contractTables, schemaVersion: 1 });
      await using other = await opened.reopen();
      const told = new Set<string>();
      const stop = new AbortController();
      const write = async (name: string): Promise<void> => {
        for (let i = 0; !stop.signal.aborted; i++) {
          const id = `${name}-${i}`;
          try {
            await other.create(relics, { id, value: i });
            told.add(id);
          } catch (error) {
            if (!(error instanceof ThrottledError)) throw error;
          }
        }
      };
      const writers = Promise.all(["a", "b", "c", "d"].map(write));
      await pause(100);
      const all = () => follow((cursor) => opened.store.scan(relics, { cursor, limit: 1000 }));
      for (let round = 0; round < 2; round++) {
        await using _freeze = await opened.store.freeze();
        const before = new Set(told);
        const ids = new Set((await all()).map(({ id }) => id));
        expect([...before].filter((id) => !ids.has(id))).toEqual([]);
        await pause(50);
        expect(new Set((await all()).map(({ id }) => id))).toEqual(ids);
        // What was written before may be told of after.
        expect([...told].filter((id) => !ids.has(id))).toEqual([]);
      }
      stop.abort();
      await writers;
      expect((await all()).length).toBeGreaterThanOrEqual(told.size);
    },
  );
}
