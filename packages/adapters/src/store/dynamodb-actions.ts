import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import type { AnyCondition } from "@aloft/core/ports/store";
import { versionAttribute, type AnyTable } from "@aloft/core/tables/define-table";
import { shapeOf } from "@aloft/core/tables/shape";
import { itemBytes, maxOwnItemBytes, utf8Bytes } from "@aloft/core/tables/size";
import { checkSizes, expiryOf, type AnyItem, type ValidChange } from "@aloft/core/tables/validate";
import { storeLimits } from "@aloft/core/ports/store";
import { TooLargeError } from "@aloft/core/errors";
import {
  conditionClauses,
  expressions,
  hasNotExpired,
  isAbsent,
  isLive,
  isSame,
  type Expressions,
} from "./dynamodb-expressions.ts";
import { newBorn, placesOf, toRow } from "./dynamodb-rows.ts";
import {
  bornAttribute,
  bytesAttribute,
  expiresAttribute,
  expiryRow,
  ttlAttribute,
  type Row,
} from "./dynamodb-values.ts";

/** One write to one row, as a part of a transaction or alone. */
export type Action = TransactWriteItem;

/** Where an action is aimed, and when. */
export interface Target {
  readonly name: string;
  readonly table: AnyTable;
  readonly key: Row;
  readonly now: number;
}

const old = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

/** Makes the item, if none is there. */
export function creation({ name, table, now }: Target, item: AnyItem): Action {
  const e = expressions();
  const condition = isAbsent(e, table, now);
  return {
    Put: { TableName: name, Item: toRow(table, item, 1), ConditionExpression: condition, ...e.attributes(), ...old },
  };
}

/** Replaces the item or, without a condition, makes it. Not where an expired one is, as its version would go on. */
export function replacement(target: Target, item: AnyItem, condition: AnyCondition | undefined): Action {
  const { table, now } = target;
  const e = expressions();
  const clauses = condition === undefined ? [] : [isLive(e, table, now), ...conditionClauses(e, condition)];
  if (condition === undefined && table.expires !== undefined) clauses.push(hasNotExpired(e, now));
  return update(target, e, wholeItem(table, e, item), clauses);
}

/** Replaces exactly the row that was read. */
export function replacementOf(target: Target, row: Row, item: AnyItem): Action {
  const e = expressions();
  return update(target, e, wholeItem(target.table, e, item), [isRow(e, row)]);
}

/** Changes exactly the row that was read, to what was worked out from it. */
export function changeOf(target: Target, row: Row, change: ValidChange, after: AnyItem): Action {
  const e = expressions();
  const sums = Object.fromEntries(Object.keys(change.add).map((attribute) => [attribute, after[attribute]]));
  const beside = { ...placesOf(target.table, after), [bytesAttribute]: itemBytes(after) };
  const set = assignments(e, { ...change.set, ...sums, ...beside });
  set.push(nextVersion(e));
  const parts = { set, remove: change.remove.map(e.name) };
  changeExpiry(target.table, e, change, parts);
  return update(target, e, parts, [isRow(e, row)]);
}

/**
 * Changes whatever item is there. It is refused too if the item might grow too large: then it has to be read.
 * @throws {TooLargeError} it surely grows too large, if it is there.
 */
export function change(target: Target, change: ValidChange, condition: AnyCondition | undefined, key: AnyItem): Action {
  const { table, now } = target;
  const e = expressions();
  const clauses = [isLive(e, table, now), ...conditionClauses(e, condition ?? {})];
  clauses.push(...keyGuards(table, e, change, key));
  const zero = (): string => e.value(0);
  const set = assignments(e, { ...change.set, ...placesOf(table, key) });
  for (const [attribute, amount] of Object.entries(change.add)) {
    set.push(`${e.name(attribute)} = if_not_exists(${e.name(attribute)}, ${zero()}) + ${e.value(amount)}`);
  }
  const growth = growthOf(change);
  if (growth > 0) {
    const bytes = e.name(bytesAttribute);
    set.push(`${bytes} = ${bytes} + ${e.value(growth)}`);
    clauses.push(`${bytes} <= ${e.value(maxOwnItemBytes - growth)}`);
  }
  set.push(nextVersion(e));
  const parts = { set, remove: change.remove.map(e.name) };
  changeExpiry(table, e, change, parts);
  return update(target, e, parts, clauses);
}

export function deletion({ name, table, key, now }: Target, condition: AnyCondition | undefined): Action {
  const e = expressions();
  if (condition === undefined) return { Delete: { TableName: name, Key: key } };
  const clauses = [isLive(e, table, now), ...conditionClauses(e, condition)];
  return { Delete: { TableName: name, Key: key, ConditionExpression: all(clauses), ...e.attributes(), ...old } };
}

export function deletionOf({ name, key }: Target, row: Row): Action {
  const e = expressions();
  return { Delete: { TableName: name, Key: key, ConditionExpression: isRow(e, row), ...e.attributes(), ...old } };
}

