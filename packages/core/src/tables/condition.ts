import type { AnyCondition } from "../ports/store.ts";
import { compareKeyValues } from "./compare.ts";
import type { AnyItem } from "./validate.ts";

type Expected = AnyCondition[string];

/** Whether the condition is true of the item. Nothing is true of an item that is not there. */
export function conditionHolds(condition: AnyCondition, item: AnyItem | undefined): item is AnyItem {
  if (item === undefined) return false;
  for (const attribute of Object.keys(condition)) {
    if (!holds(condition[attribute] as Expected, item[attribute])) return false;
  }
  return true;
}

function holds(expected: Expected, actual: unknown): boolean {
  if (typeof expected !== "object" || expected === null) return same(actual, expected);
  if (expected.eq !== undefined && !same(actual, expected.eq)) return false;
  if (expected.ne !== undefined && same(actual, expected.ne)) return false;
  if (expected.exists !== undefined && expected.exists !== (actual !== undefined)) return false;
  if (expected.in !== undefined && !expected.in.some((value) => same(actual, value))) return false;
  if (expected.gt !== undefined && !(order(actual, expected.gt) > 0)) return false;
  if (expected.gte !== undefined && !(order(actual, expected.gte) >= 0)) return false;
  if (expected.lt !== undefined && !(order(actual, expected.lt) < 0)) return false;
  return expected.lte === undefined || order(actual, expected.lte) <= 0;
}

function same(actual: unknown, expected: unknown): boolean {
  return actual === expected;
}

/** NaN, of which no comparison is true, unless both are text or both are numbers. */
function order(actual: unknown, bound: unknown): number {
  if (typeof actual === "string" && typeof bound === "string") return compareKeyValues(actual, bound);
  if (typeof actual === "number" && typeof bound === "number") return actual - bound;
  return Number.NaN;
}
