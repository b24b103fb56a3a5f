import type { AnyTable } from "@aloft/core/tables/define-table";
import { UnavailableError } from "@aloft/core/errors";
import { copyStore } from "@aloft/core/moving/copy";
import { countPhase, type OnProgress } from "@aloft/core/moving/progress";
import { digestsOf } from "@aloft/core/moving/digests";
import { scanPages } from "@aloft/core/moving/reading";
import type { Store } from "@aloft/core/ports/store";
import { sqliteStore } from "../store/sqlite.ts";
import type { BackedUpTable, BackupManifest } from "./backup-file.ts";
import { sha256Words } from "./hash.ts";
import { snapshotSqlite } from "./snapshot-sqlite.ts";

export interface BackupSettings {
  readonly tables: readonly AnyTable[];
  readonly schemaVersion: number;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
  readonly now?: () => Date;
}

/** SQLite's own online backup: its writers do not wait. */
export async function fillFromSqlite(
  path: string,
  storePath: string,
  settings: BackupSettings,
): Promise<BackupManifest> {
  const takenAt = settings.now?.() ?? new Date();
  await snapshotSqlite(path, storePath);
  const tables = await contentsOf(storePath, takenAt, settings);
  return { takenAt: takenAt.toISOString(), schemaVersion: settings.schemaVersion, engine: "sqlite", tables };
}

/**
 * Any other store is copied into a SQLite file while it is written, and what has changed meanwhile while its writers are
 * held back for moments.
 */
export async function fillFromStore(
  source: Store,
  storePath: string,
  settings: BackupSettings,
): Promise<BackupManifest> {
  const { tables, schemaVersion, onProgress, signal } = settings;
  {
    await using target = await sqliteStore({ path: storePath, tables, schemaVersion, upkeep: false });
    const journal = { state: undefined, save: () => undefined };
    const report = await copyStore({
      from: source,
      to: target,
      tables,
      hash: sha256Words,
      journal,
      freeze: true,
      onProgress,
      signal,
    });
    if (report.differences.length > 0) throw new UnavailableError("What was written is not what was read. Try again.");
  }
  const takenAt = settings.now?.() ?? new Date();
  const contents = await contentsOf(storePath, takenAt, settings);
  return { takenAt: takenAt.toISOString(), schemaVersion, engine: source.engine, tables: contents };
}

/** What a store file holds, read from it. */
export async function contentsOf(
  path: string,
  takenAt: Date,
  { tables, schemaVersion, onProgress, signal }: BackupSettings,
): Promise<BackedUpTable[]> {
  await using store = await sqliteStore({ path, tables, schemaVersion, upkeep: false, now: () => takenAt });
  const counter = countPhase("verifying", { tables: tables.length, total: undefined }, onProgress);
  const contents: BackedUpTable[] = [];
  for (const table of tables) {
    counter.begin(table.name);
    const digests = digestsOf(table, sha256Words);
    for await (const { items } of scanPages(store, table, { signal })) {
      items.forEach(digests.set);
      counter.add(items.length);
    }
    contents.push({ table: table.name, items: digests.size, digest: digests.sum() });
    counter.end();
  }
  return contents;
}
