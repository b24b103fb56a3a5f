import { InvalidError, TooLargeError } from "../errors.ts";
import { storeLimits, type Neighbor, type Page } from "../ports/store.ts";
import { compareKeys } from "./compare.ts";
import type { AnyTable, KeyValue, VectorDefinition } from "./define-table.ts";
import type { AnyQuery } from "./pages.ts";
import { doesNotFit, valuesOf, type AnyItem } from "./validate.ts";
import { cosineDistance, lengthOf, vectorFault } from "./vectors.ts";

/** A query by a vector with its types forgotten: what an engine is given. */
export interface AnyNearestQuery {
  readonly vector: string;
  readonly to: readonly number[];
  readonly scopes: readonly KeyValue[];
  readonly limit?: number;
}

/** What to look for, checked. */
export interface NearestPlan {
  readonly table: AnyTable;
  readonly vector: VectorDefinition;
  readonly to: readonly number[];
  /** Each once, and only those that an item can have. */
  readonly scopes: readonly KeyValue[];
  readonly limit: number;
}

const defaultLimit = 10;

/**
 * @throws {InvalidError} the table has no such vectors, `to` is not one of them, or a scope is not of its type.
 * @throws {TooLargeError} the limit is over `storeLimits.maxNearest`.
 */
export function planNearest(table: AnyTable, query: AnyNearestQuery): NearestPlan {
  const vector = Object.hasOwn(table.vectors, query.vector) ? table.vectors[query.vector] : undefined;
  if (vector === undefined) throw new InvalidError(`The table "${table.name}" has no vectors "${query.vector}".`);
  const { to, limit = defaultLimit } = query;
  const fault = vectorFault(to, vector.dimensions);
  if (fault !== undefined) throw doesNotFit(table, [{ path: "to", message: fault }], "vector");
  if (!Number.isInteger(limit) || limit < 1) {
    throw new InvalidError("The limit must be a whole number from 1.", [{ path: "limit", message: "from 1" }]);
  }
  if (limit > storeLimits.maxNearest) {
    throw new TooLargeError(`At most ${storeLimits.maxNearest} items are found by a vector, not ${limit}.`);
  }
  const { scope } = vector;
  const scopes = [...new Set(query.scopes)].filter(
    (value) => valuesOf(table, [scope], { [scope]: value }) !== undefined,
  );
  return { table, vector, to, scopes, limit };
}

/** Takes items one after another and keeps the nearest, never more than the limit. */
export interface Nearest<I extends AnyItem> {
  /** An item that is offered again takes its own place. */
  readonly offer: (item: I) => void;
  /** The nearest first, then by the table's key. */
  readonly found: () => readonly Neighbor<I>[];
}

interface Entry<I> extends Neighbor<I> {
  readonly key: readonly KeyValue[];
}

export function nearestOf<I extends AnyItem>({ table, vector, to, limit }: NearestPlan): Nearest<I> {
  const length = lengthOf(to);
  const sorted: Entry<I>[] = [];
  return {
    offer: (item) => {
      const value = item[vector.attribute];
      if (vectorFault(value, vector.dimensions) !== undefined) return;
      const distance = cosineDistance(to, length, value as readonly number[]);
      const entry = { item, distance, key: table.key.map((name) => item[name] as KeyValue) };
      const before = sorted.findIndex(({ key }) => compareKeys(key, entry.key) === 0);
      if (before !== -1) sorted.splice(before, 1);
      else if (sorted.length === limit && compareEntries(entry, sorted[limit - 1] as Entry<I>) > 0) return;
      sorted.splice(placeOf(sorted, entry), 0, entry);
      if (sorted.length > limit) sorted.pop();
    },
    found: () => sorted.map(({ item, distance }) => ({ item, distance })),
  };
}

function compareEntries(a: Entry<unknown>, b: Entry<unknown>): number {
  return a.distance - b.distance || compareKeys(a.key, b.key);
}

function placeOf(sorted: readonly Entry<unknown>[], entry: Entry<unknown>): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareEntries(sorted[middle] as Entry<unknown>, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** So that a page of vectors of 1,536 dimensions is some megabytes. */
const pageItems = 100;
const scopesAtOnce = 4;

/**
 * Finds the nearest by reading every item of the scopes, page by page: exact, on any engine. What is held at a time
 * is what was found so far and a page for each of four scopes.
 */
export async function nearestByPages<I extends AnyItem>(
  plan: NearestPlan,
  query: (query: AnyQuery) => Promise<Page<I>>,
): Promise<readonly Neighbor<I>[]> {
  const { offer, found } = nearestOf<I>(plan);
  const { index, scope } = plan.vector;
  const scopes = plan.scopes.values();
  const reading = { failed: false };
  const readScope = async (value: KeyValue): Promise<void> => {
    let cursor: string | undefined;
    do {
      const page = await query({ index, where: { [scope]: value }, limit: pageItems, cursor });
      page.items.forEach(offer);
      cursor = page.next;
    } while (cursor !== undefined && !reading.failed);
  };
  const work = async (): Promise<void> => {
    try {
      for (const value of scopes) if (!reading.failed) await readScope(value);
    } catch (error) {
      reading.failed = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: Math.min(scopesAtOnce, plan.scopes.length) }, work));
  return found();
}
