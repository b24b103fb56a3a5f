import { z } from "zod";
import { InvalidError, TooLargeError, type Issue } from "../errors.ts";
import { storeLimits, type AnyChange, type AnyCondition } from "../ports/store.ts";
import { versionAttribute, type AnyTable, type KeyValue } from "./define-table.ts";
import { numberFault, portable, textFault, type Findings } from "./portable.ts";
import { shapeOf } from "./shape.ts";
import { fitsUtf8, itemBytes, maxOwnItemBytes, utf8Bytes } from "./size.ts";
import { vectorIssues } from "./vectors.ts";

export type AnyItem = Readonly<Record<string, unknown>>;

/** An item that fits its declaration and that every engine can keep. */
export interface ValidItem {
  readonly item: AnyItem;
  /** DynamoDB's count of its bytes is at most this. */
  readonly bytesAtMost: number;
}

/** A change that can be applied: no attribute is named twice, none is of the key, every value fits its attribute. */
export interface ValidChange {
  readonly set: AnyItem;
  readonly remove: readonly string[];
  readonly add: Readonly<Record<string, number>>;
  readonly bytesAtMost: number;
}

/**
 * Checks an item that is to be stored: by its table's schema, and by the limits that every engine shares. The item
 * that comes back has no `undefined` attributes, no attributes that are not declared, and no negative zero.
 * @throws {InvalidError} with every fault by path.
 * @throws {TooLargeError} a key or the item is over the limit.
 */
export function validateItem(table: AnyTable, item: unknown): ValidItem {
  const parsed = table.item.safeParse(item);
  if (!parsed.success) throw doesNotFit(table, zodIssues(parsed.error));
  const source: AnyItem = parsed.data;
  const findings: Findings = { issues: [], bytesAtMost: 0 };
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(source)) {
    const value = source[name];
    if (value === undefined) continue;
    findings.bytesAtMost += name.length * 3;
    kept[name] = portable(value, name, 2, findings);
  }
  checkKeyTexts(table, kept, findings.issues);
  findings.issues.push(...vectorIssues(table, kept));
  if (findings.issues.length > 0) throw doesNotFit(table, findings.issues);
  checkSizes(table, kept, findings.bytesAtMost);
  return { item: kept, bytesAtMost: findings.bytesAtMost };
}

/**
 * Checks an item that some store has kept: only that every engine can keep it, for what was stored once may no longer
 * fit its schema. Attributes that are not declared are left out.
 * @throws {InvalidError} @throws {TooLargeError}
 */
export function validateStored(table: AnyTable, item: AnyItem): AnyItem {
  const findings: Findings = { issues: [], bytesAtMost: 0 };
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value === undefined || !Object.hasOwn(table.item.shape, name)) continue;
    findings.bytesAtMost += name.length * 3;
    kept[name] = portable(value, name, 2, findings);
  }
  for (const name of shapeOf(table).keyAttributes) {
    const type = table.keyTypes[name];
    const missing = kept[name] === undefined && !table.key.includes(name);
    if (!missing && typeof kept[name] !== type) findings.issues.push({ path: name, message: `must be a ${type}` });
  }
  checkKeyTexts(table, kept, findings.issues);
  if (findings.issues.length > 0) throw doesNotFit(table, findings.issues);
  checkSizes(table, kept, findings.bytesAtMost);
  return kept;
}

/**
 * Checks a change. Each attribute set is checked by its own schema; a sum that `add` gives is not known yet and is
 * checked when it is applied.
 * @throws {InvalidError} with every fault by path.
 */
