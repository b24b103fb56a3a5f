import { expect, test } from "vitest";
import { storeLimits } from "../src/ports/store.ts";
import type { Trial } from "./store.ts";
import { expectCode, expectConflict, freshName, winners } from "./store-helpers.ts";
import { strangers, things } from "./store-tables.ts";

export function writePromises(trial: Trial): void {
  const key = (name = "a") => ({ group: freshName(), name });

  test("[store.create.version] what is created comes back with version 1, and is there", async () => {
    const { store } = trial;
    const item = { ...key(), note: "hello", count: 3 };
    expect(await store.create(things, item)).toEqual({ ...item, version: 1 });
    expect(await store.get(things, item)).toEqual({ ...item, version: 1 });
  });

  test("[store.create.exists] a second create with the same key is refused, and changes nothing", async () => {
    const { store } = trial;
    const item = { ...key(), note: "first" };
    await store.create(things, item);
    await expectConflict(store.create(things, { ...item, note: "second" }), { reason: "exists", table: things });
    expect(await store.get(things, item)).toEqual({ ...item, version: 1 });
  });

  test("[store.create.concurrent] of many who create the same item at once, one wins", async () => {
    const { store } = trial;
    const other = await trial.reopen();
    const item = key();
    const calls = Array.from({ length: 20 }, (_, i) => {
      return (i % 2 === 0 ? store : other).create(things, { ...item, note: `${i}` });
    });
    expect(await winners(calls)).toBe(1);
    expect((await store.get(things, item))?.version).toBe(1);
    await other.close();
  });

  test("[store.get.absent] what is not there is undefined", async () => {
    expect(await trial.store.get(things, key())).toBeUndefined();
  });

  test("[store.get.impossible] a key that no item can have finds nothing, and is nothing to delete", async () => {
    const { store } = trial;
    for (const name of ["", "\0", "\ud800", "x".repeat(storeLimits.maxSortKeyBytes + 1)]) {
      const impossible = { group: freshName(), name };
      expect(await store.get(things, impossible)).toBeUndefined();
      await store.delete(things, impossible);
      await expectCode(store.update(things, impossible, { set: { note: "x" } }), "not_found");
      await expectConflict(store.delete(things, impossible, { if: {} }), { reason: "condition", table: things });
    }
    expect((await store.query(things, { where: { group: "" } })).items).toEqual([]);
  });

  test("[store.get-many.order] many items come in the order of their keys, with gaps where there is none", async () => {
    const { store } = trial;
    const group = freshName();
    await store.create(things, { group, name: "a" });
    await store.create(things, { group, name: "b" });
    const found = await store.getMany(
      things,
      ["b", "none", "a", "b"].map((name) => ({ group, name })),
    );
    expect(found.map((item) => item?.name)).toEqual(["b", undefined, "a", "b"]);
    expect(await store.getMany(things, [])).toEqual([]);
  });

  test("[store.get-many.limit] 100 items can be got at once, and not more", async () => {
    const { store } = trial;
    const group = freshName();
    const keys = Array.from({ length: 101 }, (_, i) => ({ group, name: `${i}` }));
    expect(await store.getMany(things, keys.slice(1))).toHaveLength(100);
    await expectCode(store.getMany(things, keys), "too_large");
  });

  test("[store.put.replaces] put creates, then replaces the whole item, and counts the version up", async () => {
    const { store } = trial;
    const item = { ...key(), note: "first", count: 1 };
    expect(await store.put(things, item)).toEqual({ ...item, version: 1 });
    const { note: _, ...second } = { ...item, count: 2 };
    expect(await store.put(things, second)).toEqual({ ...second, version: 2 });
    expect(await store.get(things, item)).toEqual({ ...second, version: 2 });
  });

  test("[store.put.condition] with a condition, put only replaces, and only if it holds", async () => {
    const { store } = trial;
    const item = { ...key(), count: 1 };
    await expectConflict(store.put(things, item, { if: {} }), { reason: "condition", table: things });
    expect(await store.get(things, item)).toBeUndefined();
    await store.create(things, item);
    await expectConflict(store.put(things, item, { if: { count: 2 } }), { reason: "condition", table: things });
    const replaced = await store.put(things, { ...item, note: "new" }, { if: { count: 1, version: 1 } });
    expect(replaced).toEqual({ ...item, note: "new", version: 2 });
  });

  test("[store.update.change] update sets, removes and adds, and leaves the rest", async () => {
    const { store } = trial;
    const item = { ...key(), note: "first", count: 5, flag: true, value: { deep: [1] } };
    await store.create(things, item);
    const change = { set: { flag: false }, remove: ["note"], add: { count: -7, level: 2 } } as const;
    const expected = {
      ...key(),
      group: item.group,
      count: -2,
      flag: false,
      level: 2,
      value: { deep: [1] },
      version: 2,
    };
    expect(await store.update(things, item, change)).toEqual(expected);
    expect(await store.get(things, item)).toEqual(expected);
    expect(await store.update(things, item, {})).toEqual({ ...expected, version: 3 });
    expect(await store.update(things, item, { remove: ["note"] })).toEqual({ ...expected, version: 4 });
  });

  test("[store.update.absent] updating what is not there is not_found, or a conflict if a condition was given", async () => {
    const { store } = trial;
    await expectCode(store.update(things, key(), { set: { note: "x" } }), "not_found");
    const call = store.update(things, key(), { set: { note: "x" } }, { if: {} });
    await expectConflict(call, { reason: "condition", table: things });
  });

  test("[store.update.refused] a change of the key, of a required or an unknown attribute is invalid", async () => {
    const { store } = trial;
    const item = { ...key(), note: "kept" };
    await store.create(things, item);
    const changes: unknown[] = [
      { set: { name: "other" } },
      { remove: ["group"] },
      { set: { unknown: 1 } },
      { set: { version: 7 } },
      { set: { count: "three" } },
      { set: { level: 1001 } },
      { add: { count: Number.NaN } },
      { add: { note: 1 } },
      { set: { count: 1 }, add: { count: 1 } },
      { set: { note: "x" }, remove: ["note"] },
    ];
    for (const change of changes) await expectCode(store.update(things, item, change as object), "invalid");
    expect(await store.get(things, item)).toEqual({ ...item, version: 1 });
  });

  test("[store.update.concurrent] counters lose no addition, however many add at once", async () => {
    const { store } = trial;
    const other = await trial.reopen();
    const item = key();
    await store.create(things, item);
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? other : store).update(things, item, { add: { count: i } })),
    );
    expect(await store.get(things, item)).toEqual({ ...item, count: 1770, version: 61 });
    await other.close();
  });

  test("[store.version.optimistic] of many who change the version they read, one wins", async () => {
    const { store } = trial;
    const other = await trial.reopen();
    const item = key();
    await store.create(things, item);
    for (let version = 1; version <= 3; version++) {
      const calls = Array.from({ length: 8 }, (_, i) => {
        return (i % 2 === 0 ? store : other).update(things, item, { set: { note: `${i}` } }, { if: { version } });
      });
      expect(await winners(calls)).toBe(1);
    }
    expect((await store.get(things, item))?.version).toBe(4);
    await other.close();
  });

  test("[store.delete.repeatable] deleting is repeatable, and what is made anew begins with version 1", async () => {
    const { store } = trial;
    const item = key();
    await store.create(things, item);
    await store.update(things, item, { set: { note: "x" } });
    await store.delete(things, item);
    expect(await store.get(things, item)).toBeUndefined();
    await store.delete(things, item);
    expect((await store.create(things, item)).version).toBe(1);
  });

  test("[store.delete.condition] with a condition, delete is refused unless the item is there and it holds", async () => {
    const { store } = trial;
    const item = { ...key(), count: 1 };
    await expectConflict(store.delete(things, item, { if: {} }), { reason: "condition", table: things });
    await store.create(things, item);
    await expectConflict(store.delete(things, item, { if: { count: 2 } }), { reason: "condition", table: things });
    expect(await store.get(things, item)).toBeDefined();
    await store.delete(things, item, { if: { count: 1 } });
    expect(await store.get(things, item)).toBeUndefined();
  });

  test("[store.write.neighbours] a refused write leaves those made at the same time alone", async () => {
    const { store } = trial;
    const group = freshName();
    await store.create(things, { group, name: "taken" });
    const calls = Array.from({ length: 30 }, (_, i) => {
      return store.create(things, { group, name: i % 3 === 0 ? "taken" : `${i}` });
    });
    expect(await winners(calls)).toBe(20);
    const page = await store.query(things, { where: { group } });
    expect(page.items).toHaveLength(21);
    expect(new Set(page.items.map((item) => item.version))).toEqual(new Set([1]));
  });

  test("[store.values.isolated] what was given and what came back can be changed without changing what is stored", async () => {
    const { store } = trial;
    const item = { ...key(), value: { list: [1] } };
    const pending = store.create(things, item);
    item.value.list.push(2);
    const created = await pending;
    const before = await store.get(things, item);
    (before as typeof item | undefined)?.value.list.push(3);
    (created as unknown as typeof item).value.list.push(4);
    expect((await store.get(things, item))?.value).toEqual({ list: [1] });
  });

  test("[store.table.unknown] a table the store was not opened with is refused", async () => {
    await expectCode(trial.store.get(strangers, { id: "x" }), "invalid");
    await expectCode(trial.store.create(strangers, { id: "x" }), "invalid");
  });
}
