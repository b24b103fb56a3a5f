import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { ThrottledError } from "@aloft/core/errors";
import type { Store } from "@aloft/core/ports/store";
import { expect, test } from "vitest";
import { openStore } from "./index.ts";
import { sqliteStore } from "./sqlite.ts";
import { startLines, startProgram } from "./testing/child.ts";
import { pairs } from "./testing/tables.ts";
import { temporaryFolder } from "./testing/temporary-store.ts";

const declared = { tables: [pairs], schemaVersion: 1 };

async function numbersOf(store: Store, writer: string): Promise<number[]> {
  const numbers: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query(pairs, { index: "byNumber", where: { writer }, limit: 1000, cursor });
    numbers.push(...page.items.map((item) => item.number));
    cursor = page.next;
  } while (cursor !== undefined);
  return numbers;
}

const lines = (text: string): number[] => text.split("\n").slice(0, -1).map(Number);

test("[store.sqlite.crash] kill -9 loses no acknowledged write, and leaves no half of a transaction", async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.folder, "store.sqlite");
  let acknowledged = 0;
  for (let round = 0; round < 5; round++) {
    const writer = startProgram("writer.ts", path, `w${round}`);
    while (lines(writer.stdout()).length < 50 + round * 37) await delay(1);
    writer.process.kill("SIGKILL");
    expect(await writer.exited, writer.stderr()).toBeNull();
    const told = lines(writer.stdout());
    await using store = await openStore({ type: "sqlite", path }, declared);
    const found = await numbersOf(store, `w${round}`);
    const pairsFound = found.filter((_, i) => i % 2 === 0);
    expect(found).toEqual(pairsFound.flatMap((number) => [number, number]));
    expect(told.filter((number) => !pairsFound.includes(number))).toEqual([]);
    acknowledged += told.length;
  }
  expect(acknowledged).toBeGreaterThanOrEqual(500);
});

test("[store.sqlite.processes] several processes write to one file, and nothing is lost or doubled", async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.folder, "store.sqlite");
  await using store = await openStore({ type: "sqlite", path }, declared);
  const writers = ["x", "y"].map((name) => startProgram("writer.ts", path, name, "300"));
  for (let number = 1; number <= 200; number++) {
    await store.create(pairs, { writer: "z", number, side: "a", name: `${number}` });
  }
  for (const writer of writers) expect(await writer.exited, writer.stderr()).toBe(0);
  for (const [i, name] of ["x", "y"].entries()) {
    const told = lines(writers[i]?.stdout() ?? "").sort((a, b) => a - b);
    expect(told).toHaveLength(300);
    expect(await numbersOf(store, name)).toEqual(told.flatMap((number) => [number, number]));
  }
  expect(await numbersOf(store, "z")).toHaveLength(200);
});

test("[store.sqlite.busy] a locked file is tried again, then throttled, while reads and the event loop go on", async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.folder, "store.sqlite");
  await using store = await sqliteStore({ ...declared, path, busyTimeoutMs: 150 });
  await store.create(pairs, { writer: "w", number: 1, side: "a", name: "1" });
  using other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  const late = store.create(pairs, { writer: "w", number: 2, side: "a", name: "2" });
  expect(await store.get(pairs, { writer: "w", name: "1" })).toBeDefined();
  await expect(late).rejects.toBeInstanceOf(ThrottledError);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
  const patient = store.create(pairs, { writer: "w", number: 3, side: "a", name: "3" });
  await delay(40);
  other.exec("COMMIT");
  expect((await patient).version).toBe(1);
  expect(await numbersOf(store, "w")).toEqual([1, 3]);
});

test("[store.sqlite.migrate.together] processes that start together on a new file all find it whole", async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.folder, "store.sqlite");
  const writers = Array.from({ length: 4 }, (_, i) => startProgram("writer.ts", path, `w${i}`, "5"));
  for (const writer of writers) expect(await writer.exited, writer.stderr()).toBe(0);
  await using store = await openStore({ type: "sqlite", path }, declared);
  for (const i of writers.keys()) expect(await numbersOf(store, `w${i}`)).toHaveLength(10);
});

test("[store.sqlite.quiet] opening, using and closing a store prints nothing", async () => {
  await using temporary = await temporaryFolder();
  const child = startProgram("writer.ts", join(temporary.folder, "store.sqlite"), "w", "0");
  expect(await child.exited).toBe(0);
  expect(child.stdout() + child.stderr()).toBe("");
});

test("[store.sqlite.lazy] the engine is loaded when it is opened, and not before", async () => {
  await using temporary = await temporaryFolder();
  const child = startLines(`
    const loaded = () => process.moduleLoadList.some((name) => name.endsWith(" sqlite"));
    const { openStore } = await import("@aloft/adapters/store/index");
    const before = loaded();
    const path = ${JSON.stringify(join(temporary.folder, "store.sqlite"))};
    const store = await openStore({ type: "sqlite", path }, { tables: [], schemaVersion: 1 });
    await store.close();
    process.stdout.write(JSON.stringify([before, loaded()]));
  `);
  expect(await child.exited, child.stderr()).toBe(0);
  expect(JSON.parse(child.stdout())).toEqual([false, true]);
});
