import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { IncompatibleError, StorageFullError } from "@aloft/core/errors";
import { expect, test } from "vitest";
import { openStore } from "./index.ts";
import { sqliteStore } from "./sqlite.ts";
import { pairs } from "./testing/tables.ts";
import { temporaryFolder } from "./testing/temporary-store.ts";

const declared = { tables: [pairs], schemaVersion: 1 };
const pair = (number: number) => ({ writer: "w", number, side: "a" as const, name: `${number}` });

/** A store file with a thousand items, closed. */
async function filled(folder: string): Promise<string> {
  const path = join(folder, "store.sqlite");
  await using store = await sqliteStore({ ...declared, path });
  await Promise.all(Array.from({ length: 1000 }, (_, i) => store.create(pairs, pair(i))));
  return path;
}

async function refusal(path: string): Promise<Error> {
  const before = readFileSync(path);
  const error: unknown = await openStore({ type: "sqlite", path }, declared).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(IncompatibleError);
  expect(readFileSync(path).equals(before)).toBe(true);
  return error as Error;
}

const damages: readonly [name: string, damage: (path: string) => void][] = [
  ["no database at all", (path) => writeFileSync(path, "To whom it may concern:\n".repeat(1000))],
  ["a few bytes", (path) => writeFileSync(path, "x")],
  ["a header and nothing", (path) => writeFileSync(path, "SQLite format 3\0")],
  ["half of a database", (path) => truncateSync(path, Math.floor(statSync(path).size / 2 / 8192) * 8192)],
  ["cut within a page", (path) => truncateSync(path, statSync(path).size - 5000)],
  [
    "overwritten in the middle",
    (path) => {
      const bytes = readFileSync(path);
      bytes.fill(0xaa, bytes.length / 2, bytes.length / 2 + 8192);
      writeFileSync(path, bytes);
    },
  ],
];
test.each(damages)("[store.sqlite.corrupt] %s is refused, with what to do, and left as it is", async (_, damage) => {
  await using temporary = await temporaryFolder();
  const path = await filled(temporary.folder);
  damage(path);
  const { message } = await refusal(path);
  expect(message).toContain(path);
  expect(message).toContain("backup");
});

test("[store.sqlite.foreign] a database of another program is refused and left as it is", async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.folder, "other.sqlite");
  const other = new DatabaseSync(path);
  other.exec("CREATE TABLE recipes (name TEXT)");
  other.close();
  expect((await refusal(path)).message).toContain("another program");
});

test("[store.sqlite.newer] a database of newer code is refused, with the advice to upgrade", async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.folder, "store.sqlite");
  await (await sqliteStore({ tables: [pairs], schemaVersion: 7, path })).close();
  const { message } = await refusal(path);
  expect(message).toMatch(/schema 7.*Upgrade/);
  await (await sqliteStore({ tables: [pairs], schemaVersion: 7, path })).close();
});

/** Runs as a user whom permissions bind, which they do not bind the superuser. */
async function asOrdinaryUser<R>(run: () => Promise<R>): Promise<R> {
  if (process.getuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}

/** A folder and a store file in it that the user of {@link asOrdinaryUser} owns. */
async function ownedFile(folder: string): Promise<string> {
  const path = await filled(folder);
  if (process.getuid?.() === 0) for (const owned of [folder, path]) chownSync(owned, 65_534, 65_534);
  return path;
}

test("[store.sqlite.read-only] a file that cannot be written is refused with the reason", async () => {
  await using temporary = await temporaryFolder();
  const path = await ownedFile(temporary.folder);
  const open = () => asOrdinaryUser(() => openStore({ type: "sqlite", path }, declared));
  await (await open()).close();
  chmodSync(path, 0o400);
  const error: unknown = await open().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StorageFullError);
  expect((error as Error).message).toContain("read-only");
});

test("[store.sqlite.read-only] a folder that cannot be written is refused with the reason", async () => {
  await using temporary = await temporaryFolder();
  const path = await ownedFile(temporary.folder);
  const open = (file: string) => asOrdinaryUser(() => openStore({ type: "sqlite", path: file }, declared));
  chmodSync(temporary.folder, 0o500);
  await expect(open(path)).rejects.toMatchObject({
    code: expect.stringMatching(/^(storage_full|unavailable)$/) as unknown,
  });
  await expect(open(join(temporary.folder, "deeper", "new.sqlite"))).rejects.toBeInstanceOf(StorageFullError);
});

test("[store.sqlite.read-only] a folder in the place of the file is refused and left alone", async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.folder, "store.sqlite");
  mkdirSync(path, { mode: 0o755 });
  const error: unknown = await openStore({ type: "sqlite", path }, declared).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: "unavailable",
    message: `${path} is no file. Give the path of the database file.`,
  });
  expect(statSync(path).mode & 0o777).toBe(0o755);
});

test("[store.sqlite.private] the files can be read by their owner alone, also if they once could by others", async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.folder, "new", "store.sqlite");
  const mode = (file: string): number => statSync(file).mode & 0o777;
  {
    await using store = await sqliteStore({ ...declared, path });
    await store.create(pairs, pair(1));
    expect([path, `${path}-wal`, `${path}-shm`].map(mode)).toEqual([0o600, 0o600, 0o600]);
    expect(mode(join(temporary.folder, "new"))).toBe(0o700);
  }
  chmodSync(path, 0o644);
  await using store = await sqliteStore({ ...declared, path });
  await store.create(pairs, pair(2));
  expect([path, `${path}-wal`].map(mode)).toEqual([0o600, 0o600]);
});
