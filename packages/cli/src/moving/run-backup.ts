import { rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type BackupManifest, openBackup, writeBackup } from "@aloft/adapters/moving/backup-file";
import { contentsOf, fillFromSqlite, fillFromStore } from "@aloft/adapters/moving/take-backup";
import { openStore } from "@aloft/adapters/store/index";
import { IncompatibleError } from "@aloft/core/errors";
import { schemaVersion, tables } from "@aloft/core/tables";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";
import { interruptible } from "./interrupt.ts";
import { openExisting } from "./open-place.ts";
import type { Place } from "./place.ts";
import { type CopyOutcome, fillTarget } from "./run-copy.ts";
import { progressDisplay } from "./show-progress.ts";

interface BackupOptions {
  readonly from: Place;
  readonly file: string;
  readonly silent: boolean;
}

export type Backup = BackupManifest & { readonly bytes: number };

/** @throws {CliError} @throws {AloftError} why there is no backup. Nothing is left behind. */
export async function runBackup(io: Io, { from, file, silent }: BackupOptions): Promise<Backup | number> {
  using interrupt = interruptible();
  const display = progressDisplay(io, { silent });
  const settings = { tables, schemaVersion, onProgress: display.show, signal: interrupt.signal };
  try {
    await using source = await openExisting(from);
    const { config } = from;
    return await writeBackup(file, (storePath) =>
      config.type === "sqlite"
        ? fillFromSqlite(config.path, storePath, settings)
        : fillFromStore(source, storePath, settings),
    );
  } catch (error) {
    display.end();
    if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error;
    return interrupt.exitCode();
  }
}

interface RestoreOptions {
  readonly file: string;
  readonly to: Place;
  readonly journal: string | undefined;
  readonly silent: boolean;
}

/**
 * Unpacks a backup, holds it against what it says of itself, and copies it into an empty store.
 * @throws {CliError} @throws {AloftError}
 */
export async function runRestore(io: Io, { file, ...options }: RestoreOptions): Promise<CopyOutcome> {
  const backup = await openBackup(resolve(file));
  const { manifest } = backup;
  if (manifest.schemaVersion > schemaVersion) {
    const message = `${file} was made by a newer version (schema ${manifest.schemaVersion}, this is ${schemaVersion}). `;
    throw new CliError("other_schema", `${message}Upgrade Aloft first. Nothing was changed.`);
  }
  using folder = temporaryFolder();
  const path = join(folder.path, "aloft.db");
  await backup.unpack(path);
  await checkContents(io, path, { manifest, file, silent: options.silent });
  await using source = await openStore({ type: "sqlite", path }, { tables, schemaVersion, upkeep: false });
  const named = `backup:${backup.fingerprint}`;
  return await fillTarget(io, { ...options, source, named, freeze: false, hold: false });
}

/** Of an older schema the items may have been brought up to date, so that only their number can be compared. */
async function checkContents(
  io: Io,
  path: string,
  { manifest, file, silent }: { readonly manifest: BackupManifest; readonly file: string; readonly silent: boolean },
): Promise<void> {
  const display = progressDisplay(io, { silent });
  const settings = { tables, schemaVersion, onProgress: display.show };
  const contents = await contentsOf(path, new Date(manifest.takenAt), settings);
  const found = new Map(contents.map((table) => [table.table, table]));
  for (const { table, items, digest } of manifest.tables) {
    const there = found.get(table);
    const same = there?.items === items && (there.digest === digest || manifest.schemaVersion < schemaVersion);
    if (!same) throw new IncompatibleError(`${file} does not hold what it says of "${table}". Nothing was changed.`);
  }
}

function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "aloft-restore-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
