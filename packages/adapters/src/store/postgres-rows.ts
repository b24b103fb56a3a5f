import type { AnyTable } from "@aloft/core/tables/define-table";
import { perTable } from "@aloft/core/tables/per-table";
import { searchTextOf, tokenize } from "@aloft/core/tables/text";
import { expiryOf, type AnyItem } from "@aloft/core/tables/validate";
import type { Row } from "./postgres-connection.ts";
import { expiresColumn, layoutOf, restColumn, versionColumn, wordsColumn, type Column } from "./postgres-layout.ts";

export type StoredItem = AnyItem & { readonly version: number };

/** Between items and the rows of one table. */
export interface RowCodec {
  /** All that is written of an item but its version and tenant, by column. */
  readonly written: readonly string[];
  /** The type of each of `written`. */
  readonly types: readonly string[];
  /** Values for `written`. */
  readonly encode: (item: AnyItem) => unknown[];
  /** The columns that {@link RowCodec.decode} takes. */
  readonly read: readonly string[];
  readonly decode: (row: Row) => StoredItem;
}

export const codecOf: (table: AnyTable) => RowCodec = perTable(makeCodec);

function makeCodec(table: AnyTable): RowCodec {
  const { columns } = layoutOf(table);
  const words = table.search === undefined ? [] : [wordsColumn];
  return {
    written: [...columns.map(({ name }) => name), expiresColumn, restColumn, ...words],
    types: [...columns.map(({ type }) => type), "bigint", "json", ...words.map(() => "tsvector")],
    encode: (item) => {
      let rest: Record<string, unknown> | undefined;
      const values = columns.map((column) => {
        const value = item[column.attribute];
        if (value === undefined) return null;
        if (fits(column, value)) return encodeValue(column, value);
        (rest ??= {})[column.attribute] = value;
        return null;
      });
      values.push(expiryOf(table, item) ?? null, rest === undefined ? null : JSON.stringify(rest));
      if (table.search !== undefined) values.push(wordsOf(table.search.text, item));
      return values;
    },
    read: [...columns.map(({ name }) => name), versionColumn, restColumn],
    decode: (row) => {
      const item: Record<string, unknown> = { version: row[columns.length] };
      for (const [i, { attribute }] of columns.entries()) {
        const value = row[i];
        if (value !== null && value !== undefined) item[attribute] = value === jsonNull ? null : value;
      }
      const rest = row[columns.length + 1];
      return (rest === null ? item : Object.assign(item, rest)) as StoredItem;
    },
  };
}

/** What the driver gives for JSON's null, which is a value, while SQL's is none. */
export const jsonNull: symbol = Symbol("null");

function fits({ type }: Column, value: unknown): boolean {
  return type === "json" || typeof value === (type === "text" ? "string" : "number");
}

export function encodeValue({ type }: Column, value: unknown): unknown {
  return type === "json" ? JSON.stringify(value) : value;
}

/** The words of a text as PostgreSQL writes a tsvector. Words are letters, digits and marks: nothing to be escaped. */
export function wordsOf(attributes: readonly string[], item: AnyItem): string {
  return [...new Set(tokenize(searchTextOf(attributes, item)))].map((word) => `'${word}'`).join(" ");
}
