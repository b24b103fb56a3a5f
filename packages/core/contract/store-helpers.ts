import { expect } from "vitest";
import { AloftError, ConflictError } from "../src/errors.ts";
import type { Page, Query, Store } from "../src/ports/store.ts";
import type { AnyTable, IndexName, Stored } from "../src/tables/define-table.ts";

let names = 0;

/** A name that no other test uses, so that tests can share a store. */
export function freshName(prefix = "t"): string {
  return `${prefix}-${process.pid}-${++names}`;
}

/** Every item of a query, page after page from the first. */
export async function collect<T extends AnyTable, X extends IndexName<T> | undefined = undefined>(
  store: Store,
  table: T,
  query: Query<T, X>,
): Promise<Stored<T>[]> {
  return follow((cursor) => store.query(table, { ...query, cursor }));
}

/** Every item of a paged read, following `next`. */
export async function follow<I>(read: (cursor: string | undefined) => Promise<Page<I>>): Promise<I[]> {
  const items: I[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}

/** The error a call fails with, by what callers may rely on; the value it came to if it did not fail. */
export async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    return { value: await call };
  } catch (error) {
    if (error instanceof ConflictError) {
      const { code, reason, table, operation, unique } = error;
      return { code, reason, table, operation, ...(unique === undefined ? {} : { unique }) };
    }
    if (error instanceof AloftError) return { code: error.code };
    throw error;
  }
}

export async function expectConflict(
  call: Promise<unknown>,
  details: { reason: string; table: AnyTable; operation?: number; unique?: string },
): Promise<void> {
  const { reason, table, operation = 0, unique } = details;
  const expected = { code: "conflict", reason, table: table.name, operation };
  expect(await outcome(call)).toEqual(unique === undefined ? expected : { ...expected, unique });
}

export async function expectCode(call: Promise<unknown>, code: string): Promise<void> {
  expect(await outcome(call)).toEqual({ code });
}

/** How many of the calls came to a value, the errors of the others being conflicts. */
export async function winners(calls: readonly Promise<unknown>[]): Promise<number> {
  const outcomes = await Promise.all(calls.map(outcome));
  for (const result of outcomes) {
    expect(result).toSatisfy((r: object) => "value" in r || ("code" in r && r.code === "conflict"));
  }
  return outcomes.filter((result) => "value" in (result as object)).length;
}