export function check({ name, table, key, now }: Target, condition: AnyCondition): Action {
  const e = expressions();
  const clauses = [isLive(e, table, now), ...conditionClauses(e, condition)];
  return {
    ConditionCheck: { TableName: name, Key: key, ConditionExpression: all(clauses), ...e.attributes(), ...old },
  };
}

export function checkAbsent({ name, table, key, now }: Target): Action {
  const e = expressions();
  const condition = isAbsent(e, table, now);
  return { ConditionCheck: { TableName: name, Key: key, ConditionExpression: condition, ...e.attributes(), ...old } };
}

/** The row is the one that was read, unchanged. */
function isRow(e: Expressions, row: Row): string {
  const { [versionAttribute]: version, [bornAttribute]: born } = row;
  return isSame(e, { [versionAttribute]: Number(version?.N), [bornAttribute]: born?.S }, [
    versionAttribute,
    bornAttribute,
  ]);
}

interface Parts {
  readonly set: string[];
  readonly remove: string[];
}

function update({ name, key }: Target, e: Expressions, { set, remove }: Parts, clauses: readonly string[]): Action {
  const removal = remove.length === 0 ? "" : ` REMOVE ${remove.join(", ")}`;
  const expression = `SET ${set.join(", ")}${removal}`;
  const condition = clauses.length === 0 ? {} : { ConditionExpression: all(clauses), ...old };
  return { Update: { TableName: name, Key: key, UpdateExpression: expression, ...condition, ...e.attributes() } };
}

function all(clauses: readonly string[]): string {
  return clauses.join(" AND ");
}

function assignments(e: Expressions, values: AnyItem): string[] {
  return Object.entries(values).map(([attribute, value]) => `${e.name(attribute)} = ${e.value(value)}`);
}

function nextVersion(e: Expressions): string {
  const version = e.name(versionAttribute);
  return `${version} = if_not_exists(${version}, ${e.value(0)}) + ${e.value(1)}`;
}

/** Sets every attribute of the item, and removes those it could have and has not. */
function wholeItem(table: AnyTable, e: Expressions, item: AnyItem): Parts {
  const expiry = expiryOf(table, item);
  const own = Object.fromEntries(Object.entries(item).filter(([attribute]) => !table.key.includes(attribute)));
  const set = assignments(e, {
    ...own,
    ...(expiry === undefined ? {} : { [expiresAttribute]: expiry, [ttlAttribute]: Math.ceil(expiry / 1000) }),
    ...placesOf(table, item),
    [bytesAttribute]: itemBytes(item),
  });
  const born = e.name(bornAttribute);
  set.push(`${born} = if_not_exists(${born}, ${e.value(newBorn())})`, nextVersion(e));
  const remove = Object.keys(table.item.shape).filter((attribute) => item[attribute] === undefined);
  if (table.expires !== undefined && expiry === undefined) remove.push(expiresAttribute, ttlAttribute);
  return { set, remove: remove.map(e.name) };
}

function changeExpiry(table: AnyTable, e: Expressions, { set, remove }: ValidChange, parts: Parts): void {
  const { expires } = table;
  if (expires === undefined || (set[expires] === undefined && !remove.includes(expires))) return;
  const row = expiryRow(expiryOf(table, set));
  for (const attribute of [expiresAttribute, ttlAttribute]) {
    const value = row[attribute]?.N;
    if (value === undefined) parts.remove.push(e.name(attribute));
    else parts.set.push(`${e.name(attribute)} = ${e.value(Number(value))}`);
  }
}

const numberBytesAtMost = 21;

/** How many bytes the item gains at most. */
function growthOf({ set, add }: ValidChange): number {
  const sums = Object.keys(add).reduce((bytes, name) => bytes + utf8Bytes(name) + numberBytesAtMost, 0);
  return itemBytes(set) + sums;
}

/**
 * Keeps the values of a key or index within their limit where some of them are not known: those may have no more
 * characters than would fit at four bytes each.
 * @throws {TooLargeError} those that are known are too long by themselves.
 */
function keyGuards(table: AnyTable, e: Expressions, { set, add }: ValidChange, key: AnyItem): string[] {
  const known: AnyItem = { ...key, ...set, ...add };
  checkSizes(table, known, 0);
  const guards: string[] = [];
  for (const { attributes, kind } of shapeOf(table).keyGroups) {
    const unknown = attributes.filter((name) => known[name] === undefined && table.keyTypes[name] === "string");
    if (unknown.length === 0 || !attributes.some((name) => set[name] !== undefined)) continue;
    const limit = kind === "partition" ? storeLimits.maxPartitionKeyBytes : storeLimits.maxSortKeyBytes;
    let left = limit - attributes.length;
    for (const name of attributes) {
      const value = known[name];
      left -= typeof value === "string" ? utf8Bytes(value) : unknown.includes(name) ? 0 : numberBytesAtMost;
    }
    const each = Math.floor(left / (4 * unknown.length));
    if (each < 0)
      throw new TooLargeError(`The key (${attributes.join(", ")}) of an item of "${table.name}" is too long.`);
    for (const name of unknown) {
      guards.push(`(attribute_not_exists(${e.name(name)}) OR size(${e.name(name)}) <= ${e.value(each)})`);
    }
  }
  return guards;
}
