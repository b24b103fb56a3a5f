import type { Store } from "@aloft/core/ports/store";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { openDatabase, type Database } from "./sqlite-database.ts";
import { translateError } from "./sqlite-errors.ts";
import { sweepExpired } from "./sqlite-operations.ts";
import { migrate } from "./sqlite-schema.ts";
import { makeStore, type Engine } from "./sqlite-store.ts";
import { tableRows } from "./sqlite-table.ts";
import { writeQueue } from "./sqlite-writes.ts";

export interface SqliteStoreOptions {
  /** The database file; it and its folder are made if they are not there. `:memory:` keeps all in memory. */
  readonly path: string;
  /** Every table that is used; the file is made to fit them. */
  readonly tables: readonly AnyTable[];
  /** The number of these declarations. A file of a higher number was written by newer code and is refused. */
  readonly schemaVersion: number;
  /** What expiry goes by. Default: the system's clock. */
  readonly now?: () => Date;
  /** How long to try while another process is writing. Default 5,000. */
  readonly busyTimeoutMs?: number;
  /** Whether expired items are removed by and by; otherwise only `maintain` removes them. Default true. */
  readonly upkeep?: boolean;
  /** How often. Default one minute. */
  readonly sweepIntervalMs?: number;
  /** Told, after each commit, how many writes shared it. */
  readonly onCommit?: (writes: number) => void;
}

const minuteMs = 60_000;
const sweepItems = 200;

/**
 * Portable tables in one SQLite file, in the write-ahead log mode with every commit forced to the disk. Calls run on
 * the thread of the caller; writes that wait at the same time share a commit. Other processes may open the file too.
 * @throws {IncompatibleError} the file is damaged, not Aloft's, of newer code, or its items do not fit the tables.
 *   It was left as it was.
 * @throws {StorageFullError} the file cannot be written.
 * @throws {UnavailableError} the file cannot be opened.
 * @see https://www.sqlite.org/wal.html
 */
export async function sqliteStore(options: SqliteStoreOptions): Promise<Store> {
  return storeOn(openDatabase(options.path), options);
}

/** As {@link sqliteStore}, on a database that was opened already and that the store closes. */
export function storeOn(database: Database, options: SqliteStoreOptions): Store {
  const { tables, schemaVersion, now = () => new Date(), busyTimeoutMs = 5000 } = options;
  try {
    migrate(database, { tables, schemaVersion, now: now() });
    database.handle.exec("PRAGMA busy_timeout = 0");
  } catch (error) {
    database.handle.close();
    throw translateError(error, database.path);
  }
  const writes = writeQueue(database, { busyTimeoutMs, onCommit: options.onCommit });
  const rows = new Map(tables.map((table) => [table, tableRows(database, table)]));
  const engine = { database, writes, rows, clock: () => now().getTime(), busyTimeoutMs };
  const maintain = (): Promise<void> => sweep(engine);
  if (options.upkeep === false) return makeStore(engine, { maintain, stop: () => undefined });
  // What keeps a sweep from its work keeps writers from theirs, and they are told; the next sweep tries again.
  const upkeep = () => void maintain().catch(() => undefined);
  const sweeper = setInterval(upkeep, options.sweepIntervalMs ?? minuteMs).unref();
  return makeStore(engine, { maintain, stop: () => clearInterval(sweeper) });
}

async function sweep({ rows, writes, clock }: Engine): Promise<void> {
  for (const one of rows.values()) {
    if (one.table.expires === undefined) continue;
    while ((await writes.submit(() => sweepExpired(one, clock(), sweepItems))) === sweepItems);
  }
}
