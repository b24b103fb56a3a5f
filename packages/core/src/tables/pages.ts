import { InvalidError, TooLargeError } from "../errors.ts";
import { storeLimits, type Page, type PageOptions, type Range, type SearchQuery } from "../ports/store.ts";
import { afterPrefix, compareKeyValues } from "./compare.ts";
import { decodeCursor, encodeCursor, foreignCursor, type Position } from "./cursor.ts";
import type { AnyTable, KeyValue } from "./define-table.ts";
import { numberFault, textFault } from "./portable.ts";
import { orderOf, type Order } from "./shape.ts";
import { tokenize } from "./text.ts";
import { doesNotFit, valuesOf, type AnyItem } from "./validate.ts";

/** A query with its types forgotten: what an engine is given. */
export interface AnyQuery extends PageOptions {
  readonly index?: string | undefined;
  readonly where: AnyItem;
  readonly range?: Range;
  readonly order?: "asc" | "desc";
}

export interface Bound {
  readonly value: KeyValue;
  readonly inclusive: boolean;
}

/** What to read for a page, checked and with its cursor decoded. An engine reads, {@link pageOf} does the rest. */
export interface PagePlan {
  readonly table: AnyTable;
  /** Identifies the query to its cursors. */
  readonly identity: string;
  /** The attributes that order what is read, ties included. `position` has a value for each. */
  readonly sort: readonly string[];
  readonly position: Position | undefined;
  /** The direction to read in, which is against the page's order when it pages back. */
  readonly ascending: boolean;
  readonly limit: number;
}

export interface QueryPlan extends PagePlan {
  readonly order: Order;
  readonly partition: readonly KeyValue[];
  /** Values of the leading sort attributes; `sort` has the others. */
  readonly prefix: readonly KeyValue[];
  /** Bounds of the first attribute of `sort`. A position lies within them. */
  readonly lower: Bound | undefined;
  readonly upper: Bound | undefined;
  /** Nothing can match, so there is nothing to read. */
  readonly empty: boolean;
}

export interface SearchPlan extends PagePlan {
  /** Different words, all of which must be there. None: nothing matches. */
  readonly words: readonly string[];
  readonly scopes: readonly KeyValue[];
}

const defaultLimit = 50;

/**
 * @throws {InvalidError} the query does not fit the table.
 * @throws {InvalidCursorError}
 */
export function planQuery(table: AnyTable, query: AnyQuery): QueryPlan {
  const order = orderOf(table, query.index);
  const given = order.sort.slice(0, order.declaredSort).findIndex((name) => query.where[name] === undefined);
  const prefixLength = given === -1 ? order.declaredSort : given;
  checkWhere(table, order, query.where, prefixLength);
  const partition = valuesOf(table, order.partition, query.where);
  const prefix = valuesOf(table, order.sort.slice(0, prefixLength), query.where);
  const sort = order.sort.slice(prefixLength);
  const ranged = prefixLength < order.declaredSort ? sort[0] : undefined;
  const { lower, upper } = boundsOf(table, ranged, query.range);
  const descending = query.order === "desc";
  const identity = JSON.stringify([table.name, query.index ?? 0, partition, prefix, lower, upper, descending]);
  const start = startOf(table, identity, sort, descending, query);
  checkPosition(start.position, lower, upper);
  return {
    ...start,
    order,
    partition: partition ?? [],
    prefix: prefix ?? [],
    lower,
    upper,
    empty: partition === undefined || prefix === undefined || (lower !== undefined && isEmpty(lower, upper)),
  };
}

/**
 * @throws {InvalidError} the table declares no search, or a scope is not of its type.
 * @throws {TooLargeError} more words than `storeLimits.maxSearchWords`.
 * @throws {InvalidCursorError}
 */
export function planSearch(table: AnyTable, query: SearchQuery): SearchPlan {
  const { search } = table;
  if (search === undefined) throw new InvalidError(`The table "${table.name}" declares no search.`);
  const words = [...new Set(tokenize(query.text))].sort();
  if (words.length > storeLimits.maxSearchWords) {
    throw new TooLargeError(`A search has at most ${storeLimits.maxSearchWords} different words, not ${words.length}.`);
  }
  const scopes = [...new Set(query.scopes)].filter(
    (scope) => valuesOf(table, [search.scope], { [search.scope]: scope }) !== undefined,
  );
  const identity = JSON.stringify([table.name, "search", words]);
  const { newest } = search;
  const sort = newest === undefined ? table.key : [newest, ...table.key.filter((attribute) => attribute !== newest)];
  return { ...startOf(table, identity, sort, true, query), words, scopes };
}

/** @throws {InvalidCursorError} */
export function planScan(table: AnyTable, options: PageOptions): PagePlan {
  return startOf(table, JSON.stringify([table.name, "scan"]), table.key, false, options);
}

/**
 * The page that was read.
 * @param read the items from the plan's start in its direction, one more than its limit if there are as many.
 */
