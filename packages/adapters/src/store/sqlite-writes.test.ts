import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { StorageFullError, UnavailableError } from "@aloft/core/errors";
import { contractTables, passes } from "@aloft/core/contract/store-tables";
import { expect, test } from "vitest";
import { openDatabase, type Database } from "./sqlite-database.ts";
import { sqliteStore, storeOn } from "./sqlite.ts";
import { pairs } from "./testing/tables.ts";
import { temporaryFolder } from "./testing/temporary-store.ts";

const declared = { tables: [pairs], schemaVersion: 1 };
const pair = (number: number, more: object = {}) => ({
  writer: "w",
  number,
  side: "a" as const,
  name: `${number}`,
  ...more,
});

test("[store.sqlite.commit-shared] writes that wait at the same time share a commit", async () => {
  await using temporary = await temporaryFolder();
  const commits: number[] = [];
  const onCommit = (writes: number): void => void commits.push(writes);
  await using store = await sqliteStore({ ...declared, path: join(temporary.folder, "store.sqlite"), onCommit });
  await Promise.all(Array.from({ length: 64 }, (_, i) => store.create(pairs, pair(i))));
  expect(commits.reduce((sum, writes) => sum + writes, 0)).toBe(64);
  expect(commits.length).toBeLessThanOrEqual(8);
  commits.length = 0;
  const client = async (from: number): Promise<void> => {
    for (let i = 0; i < 20; i++) await store.create(pairs, pair(from + i));
  };
  await Promise.all(Array.from({ length: 32 }, (_, i) => client(1000 + i * 20)));
  expect(commits.length).toBeLessThan(160);
});

test("[store.sqlite.event-loop] a flood of writes leaves the event loop its turns", async () => {
  await using temporary = await temporaryFolder();
  const commits: number[] = [];
  const onCommit = (writes: number): void => void commits.push(writes);
  await using store = await sqliteStore({ ...declared, path: join(temporary.folder, "store.sqlite"), onCommit });
  const flood = Promise.all(Array.from({ length: 40_000 }, (_, i) => store.create(pairs, pair(i))));
  let turns = 0;
  let flooded = true;
  const turn = (): void => {
    turns += 1;
    if (flooded) setImmediate(turn);
  };
  setImmediate(turn);
  await flood;
  flooded = false;
  expect(commits.length).toBeGreaterThan(3);
  expect(turns).toBeGreaterThanOrEqual(commits.length - 1);
});

test("[store.sqlite.commit-failed] when the disk is full, every write fails, none is applied, and reading goes on", async () => {
  await using temporary = await temporaryFolder();
  const database = openDatabase(join(temporary.folder, "store.sqlite"));
  await using store = storeOn(database, { ...declared, path: database.path });
  await store.create(pairs, pair(0));
  const [pages] = Object.values(database.handle.prepare("PRAGMA page_count").get() ?? {});
  database.handle.exec(`PRAGMA max_page_count = ${Number(pages) + 5}`);
  const writes = Array.from({ length: 10 }, (_, i) =>
    store.create(pairs, pair(i + 1, { writer: "x".repeat(2000) + i })),
  );
  const outcomes = await Promise.allSettled(writes);
  expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => "rejected"));
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: expect.any(StorageFullError) as unknown });
  expect((await store.scan(pairs)).items.map((item) => item.number)).toEqual([0]);
  database.handle.exec("PRAGMA max_page_count = 1000000");
  await store.create(pairs, pair(99));
  expect((await store.scan(pairs)).items).toHaveLength(2);
});

test("[store.sqlite.commit-failed] when the commit itself fails, no caller is told that it did not", async () => {
  await using temporary = await temporaryFolder();
  const opened = openDatabase(join(temporary.folder, "store.sqlite"));
  let failing = false;
  const commit = {
    run: () => {
      throw Object.assign(new Error("disk I/O error"), { errcode: 10 });
    },
  };
  const prepare = (sql: string) =>
    (failing && sql === "COMMIT" ? commit : opened.prepare(sql)) as ReturnType<Database["prepare"]>;
  await using store = storeOn({ ...opened, prepare }, { ...declared, path: opened.path });
  await store.create(pairs, pair(0));
  failing = true;
  const calls = [store.create(pairs, pair(1)), store.create(pairs, pair(0)), store.update(pairs, pair(0), {})];
  for (const call of calls) await expect(call).rejects.toBeInstanceOf(UnavailableError);
  failing = false;
  expect((await store.scan(pairs)).items).toEqual([{ ...pair(0), version: 1 }]);
  await store.create(pairs, pair(1));
});

test("[store.sqlite.sweep] expired items are removed in the background, from the search too", async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.folder, "store.sqlite");
  let now = Date.parse("2030-01-01T00:00:00.000Z");
  const options = { tables: contractTables, schemaVersion: 1, path, now: () => new Date(now), sweepIntervalMs: 5 };
  await using store = await sqliteStore(options);
  const expiresAt = new Date(now + 1000).toISOString();
  const pass = (number: number) => ({ gate: "g", number, holder: "h", code: `${number}`, note: "golden ticket" });
  for (let number = 0; number < 450; number++) await store.create(passes, { ...pass(number), expiresAt });
  await store.create(passes, pass(450));
  using other = new DatabaseSync(path, { readOnly: true });
  const count = (sql: string) => Number(other.prepare(sql).get()?.["count"]);
  const rows = () => count("SELECT count(*) AS count FROM contract_passes");
  const found = () =>
    count(`SELECT count(*) AS count FROM "contract_passes$search" WHERE "contract_passes$search" MATCH 'golden'`);
  await delay(30);
  expect([rows(), found()]).toEqual([451, 451]);
  now += 1000;
  while (rows() > 1) await delay(5);
  expect([rows(), found()]).toEqual([1, 1]);
});
