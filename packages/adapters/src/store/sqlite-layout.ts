import type { AnyTable } from "@aloft/core/tables/define-table";
import { perTable } from "@aloft/core/tables/per-table";
import { orderOf, shapeOf, sparseAttributes } from "@aloft/core/tables/shape";

/** A declared table as SQLite has it: a row an item, a column for each plain attribute, and JSON for the others. */
export interface Layout {
  readonly table: AnyTable;
  /** Quoted, as are all names in here. */
  readonly name: string;
  readonly columns: readonly { readonly attribute: string; readonly name: string; readonly type: "TEXT" | "REAL" }[];
  /** By name, unquoted. */
  readonly indexes: ReadonlyMap<string, string>;
  readonly keyIndex: string;
  /** The full-text table, if the declaration has a search. */
  readonly search: string | undefined;
}

/** Columns of the engine's own begin with "$", which no declared name can hide. */
export const idColumn = '"$id"';
/** The attributes without a column, as a JSON object; NULL if the item has none of them. */
export const restColumn = '"$rest"';
export const versionColumn = '"$version"';
export const expiresColumn = '"$expires"';

export const layoutOf: (table: AnyTable) => Layout = perTable(deriveLayout);

const quoted = new Map<string, string>();

/** The name as SQL has it. Names come from declarations, so there are few; they are quoted once each. */
export function quote(name: string): string {
  let sql = quoted.get(name);
  if (sql === undefined) {
    sql = `"${name.replaceAll('"', '""')}"`;
    quoted.set(name, sql);
  }
  return sql;
}

export function indexNameOf(table: AnyTable, index: string | undefined): string {
  return quote(index === undefined ? `${table.name}$key` : `${table.name}$by$${index}`);
}

export function uniqueNameOf(table: AnyTable, unique: string): string {
  return quote(`${table.name}$unique$${unique}`);
}

/** The index that a search walks when its scope is not the table's partition. Unquoted. */
export function scopeIndexOf(table: AnyTable): string {
  return `${table.name}$scope`;
}

/** The index that a search of many scopes walks, newest first: a declared one if it has this order. Unquoted. */
export function newestIndexOf(table: AnyTable): string {
  const { recent } = table.search ?? {};
  const declared = recent !== undefined && table.indexes[recent]?.sort?.length === 1;
  return declared ? `${table.name}$by$${recent}` : `${table.name}$newest`;
}

/** Conditions that a partial index asks for before it can be used. */
export function sparseConditions(table: AnyTable, attributes: readonly string[]): string[] {
  return sparseAttributes(table, attributes).map((attribute) => `${quote(attribute)} IS NOT NULL`);
}

function deriveLayout(table: AnyTable): Layout {
  const columns = [...shapeOf(table).plain].map(([attribute, type]) => ({
    attribute,
    name: quote(attribute),
    type: type === "number" ? ("REAL" as const) : ("TEXT" as const),
  }));
  const name = quote(table.name);
  const indexes = new Map<string, string>();
  const add = (kind: string, index: string, attributes: readonly string[]): void => {
    const sparse = sparseConditions(table, attributes);
    const where = sparse.length === 0 ? "" : ` WHERE ${sparse.join(" AND ")}`;
    indexes.set(index, `CREATE ${kind} ${quote(index)} ON ${name} (${attributes.map(quote).join(", ")})${where}`);
  };
  add("UNIQUE INDEX", `${table.name}$key`, table.key);
  for (const [unique, attributes] of Object.entries(table.unique)) {
    add("UNIQUE INDEX", `${table.name}$unique$${unique}`, attributes);
  }
  for (const index of Object.keys(table.indexes)) {
    const { partition, sort } = orderOf(table, index);
    add("INDEX", `${table.name}$by$${index}`, [...partition, ...sort]);
  }
  if (table.search !== undefined && table.search.scope !== table.key[0]) {
    const { scope } = table.search;
    add("INDEX", scopeIndexOf(table), [scope, ...table.key.filter((attribute) => attribute !== scope)]);
  }
  if (table.search?.newest !== undefined) {
    const { newest } = table.search;
    add("INDEX", newestIndexOf(table), [newest, ...table.key.filter((attribute) => attribute !== newest)]);
  }
  if (table.expires !== undefined) {
    const index = `${table.name}$expires`;
    indexes.set(index, `CREATE INDEX ${quote(index)} ON ${name} (${expiresColumn}) WHERE ${expiresColumn} IS NOT NULL`);
  }
  return {
    table,
    name,
    columns,
    indexes,
    keyIndex: indexNameOf(table, undefined),
    search: table.search === undefined ? undefined : quote(`${table.name}$search`),
  };
}