export function pageOf<I extends AnyItem>(plan: PagePlan, read: readonly I[]): Page<I> {
  const { position, limit } = plan;
  const more = read.length > limit;
  const back = position?.side === "before";
  const items = more ? read.slice(0, limit) : [...read];
  if (back) items.reverse();
  const cursor = (item: I | undefined, side: Position["side"]): string | undefined => {
    if (item !== undefined) {
      const values = plan.sort.map((name) => item[name] as KeyValue);
      return encodeCursor(plan.identity, { values, side, inclusive: false });
    }
    if (position === undefined) return undefined;
    return encodeCursor(plan.identity, { values: position.values, side, inclusive: !position.inclusive });
  };
  return {
    items,
    next: back || more ? cursor(items.at(-1), "after") : undefined,
    previous: (back ? more : position !== undefined) ? cursor(items[0], "before") : undefined,
  };
}

function startOf(
  table: AnyTable,
  identity: string,
  sort: readonly string[],
  descending: boolean,
  options: PageOptions,
): PagePlan {
  const { limit = defaultLimit, cursor } = options;
  if (!Number.isInteger(limit) || limit < 1) {
    throw new InvalidError("The limit of a page must be a whole number from 1.", [
      { path: "limit", message: "from 1" },
    ]);
  }
  if (limit > storeLimits.maxPageItems) {
    throw new TooLargeError(`A page has at most ${storeLimits.maxPageItems} items, not ${limit}.`);
  }
  const types = sort.map((name) => table.keyTypes[name] ?? "string");
  const position = cursor === undefined ? undefined : decodeCursor(identity, cursor, types);
  return { table, identity, sort, position, ascending: descending === (position?.side === "before"), limit };
}

/** A cursor that was made by hand may not lead out of the range. */
function checkPosition(position: Position | undefined, lower: Bound | undefined, upper: Bound | undefined): void {
  const value = position?.values[0];
  if (value === undefined) return;
  const at: Bound = { value, inclusive: true };
  if (isEmpty(lower ?? at, at) || isEmpty(at, upper)) throw foreignCursor();
}

function checkWhere(table: AnyTable, order: Order, where: AnyItem, prefixLength: number): void {
  const known = [...order.partition, ...order.sort.slice(0, prefixLength)];
  const issues = Object.keys(where)
    .filter((name) => where[name] !== undefined && !known.includes(name))
    .map((path) => ({ path, message: "is not of the partition, nor next in the order" }));
  if (issues.length > 0) throw doesNotFit(table, issues, "where");
}

function boundsOf(
  table: AnyTable,
  attribute: string | undefined,
  range: Range | undefined,
): { lower: Bound | undefined; upper: Bound | undefined } {
  let lower: Bound | undefined;
  let upper: Bound | undefined;
  if (range === undefined) return { lower, upper };
  const raise = (value: KeyValue, inclusive: boolean): void => {
    const order = lower === undefined ? 1 : compareKeyValues(value, lower.value);
    if (order > 0 || (order === 0 && !inclusive)) lower = { value, inclusive };
  };
  const reduce = (value: KeyValue, inclusive: boolean): void => {
    const order = upper === undefined ? -1 : compareKeyValues(value, upper.value);
    if (order < 0 || (order === 0 && !inclusive)) upper = { value, inclusive };
  };
  checkRange(table, attribute, range);
  if (range.gt !== undefined) raise(range.gt, false);
  if (range.gte !== undefined) raise(range.gte, true);
  if (range.lt !== undefined) reduce(range.lt, false);
  if (range.lte !== undefined) reduce(range.lte, true);
  if (range.beginsWith !== undefined && range.beginsWith !== "") {
    raise(range.beginsWith, true);
    const end = afterPrefix(range.beginsWith);
    if (end !== undefined) reduce(end, false);
  }
  return { lower, upper };
}

function checkRange(table: AnyTable, attribute: string | undefined, range: Range): void {
  for (const [operator, value] of Object.entries(range) as [string, unknown][]) {
    if (value === undefined) continue;
    const message = boundFault(table, attribute, operator, value);
    if (message !== undefined) throw doesNotFit(table, [{ path: `range.${operator}`, message }], "range");
  }
}

function boundFault(
  table: AnyTable,
  attribute: string | undefined,
  operator: string,
  value: unknown,
): string | undefined {
  if (!["gt", "gte", "lt", "lte", "beginsWith"].includes(operator)) return "is not an operator";
  if (attribute === undefined) return "has no sort attribute left to bound";
  const type = operator === "beginsWith" ? "string" : table.keyTypes[attribute];
  if (typeof value !== type || type !== table.keyTypes[attribute]) return `must be a ${table.keyTypes[attribute]}`;
  return typeof value === "string" ? textFault(value) : numberFault(value as number);
}

function isEmpty(lower: Bound, upper: Bound | undefined): boolean {
  if (upper === undefined) return false;
  const order = compareKeyValues(lower.value, upper.value);
  return order > 0 || (order === 0 && !(lower.inclusive && upper.inclusive));
}
