import { InvalidError, TooLargeError } from "@aloft/core/errors";
import { op, storeLimits, type Operation, type Store } from "@aloft/core/ports/store";
import type { AnyTable } from "@aloft/core/tables/define-table";
import type { AnyItem } from "@aloft/core/tables/validate";

/** The parts of a store, its types of items forgotten. */
type Methods<K extends keyof Store> = { readonly [M in K]: (...given: never[]) => Promise<unknown> };
export type Reads = Methods<"get" | "getMany" | "getUnique" | "query" | "search" | "nearest" | "scan" | "estimate">;
type SingleWrites = Methods<"create" | "put" | "update" | "delete">;
export type Writes = SingleWrites & Methods<"transact" | "load">;

/** The four writes of one item, by an engine's way to perform any operation. */
export function singleWrites(write: (operation: Operation) => Promise<AnyItem | undefined>): SingleWrites {
  return {
    create: (table: AnyTable, item: AnyItem) => write(op.create(table, item)),
    put: (table: AnyTable, item: AnyItem, options?: object) => write(op.put(table, item, options)),
    update: (table: AnyTable, key: AnyItem, change: object, options?: object) =>
      write(op.update(table, key, change, options)),
    delete: async (table: AnyTable, key: AnyItem, options?: object) => {
      await write(op.delete(table, key, options));
    },
  };
}

/** @throws {TooLargeError} more than a store gets at once. */
export function checkGetMany(keys: readonly AnyItem[]): void {
  if (keys.length <= storeLimits.maxGetMany) return;
  throw new TooLargeError(`At most ${storeLimits.maxGetMany} items can be got at once, not ${keys.length}.`);
}

/** @throws {InvalidError} the table declares no such constraint. */
export function uniqueAttributes(table: AnyTable, unique: string): readonly string[] {
  const attributes = table.unique[unique];
  if (attributes !== undefined) return attributes;
  throw new InvalidError(`The table "${table.name}" has no unique constraint "${unique}".`);
}
