import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { InvalidError, UnavailableError } from "@aloft/core/errors";
import { type Operation, type Page, type PageOptions, type SearchQuery, type Store } from "@aloft/core/ports/store";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { nearestByPages, planNearest, type AnyNearestQuery } from "@aloft/core/tables/nearest";
import { pageOf, planQuery, planScan, planSearch, type AnyQuery } from "@aloft/core/tables/pages";
import { checkLoad } from "@aloft/core/tables/load";
import { checkOperation, checkTransaction } from "@aloft/core/tables/transaction";
import { keyOf, valuesOf, type AnyItem } from "@aloft/core/tables/validate";
import type { Database } from "./sqlite-database.ts";
import { isBusy, translateError } from "./sqlite-errors.ts";
import { applyOperation, findLive, isLive, loadItem } from "./sqlite-operations.ts";
import { freezeDatabase } from "./sqlite-freeze.ts";
import { countItems, readQuery, readScan } from "./sqlite-pages.ts";
import type { StoredItem } from "./sqlite-rows.ts";
import { readSearch } from "./sqlite-search.ts";
import type { TableRows } from "./sqlite-table.ts";
import type { WriteQueue } from "./sqlite-writes.ts";
import { checkGetMany, singleWrites, uniqueAttributes, type Reads, type Writes } from "./store-methods.ts";

/** What a store is made of. */
export interface Engine {
  readonly database: Database;
  readonly writes: WriteQueue;
  readonly rows: ReadonlyMap<AnyTable, TableRows>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly busyTimeoutMs: number;
}

/** What works on the engine in the background. */
interface Upkeep {
  readonly maintain: () => Promise<void>;
  readonly stop: () => void;
}

export function makeStore(engine: Engine, { maintain, stop }: Upkeep): Store {
  const { database, writes } = engine;
  let closing: Promise<void> | undefined;
  const assertOpen = (): void => {
    if (closing !== undefined) throw new UnavailableError("The store is closed.");
  };
  const close = (): Promise<void> => {
    closing ??= (async () => {
      stop();
      await writes.drained();
      closeDatabase(database);
    })();
    return closing;
  };
  const store = {
    engine: "sqlite",
    ...readsOf(engine, assertOpen),
    ...writesOf(engine, assertOpen),
    freeze: async () => {
      assertOpen();
      return freezeDatabase(database.path);
    },
    maintain: async () => {
      assertOpen();
      await maintain();
    },
    check: async () => {
      assertOpen();
      await retried(engine, () => database.prepare('SELECT value FROM "$aloft" LIMIT 1').get(), assertOpen);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return store as unknown as Store;
}

function readsOf(engine: Engine, assertOpen: () => void): Reads {
  const { database, clock } = engine;
  const read = async <R>(table: AnyTable, run: (rows: TableRows, now: number) => R): Promise<R> => {
    assertOpen();
    const rows = rowsOf(engine, table);
    try {
      return run(rows, clock());
    } catch (error) {
      if (!isBusy(error)) throw translateError(error, database.path);
    }
    return retried(engine, () => run(rows, clock()), assertOpen);
  };
  const query = (table: AnyTable, given: AnyQuery): Promise<Page<StoredItem>> =>
    read(table, (_, now) => {
      const plan = planQuery(table, given);
      return pageOf(plan, readQuery(database, plan, now));
    });
  return {
    get: (table: AnyTable, key: AnyItem) => read(table, (rows, now) => getItem(rows, key, now)),
    getMany: (table: AnyTable, keys: readonly AnyItem[]) =>
      read(table, (rows, now) => {
        checkGetMany(keys);
        return keys.map((key) => getItem(rows, key, now));
      }),
    getUnique: (table: AnyTable, unique: string, values: AnyItem) =>
      read(table, (rows, now) => getByUnique(rows, unique, values, now)),
    query,
    search: (table: AnyTable, query: SearchQuery) =>
      read(table, (_, now) => {
        const plan = planSearch(table, query);
        return pageOf(plan, readSearch(database, plan, now));
      }),
    nearest: async (table: AnyTable, given: AnyNearestQuery) => {
      assertOpen();
      rowsOf(engine, table);
      return nearestByPages(planNearest(table, given), async (page) => {
        // Others are served between one page and the next.
        await turn();
        return query(table, page);
      });
    },
    estimate: (table: AnyTable) => read(table, (_, now) => countItems(database, table, now)),
    scan: (table: AnyTable, options: PageOptions = {}) =>
      read(table, (_, now) => {
        const plan = planScan(table, options);
        return pageOf(plan, readScan(database, plan, now));
      }),
  };
}

function writesOf(engine: Engine, assertOpen: () => void): Writes {
  const { writes, clock } = engine;
  const write = async (operation: Operation): Promise<StoredItem | undefined> => {
    assertOpen();
    const rows = rowsOf(engine, operation.table);
    const checked = checkOperation(operation);
    return writes.submit(() => applyOperation(rows, checked, { now: clock(), index: 0 }));
  };
  return {
    ...singleWrites(write),
    transact: async (operations: readonly Operation[]) => {
      assertOpen();
      const checked = checkTransaction(operations);
      const steps = checked.map((operation) => ({ operation, rows: rowsOf(engine, operation.table) }));
      if (steps.length === 0) return;
      const run = (): void => {
        const now = clock();
        for (const [index, { operation, rows }] of steps.entries()) applyOperation(rows, operation, { now, index });
      };
      await writes.submit(run, { undoable: steps.length > 1 });
    },
    load: async (table: AnyTable, items: readonly AnyItem[]) => {
      assertOpen();
      const rows = rowsOf(engine, table);
      const loaded = checkLoad(table, items);
      await writes.submit(() => loaded.forEach((item) => loadItem(rows, item)));
    },
  };
}

function rowsOf({ rows }: Engine, table: AnyTable): TableRows {
  const found = rows.get(table);
  if (found === undefined) throw new InvalidError(`The store was opened without the table "${table.name}".`);
  return found;
}

function getItem(rows: TableRows, key: AnyItem, now: number): StoredItem | undefined {
  const row = findLive(rows, keyOf(rows.table, key), now);
  return row === undefined ? undefined : rows.itemOf(row);
}

function getByUnique(rows: TableRows, unique: string, given: AnyItem, now: number): StoredItem | undefined {
  const { table } = rows;
  const attributes = uniqueAttributes(table, unique);
  const values = valuesOf(table, attributes, given);
  const row = values === undefined ? undefined : rows.findUnique(unique, values);
  return isLive(row, now) ? rows.itemOf(row) : undefined;
}

/** Waits and tries again while another process is in the way. */
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

function closeDatabase({ handle, path }: Database): void {
  try {
    handle.exec("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    if (!isBusy(error)) throw translateError(error, path);
  } finally {
    handle.close();
  }
}
