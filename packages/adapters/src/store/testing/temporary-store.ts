import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenStoreUnderTest } from "@aloft/core/contract/store";
import { sqliteStore, type SqliteStoreOptions } from "../sqlite.ts";

/** A folder that is removed with everything in it. */
export async function temporaryFolder(): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "aloft-store-"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** A store in a folder of its own, for the contract. */
export const openTemporary: OpenStoreUnderTest = async (options) => {
  const temporary = await temporaryFolder();
  let now = (): Date => new Date();
  const settings: SqliteStoreOptions = { ...options, path: join(temporary.folder, "store.sqlite"), now: () => now() };
  const store = await sqliteStore(settings);
  return {
    store,
    reopen: () => sqliteStore(settings),
    setNow: (date) => {
      now = () => date;
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await temporary[Symbol.asyncDispose]();
    },
  };
};
