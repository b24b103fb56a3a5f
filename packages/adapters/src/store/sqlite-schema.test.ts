import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { IncompatibleError } from "@aloft/core/errors";
import type { Store } from "@aloft/core/ports/store";
import { defineTable, type AnyTable } from "@aloft/core/tables/define-table";
import { expect, test } from "vitest";
import { z } from "zod";
import { sqliteStore } from "./sqlite.ts";
import { temporaryFolder } from "./testing/temporary-store.ts";

const item = z.object({
  id: z.string(),
  owner: z.string(),
  size: z.number(),
  label: z.string().optional(),
  text: z.string(),
  until: z.string().optional(),
});
const first = defineTable("boxes", { item, key: ["id"], indexes: { byOwner: { partition: ["owner"] } } });
const second = defineTable("boxes", {
  item,
  key: ["id"],
  unique: { label: ["label"] },
  indexes: { bySize: { partition: ["owner"], sort: ["size"] } },
  expires: "until",
  search: { text: ["text"], scope: "owner" },
});

const box = (number: number, more: object = {}) => ({
  id: `box-${number}`,
  owner: `o${number % 2}`,
  size: -number / 4,
  text: `box number ${number}`,
  ...more,
});

interface Trial {
  readonly open: (table: AnyTable, schemaVersion?: number, now?: Date) => Promise<Store>;
  readonly path: string;
}

/** A file with `count` boxes, made by the first declaration. */
async function started(folder: string, count: number, more: (number: number) => object = () => ({})): Promise<Trial> {
  const path = join(folder, "store.sqlite");
  const open: Trial["open"] = (table, schemaVersion = 2, now = new Date()) =>
    sqliteStore({ tables: [table], schemaVersion, path, now: () => now });
  await using store = await open(first, 1);
  await Promise.all(Array.from({ length: count }, (_, i) => store.create(first, box(i, more(i)))));
  return { open, path };
}

function objectsOf(path: string): string[] {
  using database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all();
  return rows.map((row) => `${String(row["name"])}: ${String(row["sql"])}`);
}

test("[store.sqlite.migrate.indexes] new indexes hold the items that are there, and dropped ones are gone", async () => {
  await using temporary = await temporaryFolder();
  const { open, path } = await started(temporary.folder, 1200, (i) => (i % 3 === 0 ? { label: `l${i}` } : {}));
  {
    await using store = await open(second);
    const page = await store.query(second, { index: "bySize", where: { owner: "o1" }, limit: 3 });
    expect(page.items.map((found) => found.size)).toEqual([-1199 / 4, -1197 / 4, -1195 / 4]);
    expect((await store.getUnique(second, "label", { label: "l600" }))?.id).toBe("box-600");
    const taken = store.create(second, box(9999, { label: "l0" }));
    await expect(taken).rejects.toMatchObject({ reason: "unique", unique: "label" });
    await store.update(second, { id: "box-1" }, { set: { size: -10_000 } });
    const [smallest] = (await store.query(second, { index: "bySize", where: { owner: "o1" }, limit: 1 })).items;
    expect(smallest).toEqual({ ...box(1), size: -10_000, version: 2 });
    expect(objectsOf(path).filter((name) => name.includes("byOwner"))).toEqual([]);
  }
  await using back = await open(first, 3);
  expect((await back.query(first, { index: "byOwner", where: { owner: "o0" }, limit: 1000 })).items).toHaveLength(600);
  expect(objectsOf(path).some((name) => name.includes("bySize") || name.includes("$search"))).toBe(false);
});

test("[store.sqlite.migrate.indexes] a column that was dropped and comes back holds what was written in between", async () => {
  await using temporary = await temporaryFolder();
  const { open } = await started(temporary.folder, 2);
  await (await open(second, 2)).close();
  {
    await using store = await open(first, 3);
    await store.update(first, { id: "box-1" }, { set: { size: 77 } });
  }
  await using store = await open(second, 4);
  expect((await store.query(second, { index: "bySize", where: { owner: "o1", size: 77 } })).items).toHaveLength(1);
});

test("[store.sqlite.migrate.columns] values move to and from columns of their own, and none is lost", async () => {
  await using temporary = await temporaryFolder();
  const { open } = await started(temporary.folder, 700);
  const shape = item.shape;
  const anything = z.union([z.string(), z.number(), z.array(z.string())]);
  const loose = defineTable("boxes", {
    item: z.object({ ...shape, label: anything.optional(), size: anything }),
    key: ["id"],
  });
  const grown = defineTable("boxes", {
    item: z.object({ ...shape, 1: z.string().optional(), owner: z.string(), note: z.string().optional() }),
    key: ["id"],
  });
  const shrunk = defineTable("boxes", { item: z.object({ id: shape.id, size: shape.size }), key: ["id"] });
  const all = async (store: Store, table: AnyTable) => (await store.scan(table, { limit: 1000 })).items;
  const sizes = Array.from({ length: 700 }, (_, i) => 0 - i / 4).sort((a, b) => a - b);
  {
    await using store = await open(loose, 2);
    expect((await all(store, loose)).map((found) => found["size"] as number).sort((a, b) => a - b)).toEqual(sizes);
    await store.update(loose, { id: "box-1" }, { set: { label: ["a", "b"] } });
    await store.update(loose, { id: "box-2" }, { set: { label: "plain" } });
  }
  {
    await using store = await open(grown, 3);
    expect((await all(store, grown)).map((found) => found["size"] as number).sort((a, b) => a - b)).toEqual(sizes);
    expect(await store.get(grown, { id: "box-1" })).toEqual({ ...box(1), label: ["a", "b"], version: 2 });
    expect(await store.get(grown, { id: "box-2" })).toEqual({ ...box(2), label: "plain", version: 2 });
    await store.update(grown, { id: "box-2" }, { set: { 1: "one", note: "n" } });
  }
  await (await open(shrunk, 4)).close();
  await using store = await open(grown, 5);
  expect(await store.get(grown, { id: "box-2" })).toEqual({
    ...box(2),
    label: "plain",
    1: "one",
    note: "n",
    version: 3,
  });
  expect((await all(store, grown)).map((found) => found["size"] as number).sort((a, b) => a - b)).toEqual(sizes);
});

