import { chmodSync, chownSync, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { StorageFullError } from "@aloft/core/errors";
import { expect, test } from "vitest";
import { DataFolderInUseError, lockDataFolder } from "./lock.ts";
import { startLines } from "./testing/child.ts";
import { temporaryFolder } from "./testing/temporary-store.ts";

const holderOf = (folder: string): string => `
  const { lockDataFolder } = await import("@aloft/adapters/store/lock");
  const lock = await lockDataFolder(${JSON.stringify(folder)});
  lock.announce("http://127.0.0.1:4321");
  process.stdout.write("held\\n");
  setInterval(() => {}, 1000);
`;

test("[store.lock.second] a second holder is refused with the process and the URL of the first", async () => {
  await using temporary = await temporaryFolder();
  const folder = join(temporary.folder, "new", "data");
  await using lock = await lockDataFolder(folder, { url: "http://127.0.0.1:1" });
  lock.announce("http://127.0.0.1:2");
  const error: unknown = await lockDataFolder(folder).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataFolderInUseError);
  expect(error).toMatchObject({ code: "data_folder_in_use", pid: process.pid, url: "http://127.0.0.1:2" });
  expect((error as Error).message).toContain(folder);
  expect((error as Error).message).toContain(`${process.pid} at http://127.0.0.1:2`);
  expect(statSync(join(folder, "lock.json")).mode & 0o777).toBe(0o600);
});

test("[store.lock.killed] the lock of another process holds while it lives, and ends when it is killed", async () => {
  await using temporary = await temporaryFolder();
  const holder = startLines(holderOf(temporary.folder));
  while (!holder.stdout().includes("held")) {
    expect(holder.process.exitCode, holder.stderr()).toBeNull();
    await delay(5);
  }
  const refused = lockDataFolder(temporary.folder);
  await expect(refused).rejects.toMatchObject({ pid: holder.process.pid, url: "http://127.0.0.1:4321" });
  holder.process.kill("SIGKILL");
  await holder.exited;
  await using lock = await lockDataFolder(temporary.folder);
  const error: unknown = await lockDataFolder(temporary.folder).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ pid: process.pid, url: undefined });
  lock.release();
});

test("[store.lock.released] a folder that was released can be taken again, and releasing twice is no error", async () => {
  await using temporary = await temporaryFolder();
  const lock = await lockDataFolder(temporary.folder);
  lock.release();
  lock.release();
  expect(existsSync(join(temporary.folder, "lock.json"))).toBe(false);
  await using again = await lockDataFolder(temporary.folder);
  lock.release();
  await expect(lockDataFolder(temporary.folder)).rejects.toBeInstanceOf(DataFolderInUseError);
  again.release();
});

test("[store.lock.unwritable] a folder that cannot be made or written is refused with the reason", async () => {
  await using temporary = await temporaryFolder();
  await expect(lockDataFolder("/proc/aloft/data")).rejects.toBeInstanceOf(StorageFullError);
  await expect(lockDataFolder("/dev/null/data")).rejects.toBeInstanceOf(StorageFullError);
  chmodSync(temporary.folder, 0o500);
  const superuser = process.getuid?.() === 0;
  if (superuser) chownSync(temporary.folder, 65_534, 65_534);
  if (superuser) process.seteuid?.(65_534);
  try {
    await expect(lockDataFolder(temporary.folder)).rejects.toMatchObject({ code: "storage_full" });
  } finally {
    if (superuser) process.seteuid?.(0);
    chmodSync(temporary.folder, 0o700);
  }
});