export function validateChange(table: AnyTable, change: AnyChange): ValidChange {
  const findings: Findings = { issues: [], bytesAtMost: 0 };
  const { issues } = findings;
  const named = new Set<string>();
  const nameable = (attribute: string, path: string): boolean => {
    const fault = changeFault(table, attribute, named);
    named.add(attribute);
    if (fault !== undefined) issues.push({ path, message: fault });
    return fault === undefined;
  };
  const set: Record<string, unknown> = {};
  for (const [attribute, value] of Object.entries(change.set ?? {})) {
    if (value === undefined || !nameable(attribute, `set.${attribute}`)) continue;
    const parsed = z.safeParse(table.item.shape[attribute] as z.ZodType, value);
    if (parsed.success) {
      findings.bytesAtMost += attribute.length * 3;
      set[attribute] = portable(parsed.data, `set.${attribute}`, 2, findings);
    } else issues.push(...zodIssues(parsed.error, `set.${attribute}`));
  }
  checkKeyTexts(table, set, issues, "set.");
  issues.push(...vectorIssues(table, set, "set."));
  for (const attribute of change.remove ?? []) {
    if (nameable(attribute, `remove.${attribute}`) && !shapeOf(table).optional.has(attribute)) {
      issues.push({ path: `remove.${attribute}`, message: "is not optional" });
    }
  }
  for (const [attribute, amount] of Object.entries(change.add ?? {})) {
    const fault = typeof amount === "number" ? numberFault(amount) : "must be a number";
    if (nameable(attribute, `add.${attribute}`) && fault !== undefined) {
      issues.push({ path: `add.${attribute}`, message: fault });
    }
  }
  if (issues.length > 0) throw doesNotFit(table, issues, "change");
  return { set, remove: change.remove ?? [], add: change.add ?? {}, bytesAtMost: findings.bytesAtMost };
}

function changeFault(table: AnyTable, attribute: string, named: ReadonlySet<string>): string | undefined {
  if (attribute === versionAttribute) return "is kept by the store";
  if (!Object.hasOwn(table.item.shape, attribute)) return "is not an attribute of the item";
  if (table.key.includes(attribute)) return "is part of the key and never changes";
  return named.has(attribute) ? "is named twice" : undefined;
}

const operators = new Set(["eq", "ne", "gt", "gte", "lt", "lte", "in", "exists"]);
const maxInValues = 100;

/**
 * Checks that a condition means something on every engine.
 * @throws {InvalidError} it names an attribute or an operator that is not there, or a value no item could have.
 */
export function validateCondition(table: AnyTable, condition: AnyCondition): AnyCondition {
  const issues: Issue[] = [];
  for (const [attribute, expected] of Object.entries(condition)) {
    const path = `if.${attribute}`;
    if (attribute !== versionAttribute && !Object.hasOwn(table.item.shape, attribute)) {
      issues.push({ path, message: "is not an attribute of the item" });
    } else if (typeof expected === "object" && expected !== null) {
      for (const [operator, operand] of Object.entries(expected)) {
        const fault = operandFault(operator, operand);
        if (fault !== undefined) issues.push({ path: `${path}.${operator}`, message: fault });
      }
    } else {
      const fault = scalarFault(expected);
      if (fault !== undefined) issues.push({ path, message: fault });
    }
  }
  if (issues.length > 0) throw doesNotFit(table, issues, "condition");
  return condition;
}

