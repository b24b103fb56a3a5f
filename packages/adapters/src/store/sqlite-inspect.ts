import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { damaged, translateError } from "./sqlite-errors.ts";

export interface SqliteInspection {
  readonly bytes: number;
  /** The number of the declarations it was last opened with; undefined: never, or it is not a file of Aloft's. */
  readonly schemaVersion: number | undefined;
}

/**
 * Looks through a database file without changing it, beside a process that may be using it. Reads the whole file.
 * @throws {IncompatibleError} it is damaged, or no SQLite database.
 * @throws {UnavailableError} it cannot be read.
 * @see https://www.sqlite.org/pragma.html#pragma_quick_check
 */
export function inspectSqlite(path: string): SqliteInspection {
  try {
    const { size: bytes } = statSync(path);
    using handle = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
    const fault = handle.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    if (fault !== "ok") throw damaged(path, new Error(String(fault)));
    return { bytes, schemaVersion: schemaVersionOf(handle) };
  } catch (error) {
    throw translateError(error, path);
  }
}

function schemaVersionOf(handle: DatabaseSync): number | undefined {
  if (handle.prepare("SELECT 1 FROM sqlite_schema WHERE name = '$aloft'").get() === undefined) return undefined;
  const version = handle.prepare(`SELECT value FROM "$aloft" WHERE name = 'schemaVersion'`).get()?.["value"];
  return version === undefined ? undefined : Number(version);
}
