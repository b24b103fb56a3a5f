import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Context } from "@aloft/core/context";
import { findOwner } from "@aloft/core/identity/owner";
import { users } from "@aloft/core/identity/tables";
import type { Store } from "@aloft/core/ports/store";
import { openConfiguredStore } from "@aloft/server/compose";
import { readEnvironment } from "@aloft/server/config/env";
import { CliError } from "./errors.ts";
import type { Io } from "./io.ts";
import { serverEnvironment } from "./server-environment.ts";

/** What the server's store makes in its folder. */
export const databaseFile = "aloft.db";

/** The folder that the server started the same way would use. */
export function dataFolder(io: Io, given: string | undefined): string {
  const fromEnvironment = readEnvironment(io.env, process.cwd())["ALOFT_DATA_DIR"]?.trim();
  return resolve(given ?? (fromEnvironment || "data"));
}

/**
 * Opens the store that the server started the same way would use, beside a server that may be running on it.
 * @throws {CliError} there is no data yet.
 */
export async function openData(io: Io, given: string | undefined): Promise<Store> {
  const env = await serverEnvironment(io);
  if (![undefined, "", "sqlite"].includes(env["MAIN_DB_TYPE"]?.trim())) {
    const { loadConfig } = await import("@aloft/server/config/load");
    const { config } = await loadConfig({ env, dataDir: given });
    return openConfiguredStore(config, { setUp: "verify", upkeep: false });
  }
  const folder = dataFolder(io, given);
  if (!existsSync(join(folder, databaseFile))) {
    const message = `There is no data in ${folder}. Start the server on it once, or name another with --data.`;
    throw new CliError("no_data_folder", message);
  }
  return openConfiguredStore({ store: { type: "sqlite", folder }, environment: "development" });
}

/** A user by id or e-mail address; the owner if none is named. @throws {CliError} `user_not_found`. */
export async function findUser(store: Store, given: string | undefined): Promise<string> {
  if (given === undefined) {
    const owner = await findOwner(store);
    if (owner !== undefined) return owner;
    throw new CliError("user_not_found", "Nobody is in this data folder yet. Start the server on it once.");
  }
  const user = given.includes("@")
    ? await store.getUnique(users, "email", { email: given.toLowerCase() })
    : await store.get(users, { id: given });
  if (user !== undefined) return user.id;
  throw new CliError("user_not_found", `There is no user ${given} in this data folder. Give an id or e-mail address.`);
}

/** Whoever may read the data folder may act as any of its users. */
export function actAs(store: Store, userId: string): Context {
  return {
    store,
    principal: { userId, by: { kind: "session", id: "command line" }, scopes: "all" },
    now: () => new Date(),
    async commit(operations, result) {
      await store.transact(operations);
      return result;
    },
  };
}

export interface RunningOn {
  readonly pid: number | undefined;
  readonly url: string | undefined;
}

/** The server that holds a data folder, or undefined if none does. */
export async function runningServer(folder: string): Promise<RunningOn | undefined> {
  const { DataFolderInUseError, lockDataFolder } = await import("@aloft/adapters/store/lock");
  try {
    (await lockDataFolder(folder)).release();
    return undefined;
  } catch (error) {
    if (error instanceof DataFolderInUseError) return { pid: error.pid, url: error.url };
    throw error;
  }
}
