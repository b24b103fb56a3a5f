import type { Issue } from "../errors.ts";
import { storeLimits } from "../ports/store.ts";
import type { AnyTable } from "./define-table.ts";

/** Why the value is no vector that can be searched by, or undefined if it is one. */
export function vectorFault(value: unknown, dimensions: number): string | undefined {
  if (!isNumbers(value)) return "must be a list of numbers";
  if (value.length !== dimensions) return `must have ${dimensions} numbers, not ${value.length}`;
  const length = lengthOf(value);
  const { minVectorLength, maxVectorLength } = storeLimits;
  if (length >= minVectorLength && length <= maxVectorLength) return undefined;
  return `must be a vector of a length from ${minVectorLength} to ${maxVectorLength}, not ${length}`;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((element) => typeof element === "number");
}

/** What is wrong with the vectors among the attributes. */
export function vectorIssues(table: AnyTable, attributes: Readonly<Record<string, unknown>>, prefix = ""): Issue[] {
  return Object.values(table.vectors).flatMap(({ attribute, dimensions }) => {
    const value = attributes[attribute];
    const message = value === undefined ? undefined : vectorFault(value, dimensions);
    return message === undefined ? [] : [{ path: prefix + attribute, message }];
  });
}

/** The root of the sum of the squares; not finite if a number is not. */
export function lengthOf(vector: readonly number[]): number {
  let sum = 0;
  for (const number of vector) sum += number * number;
  return Math.sqrt(sum);
}

/**
 * The cosine distance of two vectors of as many dimensions, from 0 to 2.
 * @param lengthA of `a`, which is worked out once for many `b`.
 */
export function cosineDistance(a: readonly number[], lengthA: number, b: readonly number[]): number {
  let product = 0;
  let squares = 0;
  for (let i = 0; i < b.length; i++) {
    const number = b[i] as number;
    product += (a[i] as number) * number;
    squares += number * number;
  }
  return Math.min(2, Math.max(0, 1 - product / (lengthA * Math.sqrt(squares))));
}
