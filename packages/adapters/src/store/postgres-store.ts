import { InvalidError, UnavailableError } from "@aloft/core/errors";
import {
  type Freeze,
  type Operation,
  type Page,
  type PageOptions,
  type SearchQuery,
  type Store,
} from "@aloft/core/ports/store";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { checkLoad } from "@aloft/core/tables/load";
import { planNearest, type AnyNearestQuery } from "@aloft/core/tables/nearest";
import { pageOf, planQuery, planScan, planSearch, type AnyQuery } from "@aloft/core/tables/pages";
import { checkOperation, checkTransaction } from "@aloft/core/tables/transaction";
import { keyOf, valuesOf, type AnyItem } from "@aloft/core/tables/validate";
import { read, type Engine } from "./postgres-engine.ts";
import { loadItems } from "./postgres-load.ts";
import { findNearest } from "./postgres-nearest.ts";
import { performAll, performOne } from "./postgres-operations.ts";
import {
  estimateSql,
  getManySql,
  getSql,
  getUniqueSql,
  querySql,
  scanSql,
  searchSql,
  type Reading,
} from "./postgres-pages.ts";
import type { Statement } from "./postgres-connection.ts";
import { codecOf, type StoredItem } from "./postgres-rows.ts";
import { checkGetMany, singleWrites, uniqueAttributes, type Reads, type Writes } from "./store-methods.ts";

/** What a store does beside reading and writing. */
interface Upkeep {
  readonly maintain: () => Promise<void>;
  readonly freeze: () => Promise<Freeze>;
  readonly stop: () => void;
}

export function makeStore(engine: Engine, { maintain, freeze, stop }: Upkeep): Store {
  let closing: Promise<void> | undefined;
  const underWay = new Set<Promise<unknown>>();
  const assertOpen = (): void => {
    if (closing !== undefined) throw new UnavailableError("The store is closed.");
  };
  const whileOpen = async <R>(run: () => Promise<R>): Promise<R> => {
    assertOpen();
    const running = run();
    underWay.add(running);
    try {
      return await running;
    } finally {
      underWay.delete(running);
    }
  };
  const close = (): Promise<void> => {
    closing ??= (async () => {
      stop();
      await Promise.allSettled(underWay);
      await engine.connections.close();
    })();
    return closing;
  };
  const guarded = Object.entries({ ...readsOf(engine), ...writesOf(engine) }).map(([name, method]) => [
    name,
    (...given: unknown[]) => whileOpen(async () => (method as (...all: unknown[]) => Promise<unknown>)(...given)),
  ]);
  const methods: Readonly<Record<string, unknown>> = {
    engine: "postgres",
    ...Object.fromEntries(guarded),
    freeze: () => whileOpen(freeze),
    maintain: () => whileOpen(maintain),
    check: () => whileOpen(async () => void (await read(engine, { statements: [{ text: "SELECT 1", values: [] }] }))),
    close,
    [Symbol.asyncDispose]: close,
  };
  return methods as unknown as Store;
}

function readsOf(engine: Engine): Reads {
  const rows = async (
    table: AnyTable,
    statements: (reading: Reading) => readonly Statement[],
  ): Promise<StoredItem[]> => {
    const found = await read(engine, { statements: statements({ tenant: engine.tenant, now: engine.clock() }) });
    return found.map(codecOf(table).decode);
  };
  const query = async (table: AnyTable, given: AnyQuery): Promise<Page<StoredItem>> => {
    known(engine, table);
    const plan = planQuery(table, given);
    return pageOf(plan, plan.empty ? [] : await rows(table, (reading) => [querySql(plan, reading)]));
  };
  return {
    get: async (table: AnyTable, given: AnyItem) => {
      known(engine, table);
      const key = keyOf(table, given);
      return key === undefined ? undefined : (await rows(table, (reading) => [getSql(table, key, reading)]))[0];
    },
    getMany: async (table: AnyTable, given: readonly AnyItem[]) => {
      known(engine, table);
      checkGetMany(given);
      const keys = given.map((key) => keyOf(table, key));
      const possible = new Map(keys.flatMap((key) => (key === undefined ? [] : [[JSON.stringify(key), key] as const])));
      if (possible.size === 0) return keys.map(() => undefined);
      const items = await rows(table, (reading) => [getManySql(table, [...possible.values()], reading)]);
      const byKey = new Map(items.map((item) => [JSON.stringify(table.key.map((name) => item[name])), item]));
      return keys.map((key) => (key === undefined ? undefined : copyOf(byKey.get(JSON.stringify(key)))));
    },
    getUnique: async (table: AnyTable, unique: string, given: AnyItem) => {
      known(engine, table);
      const names = uniqueAttributes(table, unique);
      const values = valuesOf(table, names, given);
      return values === undefined
        ? undefined
        : (await rows(table, (now) => [getUniqueSql(table, names, values, now)]))[0];
    },
    query,
    nearest: async (table: AnyTable, given: AnyNearestQuery) => {
      known(engine, table);
      return findNearest(engine, planNearest(table, given), (page) => query(table, page));
    },
    search: async (table: AnyTable, query: SearchQuery) => {
      known(engine, table);
      const plan = planSearch(table, query);
      const nothing = plan.words.length === 0 || plan.scopes.length === 0;
      return pageOf(plan, nothing ? [] : await rows(table, (reading) => searchSql(plan, reading)));
    },
    scan: async (table: AnyTable, options: PageOptions = {}) => {
      known(engine, table);
      const plan = planScan(table, options);
      return pageOf(plan, await rows(table, (reading) => [scanSql(plan, reading)]));
    },
    estimate: async (table: AnyTable) => {
      known(engine, table);
      const [row] = await read(engine, { statements: [estimateSql(table, engine.tenant)] });
      return Number(row?.[0] ?? 0);
    },
  };
}

function writesOf(engine: Engine): Writes {
  const write = async (operation: Operation): Promise<StoredItem | undefined> => {
    known(engine, operation.table);
    return performOne(engine, checkOperation(operation));
  };
  return {
    ...singleWrites(write),
    transact: async (operations: readonly Operation[]) => {
      const checked = checkTransaction(operations);
      for (const { table } of checked) known(engine, table);
      const [only] = checked;
      if (checked.length > 1) await performAll(engine, checked);
      else if (only !== undefined) await performOne(engine, only);
    },
    load: async (table: AnyTable, items: readonly AnyItem[]) => {
      known(engine, table);
      await loadItems(engine, table, checkLoad(table, items));
    },
  };
}

function known({ tables }: Engine, table: AnyTable): void {
  if (!tables.has(table)) throw new InvalidError(`The store was opened without the table "${table.name}".`);
}

/** Keys may be given twice; what comes back shares nothing. */
function copyOf(item: StoredItem | undefined): StoredItem | undefined {
  return item === undefined ? undefined : structuredClone(item);
}
