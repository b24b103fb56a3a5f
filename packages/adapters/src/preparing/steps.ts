import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "pg";
import { AloftError, IncompatibleError } from "@aloft/core/errors";
import { sqlState, sqlStates } from "../store/postgres-errors.ts";
import { runsInTransaction, statementsOf } from "../store/postgres-migration-files.ts";
import type { Step } from "./under-lock.ts";

export interface OnceOptions {
  /** Told apart from others by this: `seed demo`. */
  readonly name: string;
  /** Done again when it is another than the last that succeeded. */
  readonly fingerprint: string;
  /** Does it. @throws if it did not succeed. */
  readonly run: (lost: AbortSignal) => Promise<void>;
}

const recordTable =
  "CREATE TABLE IF NOT EXISTS aloft_exec (name text PRIMARY KEY, fingerprint text NOT NULL, done_at timestamptz NOT NULL DEFAULT now())";
const filesTable =
  "CREATE TABLE IF NOT EXISTS aloft_exec_migrations (file text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";

/** Something that is done once a database, and recorded there only when it has succeeded. */
export function onceStep({ name, fingerprint, run }: OnceOptions): Step {
  return {
    isDone: async (session) => {
      const sql = "SELECT fingerprint FROM aloft_exec WHERE name = $1";
      const rows = await rowsOf<{ fingerprint: string }>(session, sql, [name]);
      return rows[0]?.fingerprint === fingerprint;
    },
    run: async (session, lost) => {
      await session.query(recordTable);
      await run(lost);
      await session.query(
        `INSERT INTO aloft_exec (name, fingerprint) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET fingerprint = $2, done_at = now()`,
        [name, fingerprint],
      );
    },
  };
}

export interface SqlFile {
  readonly file: string;
  readonly sql: string;
  /** SHA-256, in hexadecimal. */
  readonly checksum: string;
}

/** The `.sql` files of a folder, by name; none if there is no such folder. */
export function readSqlFiles(folder: string): readonly SqlFile[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
  return names.toSorted().map((file) => {
    const sql = readFileSync(join(folder, file), "utf8");
    return { file, sql, checksum: createHash("sha256").update(sql).digest("hex") };
  });
}

/**
 * Applies the files that the database lacks, in order, each with its record in one transaction.
 * @param onApply told of each.
 */
export function sqlFilesStep(files: readonly SqlFile[], onApply: (file: string) => void): Step {
  return {
    isDone: async (session) => (await pendingOf(session, files)).length === 0,
    run: async (session, lost) => {
      await session.query(filesTable);
      for (const file of await pendingOf(session, files)) {
        lost.throwIfAborted();
        onApply(file.file);
        await applyFile(session, file);
      }
    },
  };
}

/** @throws {IncompatibleError} a file was changed after it was applied, is gone, or sorts before one that was applied. */
async function pendingOf(session: Client, files: readonly SqlFile[]): Promise<readonly SqlFile[]> {
  const rows = await rowsOf<{ file: string; checksum: string }>(
    session,
    "SELECT file, checksum FROM aloft_exec_migrations",
    [],
  );
  const applied = rows.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const known = new Map(files.map(({ file, checksum }) => [file, checksum]));
  for (const { file, checksum } of applied) {
    const found = known.get(file);
    if (found === undefined) {
      throw new IncompatibleError(
        `The database has the migration ${file}, which is not here: it is newer than this program, or the file was ` +
          "removed. Nothing was changed. Start the newer program, or bring the file back.",
      );
    }
    if (found !== checksum) {
      throw new IncompatibleError(
        `The migration ${file} was changed after it was applied. Nothing was changed. Bring the file back, and put what ` +
          "is new into another one.",
      );
    }
  }
  const names = new Set(applied.map(({ file }) => file));
  const pending = files.filter(({ file }) => !names.has(file));
  const last = applied.at(-1)?.file;
  const late = pending.find(({ file }) => last !== undefined && file < last);
  if (late !== undefined) {
    throw new IncompatibleError(
      `The migration ${late.file} comes before ${last}, which was already applied. Nothing was changed. Give it a name ` +
        "that comes after.",
    );
  }
  return pending;
}

async function applyFile(session: Client, { file, sql, checksum }: SqlFile): Promise<void> {
  const migration = { id: 0, name: file, sql, checksum };
  const record = (): Promise<unknown> =>
    session.query("INSERT INTO aloft_exec_migrations (file, checksum) VALUES ($1, $2)", [file, checksum]);
  const whole = runsInTransaction(migration);
  try {
    if (whole) {
      await session.query("BEGIN");
      await session.query(sql);
      await record();
      await session.query("COMMIT");
    } else {
      for (const statement of statementsOf(migration)) await session.query(statement);
      await record();
    }
  } catch (error) {
    if (whole) await session.query("ROLLBACK").catch(() => undefined);
    if (sqlState(error) === undefined || error instanceof AloftError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const done = whole ? "Nothing of it was done" : "What comes before that statement in it was done";
    throw new IncompatibleError(`The migration ${file} failed: ${why}. ${done}; those before it were.`, {
      cause: error,
    });
  }
}

/** The rows; none while there is no such table. */
async function rowsOf<R extends Record<string, unknown>>(
  session: Client,
  sql: string,
  values: readonly unknown[],
): Promise<readonly R[]> {
  try {
    return (await session.query<R>(sql, [...values])).rows;
  } catch (error) {
    if (sqlState(error) === sqlStates.undefinedTable) return [];
    throw error;
  }
}
