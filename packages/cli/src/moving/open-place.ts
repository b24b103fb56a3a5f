import { existsSync } from "node:fs";
import { lockDataFolder } from "@aloft/adapters/store/lock";
import { openStore, type OpenStoreOptions } from "@aloft/adapters/store/index";
import { inspectSqlite } from "@aloft/adapters/store/sqlite-inspect";
import type { Store } from "@aloft/core/ports/store";
import { schemaVersion, tables } from "@aloft/core/tables";
import { CliError } from "../errors.ts";
import type { Place } from "./place.ts";

const options: OpenStoreOptions = { tables, schemaVersion, upkeep: false };

/**
 * Opens what is there, changing nothing, beside a server that may be using it.
 * @throws {CliError} no data is there, or it is of another schema.
 * @throws {AloftError} it cannot be reached or read.
 */
export async function openExisting(place: Place): Promise<Store> {
  if (place.config.type === "sqlite") checkFile(place.config.path, place.label);
  return openStore(place.config, { ...options, setUp: "verify" });
}

/**
 * Opens what is to be filled, making what is missing. A data folder is taken, so that no server starts on it meanwhile.
 * @throws {CliError} @throws {AloftError}
 */
export async function openTarget(place: Place): Promise<{ readonly store: Store } & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  if (place.folder !== undefined) opened.use(await lockDataFolder(place.folder));
  const store = opened.use(await openStore(place.config, { ...options, setUp: "create" }));
  const owned = opened.move();
  return { store, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function checkFile(path: string, label: string): void {
  if (!existsSync(path)) {
    throw new CliError("no_data_folder", `There is no data in ${label}: ${path} does not exist. Nothing was changed.`);
  }
  const { schemaVersion: found } = inspectSqlite(path);
  if (found === schemaVersion) return;
  const [state, advice] =
    found === undefined || found < schemaVersion
      ? ["older", "Start the server on it once, which brings it up to date."]
      : ["newer", "Upgrade Aloft first."];
  const message = `${label} has schema ${found ?? "none"}, which is ${state} than this version's ${schemaVersion}. `;
  throw new CliError("other_schema", `${message}${advice} Nothing was changed.`);
}
