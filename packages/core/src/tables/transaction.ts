import { InvalidError, TooLargeError } from "../errors.ts";
import { storeLimits, type AnyCondition, type Operation } from "../ports/store.ts";
import type { AnyTable, KeyValue } from "./define-table.ts";
import { keyOf, validateChange, validateCondition, validateItem, type AnyItem, type ValidChange } from "./validate.ts";
import { itemBytes } from "./size.ts";

interface Checked {
  readonly table: AnyTable;
  /** Undefined if no item can have the key that was given. */
  readonly key: readonly KeyValue[] | undefined;
  readonly bytesAtMost: number;
}

/** An operation that was checked as far as it can be without looking at what is stored. */
export type CheckedOperation = Checked &
  (
    | { readonly kind: "create"; readonly item: AnyItem }
    | { readonly kind: "put"; readonly item: AnyItem; readonly if: AnyCondition | undefined }
    | { readonly kind: "update"; readonly change: ValidChange; readonly if: AnyCondition | undefined }
    | { readonly kind: "delete"; readonly if: AnyCondition | undefined }
    | { readonly kind: "check"; readonly if: AnyCondition }
  );

/**
 * Checks one operation.
 * @throws {InvalidError} @throws {TooLargeError}
 */
export function checkOperation(operation: Operation): CheckedOperation {
  const { table, kind } = operation;
  if (kind === "create" || kind === "put") {
    const { item, bytesAtMost } = validateItem(table, operation.item);
    const key = keyOf(table, item);
    return kind === "create"
      ? { kind, table, key, item, bytesAtMost }
      : { kind, table, key, item, bytesAtMost, if: checkedCondition(table, operation.if) };
  }
  const key = keyOf(table, operation.key);
  if (kind === "update") {
    const change = validateChange(table, operation.change);
    return { kind, table, key, change, bytesAtMost: change.bytesAtMost, if: checkedCondition(table, operation.if) };
  }
  if (kind === "delete") return { kind, table, key, bytesAtMost: 0, if: checkedCondition(table, operation.if) };
  return { kind, table, key, bytesAtMost: 0, if: validateCondition(table, operation.if) };
}

function checkedCondition(table: AnyTable, condition: AnyCondition | undefined): AnyCondition | undefined {
  return condition === undefined ? undefined : validateCondition(table, condition);
}

/**
 * Checks the operations of a transaction.
 * @throws {InvalidError} an operation does not fit its table, with its place in the path of each issue; two are about
 *   one item.
 * @throws {TooLargeError} it touches too many items, or has too many bytes.
 */
export function checkTransaction(operations: readonly Operation[]): readonly CheckedOperation[] {
  const items = operations.reduce((count, operation) => count + transactionItems(operation), 0);
  if (items > storeLimits.maxTransactionItems) {
    throw new TooLargeError(
      `The transaction touches ${items} items, unique values counted; at most ${storeLimits.maxTransactionItems} can be.`,
    );
  }
  const checked = operations.map((operation, i) => {
    try {
      return checkOperation(operation);
    } catch (error) {
      throw atOperation(error, i);
    }
  });
  checkDistinct(checked);
  checkBytes(checked);
  return checked;
}

/**
 * How many items of DynamoDB's the operation touches: its own, one for each unique value that is taken and one for
 * each that is freed.
 */
export function transactionItems(operation: Operation): number {
  const { table } = operation;
  const uniques = Object.values(table.unique);
  switch (operation.kind) {
    case "create":
    case "delete":
      return 1 + uniques.length;
    case "put":
      return 1 + 2 * uniques.length;
    case "update": {
      const { set = {}, remove = [], add = {} } = operation.change;
      const named = new Set([...Object.keys(set), ...remove, ...Object.keys(add)]);
      const changed = uniques.filter((attributes) => attributes.some((attribute) => named.has(attribute))).length;
      // What holds a unique value ends when its item does.
      const moved = table.expires !== undefined && named.has(table.expires) ? uniques.length - changed : 0;
      return 1 + 2 * changed + moved;
    }
    default:
      return 1;
  }
}

function atOperation(error: unknown, index: number): unknown {
  if (error instanceof InvalidError) {
    const issues = error.issues.map(({ path, message }) => ({ path: `operations.${index}.${path}`, message }));
    return new InvalidError(`Operation ${index}: ${error.message}`, issues, { cause: error });
  }
  if (error instanceof TooLargeError)
    return new TooLargeError(`Operation ${index}: ${error.message}`, { cause: error });
  return error;
}

function checkDistinct(operations: readonly CheckedOperation[]): void {
  const seen = new Map<string, number>();
  for (const [i, { table, key }] of operations.entries()) {
    if (key === undefined) continue;
    const identity = JSON.stringify([table.name, ...key]);
    const other = seen.get(identity);
    if (other !== undefined) {
      const issue = { path: `operations.${i}`, message: `is about the same item as operation ${other}` };
      throw new InvalidError(`Operations ${other} and ${i} are about the same item of "${table.name}".`, [issue]);
    }
    seen.set(identity, i);
  }
}

function checkBytes(operations: readonly CheckedOperation[]): void {
  const limit = storeLimits.maxTransactionBytes;
  const atMost = operations.reduce((sum, { bytesAtMost }) => sum + bytesAtMost, 0);
  if (atMost <= limit) return;
  const bytes = operations.reduce((sum, operation) => sum + operationBytes(operation), 0);
  if (bytes > limit) throw new TooLargeError(`The transaction has ${bytes} bytes; at most ${limit} fit.`);
}

function operationBytes(operation: CheckedOperation): number {
  if (operation.kind === "create" || operation.kind === "put") return itemBytes(operation.item);
  return operation.kind === "update" ? itemBytes(operation.change.set) : 0;
}
