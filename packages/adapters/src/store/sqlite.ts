import { InvalidError, TooLargeError, UnavailableError } from "@aloft/core/errors";
import { op, storeLimits, type Operation, type Store } from "@aloft/core/ports/store";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { pageOf, planQuery, planScan, planSearch } from "@aloft/core/tables/pages";
import { checkOperation, checkTransaction } from "@aloft/core/tables/transaction";
import { keyOf, valuesOf } from "@aloft/core/tables/validate";
import { setTimeout as delay } from "node:timers/promises";
import { openDatabase, type Database } from "./sqlite-database.ts";
import { isBusy, translateError } from "./sqlite-errors.ts";
import { layoutOf } from "./sqlite-layout.ts";
import { readQuery, readScan } from "./sqlite-pages.ts";
import { migrate } from "./sqlite-schema.ts";
import { readSearch } from "./sqlite-search.ts";
import type { StoredItem } from "./sqlite-rows.ts";
import { tableAccess, type TableAccess } from "./sqlite-table.ts";
import { writeQueue, type WriteQueue } from "./sqlite-writes.ts";

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
  /** How often expired items are removed. Default one minute. */
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
  const accesses = new Map(tables.map((table) => [table, tableAccess(database, layoutOf(table))]));
  const clock = (): number => now().getTime();
  const sweeper = startSweeping(accesses, writes, clock, options.sweepIntervalMs ?? minuteMs);
  return storeOf({ database, writes, accesses, clock, busyTimeoutMs, stop: () => clearInterval(sweeper) });
}

interface Engine {
  readonly database: Database;
  readonly writes: WriteQueue;
  readonly accesses: ReadonlyMap<AnyTable, TableAccess>;
  readonly clock: () => number;
  readonly busyTimeoutMs: number;
  readonly stop: () => void;
}

function storeOf(engine: Engine): Store {
  const { database, writes, clock } = engine;
  let closing: Promise<void> | undefined;

  const accessTo = (table: AnyTable): TableAccess => {
    const access = engine.accesses.get(table);
    if (access === undefined) throw new InvalidError(`The store was opened without the table "${table.name}".`);
    return access;
  };
  const assertOpen = (): void => {
    if (closing !== undefined) throw new UnavailableError("The store is closed.");
  };
  const read = async <R>(table: AnyTable, run: (access: TableAccess, now: number) => R): Promise<R> => {
    assertOpen();
    const access = accessTo(table);
    try {
      return run(access, clock());
    } catch (error) {
      if (!isBusy(error)) throw translateError(error, database.path);
    }
    return retried(engine, () => run(access, clock()), assertOpen);
  };
  const write = async (operation: Operation): Promise<StoredItem | undefined> => {
    assertOpen();
    const access = accessTo(operation.table);
    const checked = checkOperation(operation);
    return writes.submit(() => access.apply(checked, 0, clock()));
  };
  const close = async (): Promise<void> => {
    engine.stop();
    await writes.drained();
    closeDatabase(database);
  };

  const store = {
    engine: "sqlite",
    get: (table: AnyTable, key: StoredItem) =>
      read(table, (access, now) => {
        const values = keyOf(table, key);
        return values === undefined ? undefined : access.get(values, now);
      }),
    getMany: (table: AnyTable, keys: readonly StoredItem[]) =>
      read(table, (access, now) => {
        if (keys.length > storeLimits.maxGetMany) {
          throw new TooLargeError(`At most ${storeLimits.maxGetMany} items can be got at once, not ${keys.length}.`);
        }
        return keys.map((key) => {
          const values = keyOf(table, key);
          return values === undefined ? undefined : access.get(values, now);
        });
      }),
    getUnique: (table: AnyTable, unique: string, given: StoredItem) =>
      read(table, (access, now) => {
        const attributes = table.unique[unique];
        if (attributes === undefined) {
          throw new InvalidError(`The table "${table.name}" has no unique constraint "${unique}".`);
        }
        const values = valuesOf(table, attributes, given);
        return values === undefined ? undefined : access.getUnique(unique, values, now);
      }),
    query: (table: AnyTable, query: Parameters<typeof planQuery>[1]) =>
      read(table, (_, now) => {
        const plan = planQuery(table, query);
        return pageOf(plan, readQuery(database, plan, now));
      }),
    search: (table: AnyTable, query: Parameters<typeof planSearch>[1]) =>
      read(table, (_, now) => {
        const plan = planSearch(table, query);
        return pageOf(plan, readSearch(database, plan, now));
      }),
    scan: (table: AnyTable, options: Parameters<typeof planScan>[1] = {}) =>
      read(table, (_, now) => {
        const plan = planScan(table, options);
        return pageOf(plan, readScan(database, plan, now));
      }),
    create: (table: AnyTable, item: StoredItem) => write(op.create(table, item)),
    put: (table: AnyTable, item: StoredItem, options?: object) => write(op.put(table, item, options)),
    update: (table: AnyTable, key: StoredItem, change: object, options?: object) =>
      write(op.update(table, key, change, options)),
    delete: async (table: AnyTable, key: StoredItem, options?: object) => {
      await write(op.delete(table, key, options));
    },
    transact: async (operations: readonly Operation[]) => {
      assertOpen();
      const steps = checkTransaction(operations).map((operation) => ({ operation, access: accessTo(operation.table) }));
      if (steps.length === 0) return;
      await writes.submit(
        () => {
          const now = clock();
          for (const [i, { operation, access }] of steps.entries()) access.apply(operation, i, now);
        },
        { undoable: steps.length > 1 },
      );
    },
    check: async () => {
      assertOpen();
      await retried(engine, () => database.prepare('SELECT value FROM "$aloft" LIMIT 1').get(), assertOpen);
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
  return store as unknown as Store;
}

/** Reads at once; waits and tries again only if another process is in the way. */
async function retried<R>({ database, busyTimeoutMs }: Engine, run: () => R, assertOpen: () => void): Promise<R> {
  const until = performance.now() + busyTimeoutMs;
  for (let waitMs = 1; ; waitMs = Math.min(50, waitMs * 2)) {
    try {
      return run();
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw translateError(error, database.path);
    }
    await delay(waitMs);
    assertOpen();
  }
}

function startSweeping(
  accesses: ReadonlyMap<AnyTable, TableAccess>,
  writes: WriteQueue,
  clock: () => number,
  intervalMs: number,
): NodeJS.Timeout {
  const expiring = [...accesses].filter(([table]) => table.expires !== undefined).map(([, access]) => access);
  const sweep = async (): Promise<void> => {
    for (const access of expiring) {
      while ((await writes.submit(() => access.sweep(clock(), sweepItems))) === sweepItems);
    }
  };
  return setInterval(() => void sweep().catch(() => undefined), intervalMs).unref();
}

function closeDatabase({ handle, path }: Database): void {
  try {
    handle.exec("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    if (!isBusy(error)) throw translateError(error, path);
  } finally {
    handle.close();
  }
}
