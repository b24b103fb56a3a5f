import type { AnyTable } from "@aloft/core/tables/define-table";
import { orderOf } from "@aloft/core/tables/shape";
import type { IndexSpec, KeyElement, TableSpec } from "./dynamodb-specs.ts";
import { shardAttribute } from "./dynamodb-values.ts";

/**
 * When the item was last written, in milliseconds since 1970 by the system's clock: the engine sets it, along with the
 * shard, at every write to a table of which {@link recentIndexSpec} gives an index.
 */
export const atAttribute = "$at";

/** No declared index can have this name. */
const recentIndexName = ".recent";

/** The key of a table that holds a search's index. */
export const searchKey = { bucket: "h", row: "r" } as const;

/**
 * The index that the engine adds to a searchable table, so that what was written last is found: undefined if the table
 * has no search, or declares such an index itself (`search.recent`).
 */
export function recentIndexSpec(table: AnyTable): IndexSpec | undefined {
  const { search, key } = table;
  if (search === undefined || search.recent !== undefined) return undefined;
  const element = (name: string): KeyElement => ({ name, type: keyType(table, name), role: "RANGE" });
  const others = [search.scope, ...search.text, ...(search.newest === undefined ? [] : [search.newest])];
  return {
    name: recentIndexName,
    key: [
      { name: shardAttribute, type: "N", role: "HASH" },
      { name: atAttribute, type: "N", role: "RANGE" },
      ...key.map(element),
    ],
    projection: [...new Set(others)].filter((name) => !key.includes(name)),
  };
}

/** Where a search finds what was written last, and the attributes that order it there. */
export function recentOrderOf(table: AnyTable): { readonly index: string; readonly at: readonly string[] } {
  const recent = table.search?.recent;
  if (recent === undefined) return { index: recentIndexName, at: [atAttribute, ...table.key] };
  return { index: recent, at: orderOf(table, recent).sort };
}

export function searchTableNameOf(prefix: string, table: AnyTable): string {
  return `${prefix}${table.name}.search`;
}

/** The table that a searchable table's index is kept in. */
export function searchTableSpec(table: AnyTable, prefix: string): TableSpec | undefined {
  if (table.search === undefined) return undefined;
  return {
    name: searchTableNameOf(prefix, table),
    key: [
      { name: searchKey.bucket, type: "S", role: "HASH" },
      { name: searchKey.row, type: "S", role: "RANGE" },
    ],
    indexes: [],
    ttlAttribute: undefined,
  };
}

function keyType(table: AnyTable, name: string): KeyElement["type"] {
  return table.keyTypes[name] === "number" ? "N" : "S";
}
