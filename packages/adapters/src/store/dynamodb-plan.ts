import { ConflictError, NotFoundError } from "@aloft/core/errors";
import { applyChange } from "@aloft/core/tables/change";
import { conditionHolds } from "@aloft/core/tables/condition";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { itemBytes } from "@aloft/core/tables/size";
import type { CheckedOperation } from "@aloft/core/tables/transaction";
import type { AnyItem } from "@aloft/core/tables/validate";
import {
  change,
  changeOf,
  check,
  checkAbsent,
  creation,
  deletion,
  deletionOf,
  replacement,
  replacementOf,
  type Action,
  type Target,
} from "./dynamodb-actions.ts";
import { holderOf, uniqueAction, uniqueChanges, uniqueValuesOf, type UniqueStep } from "./dynamodb-uniques.ts";
import { fromRow, keyRowOf, type Row, type StoredItem } from "./dynamodb-values.ts";

/** What is known of the row an operation is about. */
export interface Known {
  /** Undefined if there is none. */
  readonly row: Row | undefined;
}

/** What is known of what is stored, before operations are done. */
export interface Knowledge {
  readonly rows: ReadonlyMap<number, Known>;
  /** Rows of unique values, where they were read. */
  readonly uniques: readonly (readonly [value: UniqueStep["value"], row: Row | undefined])[];
}

export interface PlannedAction {
  readonly action: Action;
  readonly operation: number;
  /** The unique value it is about, if it is not about the operation's item. */
  readonly unique: UniqueStep | undefined;
}

export interface Plan {
  readonly actions: readonly PlannedAction[];
  /** What the operations come to, where it is known before they are done. */
  readonly results: readonly (StoredItem | undefined)[];
}

interface Planned {
  readonly action?: Action;
  readonly before?: StoredItem | undefined;
  readonly after?: AnyItem;
  readonly result?: StoredItem;
}

export interface Names {
  readonly tablePrefix: string;
  readonly tableName: (table: AnyTable) => string;
}

/**
 * What to send for the operations, given what is known.
 * @throws {AloftError} what is known says that one of them is refused: the first of them, if all is known.
 */
export function planAll(
  names: Names,
  operations: readonly CheckedOperation[],
  knowledge: Knowledge,
  now: number,
): Plan {
  const uniques = uniqueChanges(names.tablePrefix, now);
  for (const [value, row] of knowledge.uniques) {
    const holder = holderOf(row, now);
    if (holder !== undefined) uniques.known(value, holder);
  }
  for (const [i, { row }] of knowledge.rows) {
    const { table, key } = operations[i] as CheckedOperation;
    const item = fromRow(row, now);
    for (const value of uniqueValuesOf(names.tablePrefix, table, item)) uniques.known(value, key ?? []);
  }
  const planned = operations.map((operation, i) => {
    const one = planOne(names, operation, i, knowledge.rows.get(i), now);
    if (touchesUniques(operation)) uniques.apply(i, operation.table, one.before, one.after);
    return one;
  });
  const actions: PlannedAction[] = planned.flatMap(({ action }, operation) =>
    action === undefined ? [] : [{ action, operation, unique: undefined }],
  );
  for (const unique of uniques.steps()) {
    actions.push({ action: uniqueAction(unique, now), operation: unique.operation, unique });
  }
  return { actions, results: planned.map(({ result }) => result) };
}

/** Whether the operation takes, frees or moves unique values, so that the item must be read first, unless it is new. */
export function touchesUniques(operation: CheckedOperation): boolean {
  const { table, kind } = operation;
  const constraints = Object.values(table.unique);
  if (constraints.length === 0 || kind === "check") return false;
  if (kind !== "update") return true;
  const { set, remove, add } = operation.change;
  const named = new Set([...Object.keys(set), ...remove, ...Object.keys(add)]);
  return [...constraints.flat(), table.expires ?? ""].some((attribute) => named.has(attribute));
}

/**
 * What to do for one operation.
 * @throws {AloftError} what is known says that it is refused.
 */
export function planOne(
  names: Names,
  operation: CheckedOperation,
  index: number,
  known: Known | undefined,
  now: number,
): Planned {
  const { table, key } = operation;
  const row = key === undefined ? undefined : known?.row;
  const target: Target = {
    name: names.tableName(table),
    table,
    key: key === undefined ? {} : keyRowOf(table, key),
    now,
  };
  if (known === undefined && key !== undefined) return planUnknown(target, operation);
  const before = fromRow(row, now);
  if (operation.kind === "create") {
    if (before !== undefined) throw existsError(table, index);
    return {
      action: creation(target, operation.item),
      after: operation.item,
      result: { ...operation.item, version: 1 },
    };
  }
  requireCondition(operation, before, index);
  if (before === undefined || row === undefined) {
    if (operation.kind === "update") throw absentError(table);
    if (operation.kind === "put") {
      const { item } = operation;
      return { action: creation(target, item), after: item, result: { ...item, version: 1 } };
    }
    return key === undefined ? {} : { action: checkAbsent(target) };
  }
  return planKnown(target, operation, row, before);
}

function planUnknown(target: Target, operation: CheckedOperation): Planned {
  const { table, key } = operation;
  switch (operation.kind) {
    case "create": {
      const { item } = operation;
      return { action: creation(target, item), after: item, result: { ...item, version: 1 } };
    }
    case "put":
      return { action: replacement(target, operation.item, operation.if), after: operation.item };
    case "update": {
      const names = Object.fromEntries(table.key.map((name, i) => [name, key?.[i]]));
      return { action: change(target, operation.change, operation.if, names) };
    }
    case "delete":
      return { action: deletion(target, operation.if) };
    default:
      return { action: check(target, operation.if) };
  }
}

function planKnown(
  target: Target,
  operation: Exclude<CheckedOperation, { kind: "create" }>,
  row: Row,
  before: StoredItem,
): Planned {
  const { table } = target;
  const version = before.version + 1;
  switch (operation.kind) {
    case "put": {
      const { item } = operation;
      return { action: replacementOf(target, row, item), before, after: item, result: { ...item, version } };
    }
    case "update": {
      const { version: _, ...item } = before;
      const after = applyChange(table, item, operation.change, itemBytes(item));
      const action = changeOf(target, row, operation.change, after);
      return { action, before, after, result: { ...after, version } };
    }
    case "delete":
      return { action: deletionOf(target, row), before };
    default:
      return { action: check(target, operation.if), before };
  }
}

function requireCondition(
  operation: Exclude<CheckedOperation, { kind: "create" }>,
  before: StoredItem | undefined,
  index: number,
): void {
  if (operation.if === undefined || conditionHolds(operation.if, before)) return;
  const { name } = operation.table;
  const why = before === undefined ? "there is no item with this key" : "the condition does not hold";
  throw new ConflictError(`The item of "${name}" was not changed: ${why}.`, {
    reason: "condition",
    table: name,
    operation: index,
  });
}

function existsError({ name }: AnyTable, operation: number): ConflictError {
  const message = `There is already an item of "${name}" with this key.`;
  return new ConflictError(message, { reason: "exists", table: name, operation });
}

function absentError({ name }: AnyTable): NotFoundError {
  return new NotFoundError(`There is no item of "${name}" with this key.`);
}
