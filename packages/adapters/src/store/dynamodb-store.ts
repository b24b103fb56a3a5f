import { DescribeTableCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { InvalidCursorError, UnavailableError } from "@aloft/core/errors";
import { type Operation, type Page, type PageOptions, type SearchQuery, type Store } from "@aloft/core/ports/store";
import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import { checkLoad } from "@aloft/core/tables/load";
import { nearestByPages, planNearest, type AnyNearestQuery } from "@aloft/core/tables/nearest";
import { pageOf, planQuery, planScan, planSearch, type AnyQuery } from "@aloft/core/tables/pages";
import { checkOperation, checkTransaction, type CheckedOperation } from "@aloft/core/tables/transaction";
import { keyOf, valuesOf, type AnyItem } from "@aloft/core/tables/validate";
import type { DynamoEngine } from "./dynamodb-engine.ts";
import type { Gate } from "./dynamodb-freeze.ts";
import { loadItems } from "./dynamodb-load.ts";
import { readQuery, readScan } from "./dynamodb-pages.ts";
import type { TableSearch } from "./dynamodb-search.ts";
import { metaKey, metaTableNameOf } from "./dynamodb-specs.ts";
import { holderOf, isSameKey, uniqueKey, uniqueValue } from "./dynamodb-uniques.ts";
import { keyRowOf, type StoredItem } from "./dynamodb-values.ts";
import { perform } from "./dynamodb-writes.ts";
import { checkGetMany, singleWrites, uniqueAttributes, type Reads, type Writes } from "./store-methods.ts";

/** What a store is made of. */
export interface Parts {
  readonly engine: DynamoEngine;
  readonly gate: Gate;
  readonly searches: ReadonlyMap<AnyTable, TableSearch>;
  /** How long operations that others get in the way of are tried again. */
  readonly budgetMs: number;
  /** The SDK's errors as the port's. */
  readonly translate: (error: unknown) => unknown;
  readonly disconnect: () => void;
}

/** Runs a call while the store is open, and has closing wait for it. */
type Guard = <R>(run: () => Promise<R>) => Promise<R>;

export function makeStore(parts: Parts): Store {
  const { engine, gate, searches, translate, disconnect } = parts;
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  const guard: Guard = async (run) => {
    if (closing !== undefined) throw new UnavailableError("The store is closed.");
    const call = run();
    underWay.add(call);
    try {
      return await call;
    } catch (error) {
      throw translate(error);
    } finally {
      underWay.delete(call);
    }
  };
  const close = (): Promise<void> => {
    closing ??= (async () => {
      gate.stop();
      await Promise.allSettled(underWay);
      await Promise.all([...searches.values()].map((search) => search.close()));
      disconnect();
    })();
    return closing;
  };
  const meta = metaTableNameOf(engine.tablePrefix);
  const store = {
    engine: "dynamodb",
    ...readsOf(parts, guard),
    ...writesOf(parts, guard),
    freeze: () => guard(() => gate.freeze()),
    maintain: () =>
      guard(async () => {
        for (const search of searches.values()) await search.maintain();
      }),
    check: () =>
      guard(async () => {
        const command = new GetItemCommand({ TableName: meta, Key: { [metaKey]: { S: "schemaVersion" } } });
        await engine.send(command, { table: meta, idempotent: true });
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
  return store as unknown as Store;
}

function readsOf({ engine, searches }: Parts, guard: Guard): Reads {
  const known = (table: AnyTable): string => engine.tableName(table);
  const query = async (table: AnyTable, given: AnyQuery): Promise<Page<StoredItem>> => {
    known(table);
    const plan = planQuery(table, given);
    return pageOf(plan, await readQuery(engine, plan));
  };
  return {
    get: (table: AnyTable, key: AnyItem) => guard(() => getItem(engine, table, key)),
    getMany: (table: AnyTable, keys: readonly AnyItem[]) => guard(() => getItems(engine, table, keys)),
    getUnique: (table: AnyTable, unique: string, values: AnyItem) =>
      guard(() => getByUnique(engine, table, unique, values)),
    query: (table: AnyTable, given: AnyQuery) => guard(() => query(table, given)),
    nearest: (table: AnyTable, given: AnyNearestQuery) =>
      guard(async () => {
        known(table);
        return nearestByPages(planNearest(table, given), (page) => query(table, page));
      }),
    search: (table: AnyTable, query: SearchQuery) =>
      guard(async () => {
        known(table);
        const plan = planSearch(table, query);
        const search = searches.get(table);
        if (search === undefined) throw new UnavailableError(`The table "${table.name}" cannot be searched.`);
        return pageOf(plan, await search.search(plan));
      }),
    scan: (table: AnyTable, options: PageOptions = {}) =>
      guard(async () => {
        known(table);
        const plan = planScan(table, options);
        if (plan.position?.side === "before") {
          throw new InvalidCursorError("DynamoDB scans a table forward only: start again without a cursor.");
        }
        return { ...pageOf(plan, await readScan(engine, plan)), previous: undefined };
      }),
    estimate: (table: AnyTable) =>
      guard(async () => {
        const TableName = known(table);
        const { Table } = await engine.send(new DescribeTableCommand({ TableName }), {
          table: TableName,
          idempotent: true,
        });
        return Table?.ItemCount ?? 0;
      }),
  };
}

function writesOf({ engine, gate, searches, budgetMs }: Parts, guard: Guard): Writes {
  const wrote = (operation: CheckedOperation, item: StoredItem | undefined): void => {
    const search = searches.get(operation.table);
    if (search === undefined || operation.kind === "check") return;
    if (item !== undefined) search.wrote({ item });
    else if (operation.kind === "delete") {
      search.wrote({ deleted: keyItem(operation.table, operation.key) });
    }
  };
  const run = async (checked: readonly CheckedOperation[]): Promise<(StoredItem | undefined)[]> => {
    const results = await perform({ engine, budgetMs, admit: gate.enter }, checked);
    for (const [i, operation] of checked.entries()) {
      const { table, key } = operation;
      const unseen = checked.length > 1 && results[i] === undefined && changesSearch(operation);
      const item = unseen ? await getItem(engine, table, keyItem(table, key)) : results[i];
      wrote(operation, item);
    }
    return results;
  };
  const write = (operation: Operation): Promise<StoredItem | undefined> =>
    guard(async () => {
      engine.tableName(operation.table);
      const [result] = await run([checkOperation(operation)]);
      return result;
    });
  return {
    ...singleWrites(write),
    transact: (operations: readonly Operation[]) =>
      guard(async () => {
        const checked = checkTransaction(operations);
        for (const { table } of checked) engine.tableName(table);
        if (checked.length > 0) await run(checked);
      }),
    load: (table: AnyTable, items: readonly AnyItem[]) =>
      guard(async () => {
        engine.tableName(table);
        const checked = checkLoad(table, items);
        await loadItems({ engine, admit: gate.enter }, table, checked);
        for (const { item, version } of checked) searches.get(table)?.wrote({ item: { ...item, version } });
      }),
  };
}

/** A transaction gives back no items. What it may have changed of what is searched has to be read. */
function changesSearch(operation: CheckedOperation): boolean {
  const { search } = operation.table;
  if (search === undefined) return false;
  if (operation.kind !== "update") return operation.kind === "put";
  const { set, remove, add } = operation.change;
  const searched = new Set<string | undefined>([...search.text, search.scope, search.newest]);
  return [...Object.keys(set), ...remove, ...Object.keys(add)].some((attribute) => searched.has(attribute));
}

function keyItem(table: AnyTable, key: readonly KeyValue[] | undefined): AnyItem {
  return Object.fromEntries(table.key.map((name, i) => [name, key?.[i]]));
}

async function getItem(engine: DynamoEngine, table: AnyTable, key: AnyItem): Promise<StoredItem | undefined> {
  const name = engine.tableName(table);
  const values = keyOf(table, key);
  if (values === undefined) return undefined;
  const command = new GetItemCommand({ TableName: name, Key: keyRowOf(table, values), ConsistentRead: true });
  return engine.fromRow(table, (await engine.send(command, { table: name, idempotent: true })).Item);
}

async function getItems(
  engine: DynamoEngine,
  table: AnyTable,
  keys: readonly AnyItem[],
): Promise<(StoredItem | undefined)[]> {
  engine.tableName(table);
  checkGetMany(keys);
  const possible = [...keys.entries()].filter(([, key]) => keyOf(table, key) !== undefined);
  const found = await engine.getRows(
    table,
    possible.map(([, key]) => key),
  );
  const items: (StoredItem | undefined)[] = keys.map(() => undefined);
  for (const [at, [i]] of possible.entries()) items[i] = found[at];
  return items;
}

const lookAttempts = 10;

/** Looks up the holder, then reads it. If it has lost the value in the meantime, somebody else may have it. */
async function getByUnique(
  engine: DynamoEngine,
  table: AnyTable,
  unique: string,
  given: AnyItem,
): Promise<StoredItem | undefined> {
  engine.tableName(table);
  const attributes = uniqueAttributes(table, unique);
  const values = valuesOf(table, attributes, given);
  if (values === undefined) return undefined;
  const value = uniqueValue(engine.tablePrefix, table, unique, values);
  const command = new GetItemCommand({ TableName: value.name, Key: uniqueKey(value), ConsistentRead: true });
  for (let attempt = 0; attempt < lookAttempts; attempt++) {
    const { Item } = await engine.send(command, { table: value.name, idempotent: true });
    const holder = holderOf(Item, engine.clock());
    if (holder === undefined) return undefined;
    const item = await getItem(engine, table, keyItem(table, holder));
    if (
      item !== undefined &&
      isSameKey(
        attributes.map((name) => item[name] as string),
        values,
      )
    )
      return item;
  }
  return undefined;
}
