import { closeSync, openSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";
import { translateError } from "../store/sqlite-errors.ts";

/**
 * Copies a SQLite store as it is at one moment, beside whoever is writing to it: they do not wait. The copy is one file,
 * readable by its owner alone.
 * @throws {UnavailableError} it cannot be read. @throws {StorageFullError} the disk is full.
 * @see https://www.sqlite.org/backup.html
 */
export async function snapshotSqlite(path: string, to: string): Promise<void> {
  closeSync(openSync(to, "wx", 0o600));
  const source = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    // All pages in one step: a step that another process's write comes between begins again from the first.
    await backup(source, to, { rate: maxPages });
    using copy = new DatabaseSync(to);
    copy.exec("PRAGMA journal_mode = DELETE");
  } catch (error) {
    throw translateError(error, to);
  } finally {
    source.close();
  }
}

const maxPages = 2 ** 31 - 1;
