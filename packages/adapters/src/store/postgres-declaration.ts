import type { AnyTable } from "@aloft/core/tables/define-table";
import { orderOf, sparseAttributes } from "@aloft/core/tables/shape";
import { tokenizerVersion } from "@aloft/core/tables/text";
import { columnTypeOf, type ColumnType } from "./postgres-layout.ts";

/** A declared table, as far as its schema depends on it: plain data that can be kept and compared. */
export interface TableDeclaration {
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly key: readonly string[];
  readonly unique: Readonly<Record<string, readonly string[]>>;
  /** By the end of its name. Rows that lack one of `present` are not in it. */
  readonly indexes: Readonly<
    Record<string, { readonly columns: readonly string[]; readonly present: readonly string[] }>
  >;
  /** The attribute that says when an item expires. */
  readonly expires: string | null;
  readonly search: SearchDeclaration | null;
}

export interface SearchDeclaration {
  readonly text: readonly string[];
  /** What a search is fenced in and ordered by, the key included. */
  readonly columns: readonly string[];
  readonly tokenizer: number;
}

export type Declarations = Readonly<Record<string, TableDeclaration>>;

export function declarationsOf(tables: readonly AnyTable[]): Declarations {
  return Object.fromEntries(tables.map((table) => [table.name, declarationOf(table)]));
}

function declarationOf(table: AnyTable): TableDeclaration {
  const attributes = Object.keys(table.item.shape);
  return {
    columns: Object.fromEntries(attributes.map((attribute) => [attribute, columnTypeOf(table, attribute)])),
    key: table.key,
    unique: table.unique,
    indexes: indexesOf(table),
    expires: table.expires ?? null,
    search: searchOf(table),
  };
}

function indexesOf(table: AnyTable): TableDeclaration["indexes"] {
  const indexes: Record<string, TableDeclaration["indexes"][string]> = {};
  const add = (name: string, columns: readonly string[]): void => {
    indexes[name] = { columns, present: sparseAttributes(table, columns) };
  };
  for (const index of Object.keys(table.indexes)) {
    const { partition, sort } = orderOf(table, index);
    add(`by$${index}`, [...partition, ...sort]);
  }
  const { search, key } = table;
  if (search === undefined) return indexes;
  const order = search.newest === undefined ? key : [search.newest, ...key.filter((name) => name !== search.newest)];
  const scoped = [search.scope, ...order.filter((name) => name !== search.scope)];
  const known = [key, ...Object.values(indexes).map(({ columns }) => columns)];
  if (!known.some((columns) => columns.join("\0") === scoped.join("\0"))) add("scope", scoped);
  if (!known.some((columns) => columns.join("\0") === order.join("\0"))) add("newest", order);
  return indexes;
}

function searchOf({ search, key }: AnyTable): SearchDeclaration | null {
  if (search === undefined) return null;
  const { text, scope, newest } = search;
  const columns = [...new Set([...key, scope, ...(newest === undefined ? [] : [newest])])];
  return { text, columns, tokenizer: tokenizerVersion };
}
