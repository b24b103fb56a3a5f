import { createHash } from "node:crypto";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { perTable } from "@aloft/core/tables/per-table";
import { shapeOf } from "@aloft/core/tables/shape";

export type ColumnType = "text" | "double precision" | "json";

export interface Column {
  readonly attribute: string;
  /** Quoted, as are all names in here unless they are said not to be. */
  readonly name: string;
  readonly type: ColumnType;
}

/** A declared table as PostgreSQL has it: a row an item, a column an attribute. */
export interface Layout {
  readonly table: AnyTable;
  readonly name: string;
  readonly columns: readonly Column[];
  readonly column: ReadonlyMap<string, Column>;
  readonly keyConstraint: string;
  /** The unique constraint of each constraint of the database, by its name unquoted. */
  readonly uniques: ReadonlyMap<string, string>;
  /** What a search reads; see {@link searchTableOf}. */
  readonly search: string | undefined;
}

/** Columns of the engine's own begin with "$", which no declared name can hide. */
export const tenantColumn = '"$tenant"';
export const versionColumn = '"$version"';
/** Milliseconds since 1970. */
export const expiresColumn = '"$expires"';
/** Values that do not fit their column, as only loaded items can have them: a JSON object, NULL if there are none. */
export const restColumn = '"$rest"';
/** The words that the item is found by. NULL: they have not been worked out yet. */
export const wordsColumn = '"$words"';

/** @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
const maxNameBytes = 63;

/** A name that PostgreSQL does not cut: what is too long ends in a digest of itself instead. */
export function fitName(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= maxNameBytes) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 12);
  const start = new TextDecoder().decode(bytes.subarray(0, maxNameBytes - 13)).replace(/\ufffd$/, "");
  return `${start}$${digest}`;
}

const quoted = new Map<string, string>();

/** The name as SQL has it. Names come from declarations, so there are few; they are quoted once each. */
export function quote(name: string): string {
  let sql = quoted.get(name);
  if (sql === undefined) {
    sql = `"${fitName(name).replaceAll('"', '""')}"`;
    quoted.set(name, sql);
  }
  return sql;
}

/**
 * The table that a search names: an empty parent of the table itself, whose row policy asks for the words too. The
 * policy of the table would keep the index of words from being used, see docs/adr/0014. Unquoted.
 */
export function searchTableOf(table: string): string {
  return `${table}$search`;
}

export const layoutOf: (table: AnyTable) => Layout = perTable(deriveLayout);

export function columnTypeOf(table: AnyTable, attribute: string): ColumnType {
  const plain = shapeOf(table).plain.get(attribute);
  if (plain === undefined) return "json";
  return plain === "number" ? "double precision" : "text";
}

function deriveLayout(table: AnyTable): Layout {
  const columns = Object.keys(table.item.shape).map((attribute) => ({
    attribute,
    name: quote(attribute),
    type: columnTypeOf(table, attribute),
  }));
  return {
    table,
    name: quote(table.name),
    columns,
    column: new Map(columns.map((column) => [column.attribute, column])),
    keyConstraint: quote(`${table.name}$key`),
    uniques: new Map(
      Object.keys(table.unique).map((unique) => [fitName(`${table.name}$unique$${unique}`), unique] as const),
    ),
    search: table.search === undefined ? undefined : quote(searchTableOf(table.name)),
  };
}
