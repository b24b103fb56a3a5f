import { accessSync, chmodSync, closeSync, constants, existsSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { IncompatibleError, StorageFullError, UnavailableError } from "@aloft/core/errors";
import { makeFolder } from "./folder.ts";
import { damaged, isBusy, translateError } from "./sqlite-errors.ts";

/** Marks a database as Aloft's: "Alof" in ASCII. @see https://www.sqlite.org/pragma.html#pragma_application_id */
const applicationId = 0x416c6f66;
/** SQLite takes what is shorter for a new database. @see https://www.sqlite.org/fileformat.html#the_database_header */
const headerBytes = 100;
/** Far more than a program has kinds of pages; only one that varies their limits comes here. */
const maxStatements = 2000;
const cacheKilobytes = 64 * 1024;
/** 32 MB of 8 KB pages: fewer checkpoints than the default, and a log that still fits in memory. */
const checkpointPages = 4096;
/** While opening, SQLite may wait for another process; from then on waiting must not stop the event loop. */
const openTimeoutMs = 5000;
const checkedAtOpenBytes = 16 * 1024 * 1024;

/** Not a file: the database is gone when it is closed. */
export const memoryPath = ":memory:";

/** A database with its statements prepared once each. */
export interface Database {
  readonly path: string;
  readonly handle: DatabaseSync;
  /** Rows come as arrays. */
  readonly prepare: (sql: string) => StatementSync;
  /** As `prepare`, for SQL that takes long to put together: it is asked for once a key. */
  readonly prepareOnce: (key: string, sql: () => string) => StatementSync;
}

/**
 * Opens the file, or makes it, readable by its owner alone.
 * @throws {IncompatibleError} it is no database of Aloft's, or is damaged; it was left untouched.
 * @throws {StorageFullError} it cannot be written.
 * @throws {UnavailableError} it cannot be read.
 */
export function openDatabase(path: string): Database {
  createPrivately(path);
  const handle = connect(path);
  try {
    checkOwn(handle, path);
    const inMemory = path === memoryPath;
    if (!inMemory && pragma(handle, "journal_mode = WAL") !== "wal") throw new UnavailableError(noSharedMemory(path));
    handle.exec(
      `PRAGMA synchronous = FULL; PRAGMA cache_size = -${cacheKilobytes};
       PRAGMA wal_autocheckpoint = ${checkpointPages}; PRAGMA temp_store = MEMORY;`,
    );
    checkWritable(handle);
  } catch (error) {
    handle.close();
    throw translateError(error, path);
  }
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = handle.prepare(sql);
      statement.setReturnArrays(true);
      if (statements.size >= maxStatements) statements.clear();
      statements.set(sql, statement);
    }
    return statement;
  };
  const keyed = new Map<string, StatementSync>();
  const prepareOnce = (key: string, sql: () => string): StatementSync => {
    let statement = keyed.get(key);
    if (statement === undefined) {
      statement = prepare(sql());
      if (keyed.size >= maxStatements) keyed.clear();
      keyed.set(key, statement);
    }
    return statement;
  };
  return { path, handle, prepare, prepareOnce };
}

/**
 * SQLite gives its log and index files the mode of the database file. An existing file is not opened here: closing it
 * would drop the locks that this process may hold on it.
 */
function createPrivately(path: string): void {
  if (path === memoryPath) return;
  try {
    makeFolder(dirname(path));
    if (!existsSync(path)) closeSync(openSync(path, "wx", 0o600));
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    accessSync(path, constants.R_OK | constants.W_OK);
    const file = statSync(path);
    if (!file.isFile()) throw new UnavailableError(`${path} is no file. Give the path of the database file.`);
    const { mode, size } = file;
    if ((mode & 0o077) !== 0) chmodSync(path, 0o600);
    if (size > 0 && size < headerBytes) throw damaged(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

function connect(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: openTimeoutMs });
  } catch (error) {
    throw translateError(error, path);
  }
}

function fileError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return error;
  const options = { cause: error };
  if (error.code === "ENOSPC" || error.code === "EDQUOT") {
    return new StorageFullError(`The disk for ${path} is full. Free some space.`, options);
  }
  if (error.code === "EACCES" || error.code === "EPERM" || error.code === "EROFS") {
    return new StorageFullError(
      `${path} cannot be written: it, its folder or its disk is read-only, or belongs to another user.`,
      options,
    );
  }
  return new UnavailableError(`${path} cannot be opened: ${error.message}.`, options);
}

function noSharedMemory(path: string): string {
  return `${path} is on a disk that processes cannot share memory through, such as a network drive. Give another path.`;
}

function checkOwn(handle: DatabaseSync, path: string): void {
  const found = pragma(handle, "application_id");
  const objects = handle.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"];
  if (found !== applicationId) {
    if (found !== 0 || objects !== 0) {
      throw new IncompatibleError(`${path} is a database of another program. It was left as it is. Give another path.`);
    }
    handle.exec(`PRAGMA page_size = 8192; PRAGMA application_id = ${applicationId}`);
    return;
  }
  if (Number(pragma(handle, "page_count")) * Number(pragma(handle, "page_size")) > checkedAtOpenBytes) return;
  const fault = pragma(handle, "quick_check(1)");
  if (fault !== "ok") throw damaged(path, new Error(String(fault)));
}

/** SQLite opens what it may not write for reading alone, without a word. */
function checkWritable(handle: DatabaseSync): void {
  try {
    handle.exec(`BEGIN IMMEDIATE; PRAGMA application_id = ${applicationId}; ROLLBACK`);
  } catch (error) {
    if (handle.isTransaction) handle.exec("ROLLBACK");
    if (!isBusy(error)) throw error;
  }
}

function pragma(handle: DatabaseSync, command: string): unknown {
  return Object.values(handle.prepare(`PRAGMA ${command}`).get() ?? {})[0];
}