test("[store.sqlite.migrate.search] a new or changed search finds the items that are there", async () => {
  await using temporary = await temporaryFolder();
  const { open } = await started(temporary.folder, 1200);
  const labelled = defineTable("boxes", { item, key: ["id"], search: { text: ["text", "id"], scope: "owner" } });
  const find = async (store: Store, table: typeof second | typeof labelled, text: string) => {
    const { items } = await store.search(table, { text, scopes: ["o0", "o1"], limit: 1000 });
    return items.map((found) => found.id);
  };
  {
    await using store = await open(second);
    expect(await find(store, second, "BOX 1100")).toEqual(["box-1100"]);
    await store.delete(second, { id: "box-1100" });
    expect(await find(store, second, "1100")).toEqual([]);
  }
  await using store = await open(labelled, 3);
  expect(await find(store, labelled, "box 77")).toEqual(["box-77"]);
  expect(await find(store, labelled, "1100")).toEqual([]);
});

test("[store.sqlite.migrate.expiry] a new expiry counts for the items that are there, and is gone when it is taken away", async () => {
  await using temporary = await temporaryFolder();
  const now = new Date("2030-01-01T00:00:00.000Z");
  const until = (i: number) => ({ until: new Date(now.getTime() + (i - 5) * 1000).toISOString() });
  const { open } = await started(temporary.folder, 10, until);
  {
    await using store = await open(second, 2, now);
    expect((await store.scan(second)).items.map((found) => found.id)).toEqual([6, 7, 8, 9].map((i) => `box-${i}`));
  }
  await using store = await open(first, 3, new Date(now.getTime() + 1e9));
  expect((await store.scan(first)).items.length).toBeGreaterThanOrEqual(4);
});

test("[store.sqlite.migrate.expiry] expired items do not stand in the way of a new unique constraint", async () => {
  await using temporary = await temporaryFolder();
  const now = new Date("2030-01-01T00:00:00.000Z");
  const until = now.toISOString();
  const { open } = await started(temporary.folder, 3, (i) =>
    i === 1 ? { text: "lasting" } : { until, text: "fleeting" },
  );
  await (await open(second, 2, new Date(0))).close();
  const third = defineTable("boxes", {
    item,
    key: ["id"],
    unique: { text: ["text"] },
    expires: "until",
    search: { text: ["text"], scope: "owner" },
  });
  await using store = await open(third, 3, now);
  const found = async (text: string) => (await store.search(third, { text, scopes: ["o0", "o1"] })).items.length;
  expect([await found("lasting"), await found("fleeting")]).toEqual([1, 0]);
  await store.create(third, box(7, { text: "another" }));
  expect([await found("fleeting"), await found("another")]).toEqual([0, 1]);
});

test("[store.sqlite.migrate.failed] a change that the items do not allow is refused, and leaves everything as it was", async () => {
  await using temporary = await temporaryFolder();
  const { open, path } = await started(temporary.folder, 10, (i) => ({ label: i < 8 ? `l${i}` : "same" }));
  const before = objectsOf(path);
  const error: unknown = await open(second).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(IncompatibleError);
  expect((error as Error).message).toMatch(/boxes.*"label"/);
  expect(objectsOf(path)).toEqual(before);
  {
    await using store = await open(first, 1);
    expect((await store.scan(first)).items).toHaveLength(10);
    await store.update(first, { id: "box-9" }, { set: { label: "other" } });
  }
  await using store = await open(second);
  expect((await store.getUnique(second, "label", { label: "same" }))?.id).toBe("box-8");
});

test("[store.sqlite.migrate.failed] a key that is declared otherwise is refused", async () => {
  await using temporary = await temporaryFolder();
  const { open } = await started(temporary.folder, 3);
  const other = defineTable("boxes", { item, key: ["owner", "id"] });
  await expect(open(other)).rejects.toBeInstanceOf(IncompatibleError);
  await using store = await open(first, 1);
  expect((await store.scan(first)).items).toHaveLength(3);
});

test("[store.sqlite.migrate.indexes] opening with the same declarations changes nothing in the file", async () => {
  await using temporary = await temporaryFolder();
  const { open, path } = await started(temporary.folder, 3);
  const before = readFileSync(path);
  await (await open(first, 1)).close();
  expect(readFileSync(path).equals(before)).toBe(true);
});
