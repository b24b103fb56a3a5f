import { ConflictError, NotFoundError } from "@aloft/core/errors";
import type { AnyCondition } from "@aloft/core/ports/store";
import { applyChange } from "@aloft/core/tables/change";
import { conditionHolds } from "@aloft/core/tables/condition";
import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import type { LoadedItem } from "@aloft/core/tables/load";
import type { CheckedOperation } from "@aloft/core/tables/transaction";
import type { AnyItem } from "@aloft/core/tables/validate";
import { bytesAtMost, type Row, type StoredItem } from "./sqlite-rows.ts";
import type { TableRows } from "./sqlite-table.ts";

/** When an operation happens, and at which place in its transaction. */
interface Moment {
  readonly now: number;
  readonly index: number;
}

/**
 * Does what the operation says, within a transaction that the caller holds. If it is refused it has changed nothing
 * that can be seen: expired rows that were in its way may be gone.
 */
export function applyOperation(rows: TableRows, operation: CheckedOperation, moment: Moment): StoredItem | undefined {
  if (operation.kind === "create") return insert(rows, operation.item, moment);
  const row = findLive(rows, operation.key, moment.now);
  const before = required(rows, row, operation.if, moment);
  if (operation.kind === "put" && (row === undefined || before === undefined)) {
    return insert(rows, operation.item, moment);
  }
  if (row === undefined || before === undefined) {
    if (operation.kind !== "update") return undefined;
    throw new NotFoundError(`There is no item of "${rows.table.name}" with this key.`);
  }
  switch (operation.kind) {
    case "put":
      return replace(rows, row, before, operation.item, moment);
    case "update": {
      const { version: _, ...item } = before;
      const changed = applyChange(rows.table, item, operation.change, bytesAtMost(row.values, rows.table));
      return replace(rows, row, before, changed, moment);
    }
    case "delete":
      rows.remove(row);
      return undefined;
    default:
      return undefined;
  }
}

/** Puts the item there as it is, in the place of whatever has its key or one of its unique values. */
export function loadItem(rows: TableRows, { key, item, version }: LoadedItem): void {
  if (rows.insert(item, version)) return;
  const row = rows.find(key);
  for (const [unique, names] of Object.entries(rows.table.unique)) {
    if (names.some((name) => item[name] === undefined)) continue;
    const holder = rows.findUnique(unique, valuesAt(item, names));
    if (holder !== undefined && holder.id !== row?.id) rows.remove(holder);
  }
  const stored = row === undefined ? rows.insert(item, version) : rows.replace(row, rows.itemOf(row), item, version);
  if (!stored) throw unexplained(rows.table);
}

/** The row with this key, unless it has expired. */
export function findLive(rows: TableRows, key: readonly KeyValue[] | undefined, now: number): Row | undefined {
  const row = key === undefined ? undefined : rows.find(key);
  return isLive(row, now) ? row : undefined;
}

export function isLive(row: Row | undefined, now: number): row is Row {
  return row !== undefined && (row.expires === null || row.expires > now);
}

/** Removes up to `limit` expired rows, and tells how many they were. */
export function sweepExpired(rows: TableRows, now: number, limit: number): number {
  const expired = rows.expired(now, limit);
  expired.forEach(rows.remove);
  return expired.length;
}

/** The item of the row, of which the condition must hold if there is one. */
function required(
  rows: TableRows,
  row: Row | undefined,
  condition: AnyCondition | undefined,
  { index }: Moment,
): StoredItem | undefined {
  const item = row === undefined ? undefined : rows.itemOf(row);
  if (condition === undefined || conditionHolds(condition, item)) return item;
  const { name } = rows.table;
  const why = item === undefined ? "there is no item with this key" : "the condition does not hold";
  throw new ConflictError(`The item of "${name}" was not changed: ${why}.`, {
    reason: "condition",
    table: name,
    operation: index,
  });
}

function insert(rows: TableRows, item: AnyItem, moment: Moment): StoredItem {
  if (!rows.insert(item, 1)) {
    const { table } = rows;
    const holder = rows.find(valuesAt(item, table.key));
    if (isLive(holder, moment.now)) {
      const message = `There is already an item of "${table.name}" with this key.`;
      throw new ConflictError(message, { reason: "exists", table: table.name, operation: moment.index });
    }
    if (holder !== undefined) rows.remove(holder);
    freeUniques(rows, item, undefined, moment);
    if (!rows.insert(item, 1)) throw unexplained(table);
  }
  return { ...item, version: 1 };
}

function replace(rows: TableRows, row: Row, before: StoredItem, item: AnyItem, moment: Moment): StoredItem {
  const version = before.version + 1;
  if (!rows.replace(row, before, item, version)) {
    freeUniques(rows, item, row.id, moment);
    if (!rows.replace(row, before, item, version)) throw unexplained(rows.table);
  }
  return { ...item, version };
}

/** Removes expired rows that hold unique values of the item. Throws if a live one does. */
function freeUniques(rows: TableRows, item: AnyItem, own: number | undefined, { now, index }: Moment): void {
  const { table } = rows;
  for (const [unique, names] of Object.entries(table.unique)) {
    if (names.some((name) => item[name] === undefined)) continue;
    const holder = rows.findUnique(unique, valuesAt(item, names));
    if (holder === undefined || holder.id === own) continue;
    if (isLive(holder, now)) {
      const message = `Another item of "${table.name}" has this ${names.join(", ")}.`;
      throw new ConflictError(message, { reason: "unique", table: table.name, operation: index, unique });
    }
    rows.remove(holder);
  }
}

function unexplained({ name }: AnyTable): Error {
  return new Error(`An item of "${name}" could be neither stored nor refused.`);
}

function valuesAt(item: AnyItem, attributes: readonly string[]): KeyValue[] {
  return attributes.map((attribute) => item[attribute] as KeyValue);
}
