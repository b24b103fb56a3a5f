import { expect, test } from "vitest";
import { op, type Store } from "../src/ports/store.ts";
import type { Trial } from "./store.ts";
import { collect, expectCode, follow, freshName } from "./store-helpers.ts";
import { contractTables, notes, people, relics, things } from "./store-tables.ts";

export function lifetimePromises(trial: Trial): void {
  const open = () => trial.open({ tables: contractTables, schemaVersion: 1 });

  test("[store.read.own-writes] a second opener reads what the first has acknowledged", async () => {
    const other = await trial.reopen();
    const item = { group: freshName(), name: "n" };
    for (let i = 1; i <= 20; i++) {
      const [writer, reader] = i % 2 === 0 ? [trial.store, other] : [other, trial.store];
      await writer.put(things, { ...item, count: i });
      expect(await reader.get(things, item)).toMatchObject({ count: i, version: i });
      expect((await reader.query(things, { where: { group: item.group } })).items).toMatchObject([{ count: i }]);
    }
    await other.close();
  });

  test("[store.reopen] everything is there when the data is opened again", async () => {
    await using opened = await open();
    const { store } = opened;
    for (let i = 0; i < 30; i++) await store.create(relics, { id: `r${i}`, value: i / 3 });
    await store.transact([op.update(relics, { id: "r1" }, { add: { value: 1 } }), op.delete(relics, { id: "r2" })]);
    await store.create(people, { id: "p", team: "t", nick: "n", rank: 1, email: "e" });
    await store.create(notes, { book: "b", page: 1, body: "remember me" });
    const before = await follow((cursor) => store.scan(relics, { limit: 7, cursor }));
    const cursor = (await store.scan(relics, { limit: 7 })).next;
    await store.close();
    const again = await opened.reopen();
    expect(await follow((next) => again.scan(relics, { limit: 7, cursor: next }))).toEqual(before);
    expect((await again.scan(relics, { limit: 7, cursor })).items).toEqual(before.slice(7, 14));
    expect((await again.get(relics, { id: "r1" }))?.version).toBe(2);
    expect((await again.getUnique(people, "email", { email: "e" }))?.id).toBe("p");
    expect(await collect(again, people, { index: "byTeam", where: { team: "t" } })).toHaveLength(1);
    expect((await again.search(notes, { text: "remember", scopes: ["b"] })).items).toHaveLength(1);
    await again.close();
  });

  test("[store.check] check resolves while the store can serve", async () => {
    expect(await trial.store.check()).toBeUndefined();
    expect(trial.store.engine).toMatch(/^[a-z]+$/);
  });

  test("[store.close.twice] closing twice is no error, in any way", async () => {
    await using opened = await open();
    await Promise.all([opened.store.close(), opened.store.close()]);
    await opened.store.close();
    await opened.store[Symbol.asyncDispose]();
  });

  test("[store.close.waits] closing waits for writes under way, and they are kept", async () => {
    await using opened = await open();
    const writes = Array.from({ length: 40 }, (_, i) => opened.store.create(relics, { id: `r${i}`, value: i }));
    await opened.store.close();
    expect(await Promise.all(writes)).toHaveLength(40);
    const again = await opened.reopen();
    expect((await again.scan(relics)).items).toHaveLength(40);
    await again.close();
  });

  test("[store.close.after] after closing, every call is unavailable", async () => {
    await using opened = await open();
    const { store } = opened;
    await store.close();
    const item = { id: "r", value: 1 };
    const calls: readonly (readonly [name: string, call: (store: Store) => Promise<unknown>])[] = [
      ["get", (s) => s.get(relics, item)],
      ["getMany", (s) => s.getMany(relics, [item])],
      ["getUnique", (s) => s.getUnique(people, "email", { email: "e" })],
      ["query", (s) => s.query(relics, { where: { id: "r" } })],
      ["search", (s) => s.search(notes, { text: "x", scopes: ["b"] })],
      ["create", (s) => s.create(relics, item)],
      ["put", (s) => s.put(relics, item)],
      ["update", (s) => s.update(relics, item, {})],
      ["delete", (s) => s.delete(relics, item)],
      ["transact", (s) => s.transact([op.create(relics, item)])],
      ["scan", (s) => s.scan(relics)],
      ["load", (s) => s.load(relics, [{ ...item, version: 1 }])],
      ["estimate", (s) => s.estimate(relics)],
      ["freeze", (s) => s.freeze()],
      ["check", (s) => s.check()],
    ];
    for (const [, call] of calls) await expectCode(call(store), "unavailable");
  });
}