function operandFault(operator: string, operand: unknown): string | undefined {
  if (!operators.has(operator)) return "is not an operator";
  if (operator === "exists") return typeof operand === "boolean" ? undefined : "must be true or false";
  if (operator !== "in") return scalarFault(operand);
  if (!Array.isArray(operand) || operand.length > maxInValues) return `must be a list of at most ${maxInValues} values`;
  for (const value of operand) {
    const fault = scalarFault(value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function scalarFault(value: unknown): string | undefined {
  if (typeof value === "string") return textFault(value);
  if (typeof value === "number") return numberFault(value);
  return typeof value === "boolean" || value === null ? undefined : "must be text, a number, a boolean or null";
}

/**
 * The values of the table's key, in order; undefined if no item can have this key, as when it is too long.
 * @throws {InvalidError} a key attribute is missing or of the wrong type.
 */
export function keyOf(table: AnyTable, key: AnyItem): readonly KeyValue[] | undefined {
  const values = valuesOf(table, table.key, key);
  const sort = values?.[1];
  return typeof sort === "string" && !fitsUtf8(sort, storeLimits.maxSortKeyBytes) ? undefined : values;
}

/** As {@link keyOf}, of any attributes that may be part of a key. */
export function valuesOf(
  table: AnyTable,
  attributes: readonly string[],
  values: AnyItem,
): readonly KeyValue[] | undefined {
  const found: KeyValue[] = [];
  let possible = true;
  for (const attribute of attributes) {
    const value = values[attribute];
    const type = table.keyTypes[attribute];
    if (typeof value !== type) {
      throw doesNotFit(table, [{ path: attribute, message: `must be a ${type}` }], "key");
    }
    if (typeof value === "string") {
      possible &&= value !== "" && fitsUtf8(value, storeLimits.maxPartitionKeyBytes) && textFault(value) === undefined;
      found.push(value);
    } else if (typeof value === "number") {
      possible &&= numberFault(value) === undefined;
      found.push(value === 0 ? 0 : value);
    }
  }
  return possible ? found : undefined;
}

/**
 * Checks an item that a change has made.
 * @throws {TooLargeError} a key or the item is over the limit.
 */
export function checkSizes(table: AnyTable, item: AnyItem, bytesAtMost: number): void {
  for (const { attributes, kind } of shapeOf(table).keyGroups) {
    const limit = kind === "partition" ? storeLimits.maxPartitionKeyBytes : storeLimits.maxSortKeyBytes;
    let atMost = 0;
    for (const attribute of attributes) {
      const value = item[attribute];
      atMost += typeof value === "string" ? value.length * 3 + 1 : 24;
    }
    if (atMost > limit) checkKeyGroup(table, attributes, item, limit);
  }
  if (bytesAtMost <= maxOwnItemBytes) return;
  const bytes = itemBytes(item);
  if (bytes <= maxOwnItemBytes) return;
  throw new TooLargeError(`An item of "${table.name}" has ${bytes} bytes; at most ${maxOwnItemBytes} can be stored.`);
}

function checkKeyGroup(table: AnyTable, attributes: readonly string[], item: AnyItem, limit: number): void {
  let bytes = attributes.length - 1;
  for (const attribute of attributes) {
    const value = item[attribute];
    if (value === undefined) return;
    bytes += typeof value === "string" ? utf8Bytes(value) : 21;
  }
  if (bytes <= limit) return;
  const names = attributes.join(", ");
  throw new TooLargeError(`The key (${names}) of an item of "${table.name}" has ${bytes} bytes; at most ${limit} fit.`);
}

function checkKeyTexts(table: AnyTable, item: AnyItem, issues: Issue[], prefix = ""): void {
  for (const attribute of shapeOf(table).keyAttributes) {
    if (item[attribute] === "") {
      issues.push({ path: prefix + attribute, message: "must not be empty: it is part of a key or index" });
    }
  }
  const { expires } = table;
  if (expires !== undefined && item[expires] !== undefined && Number.isNaN(expiryOf(table, item))) {
    issues.push({ path: prefix + expires, message: "must be an ISO 8601 timestamp" });
  }
}

/** When the item expires, in milliseconds since 1970; undefined if it does not. */
export function expiryOf(table: AnyTable, item: AnyItem): number | undefined {
  const value = table.expires === undefined ? undefined : item[table.expires];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? Date.parse(value) : Number.NaN;
}

/** The error for a value that does not fit. */
export function doesNotFit(table: AnyTable, issues: readonly Issue[], what = "item"): InvalidError {
  const list = issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ");
  return new InvalidError(`The ${what} does not fit the table "${table.name}": ${list}.`, issues);
}

function zodIssues(error: z.core.$ZodError, prefix?: string): Issue[] {
  return error.issues.map(({ path, message }) => ({
    path: [...(prefix === undefined ? [] : [prefix]), ...path.map(String)].join("."),
    message,
  }));
}
