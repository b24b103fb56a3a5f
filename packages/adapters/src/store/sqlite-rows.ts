import type { SQLOutputValue } from "node:sqlite";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { perTable } from "@aloft/core/tables/per-table";
import { expiryOf, type AnyItem } from "@aloft/core/tables/validate";
import { expiresColumn, idColumn, layoutOf, restColumn, versionColumn } from "./sqlite-layout.ts";

export type StoredItem = AnyItem & { readonly version: number };
type Value = string | number | null;
/** The values of a row's columns, in the order of {@link RowCodec.written}. */
export type Values = readonly Value[];

/** A row as it is read before it is written: its id, when it expires, and its values. */
export interface Row {
  readonly id: number;
  readonly expires: number | null;
  readonly values: Values;
}

/** Between items and the rows of one table. */
export interface RowCodec {
  readonly written: readonly string[];
  /** The columns that {@link RowCodec.row} takes. */
  readonly whole: string;
  readonly encode: (item: AnyItem, version: number) => Value[];
  readonly row: (row: unknown) => Row | undefined;
  /** Reads all that the row holds, also what is no longer declared. */
  readonly everything: RowReader;
  /** @param known attributes whose values are the same in every row and known, so that they need not be read. */
  readonly reader: (known?: readonly string[]) => RowReader;
}

export interface RowReader {
  /** The columns that {@link RowReader.items} takes. */
  readonly columns: string;
  /** @param known the values of the attributes that are not read. */
  readonly items: (rows: readonly (readonly SQLOutputValue[])[], known?: AnyItem) => StoredItem[];
}

export const codecOf: (table: AnyTable) => RowCodec = perTable(makeCodec);

function makeCodec(table: AnyTable): RowCodec {
  const { columns } = layoutOf(table);
  const names = columns.map(({ attribute }) => attribute);
  const types = columns.map(({ type }) => (type === "REAL" ? "number" : "string"));
  const others = Object.keys(table.item.shape).filter((name) => !names.includes(name));
  const hasRest = others.length > 0;
  const readers = new Map<string, RowReader>();
  const written = [...columns.map(({ name }) => name), versionColumn, restColumn, expiresColumn];
  return {
    written,
    whole: [...written, idColumn].join(", "),
    encode: (item, version) => {
      const values: Value[] = [];
      let rest: Record<string, unknown> | undefined;
      for (let i = 0; i < names.length; i++) {
        const value = item[names[i] as string];
        if (typeof value === types[i]) values.push(value as Value);
        else {
          values.push(null);
          if (value !== undefined) (rest ??= {})[names[i] as string] = value;
        }
      }
      for (const name of others) if (item[name] !== undefined) (rest ??= {})[name] = item[name];
      values.push(version, rest === undefined ? null : JSON.stringify(rest), expiryOf(table, item) ?? null);
      return values;
    },
    everything: makeReader(table, [], true),
    reader: (known = []) => {
      const name = known.join();
      let reader = readers.get(name);
      if (reader === undefined) {
        reader = makeReader(table, known, hasRest);
        readers.set(name, reader);
      }
      return reader;
    },
    row: (row) => {
      if (!Array.isArray(row)) return undefined;
      const values = row as Value[];
      const id = values.pop() as number;
      return { id, expires: values.at(-1) as number | null, values };
    },
  };
}

/** Rows are read as arrays and made objects here, and all the JSON of a page is parsed at once: that is fastest. */
function makeReader(table: AnyTable, known: readonly string[], hasRest: boolean): RowReader {
  const { columns } = layoutOf(table);
  const read = columns.filter(({ attribute }) => !known.includes(attribute));
  const names = read.map(({ attribute }) => attribute);
  const versionAt = names.length;
  return {
    columns: [...read.map(({ name }) => name), versionColumn, ...(hasRest ? [restColumn] : [])].join(", "),
    items: (rows, values) => {
      const rests: SQLOutputValue[] = [];
      const unfinished: object[] = [];
      const items = rows.map((row) => {
        const item: Record<string, unknown> = { ...values, version: row[versionAt] };
        for (let i = 0; i < versionAt; i++) {
          const value = row[i];
          if (value !== null) item[names[i] as string] = value;
        }
        const rest = row[versionAt + 1];
        if (rest !== null && rest !== undefined) {
          rests.push(rest);
          unfinished.push(item);
        }
        return item as StoredItem;
      });
      if (rests.length > 0) {
        const parsed = JSON.parse(`[${rests.join(",")}]`) as object[];
        for (const [i, item] of unfinished.entries()) Object.assign(item, parsed[i]);
      }
      return items;
    },
  };
}

/** At least as many bytes as DynamoDB would count. */
export function bytesAtMost(values: Values, table: AnyTable): number {
  let bytes = 0;
  for (const value of values) bytes += typeof value === "string" ? value.length * 3 : 24;
  return layoutOf(table).columns.reduce((sum, { attribute }) => sum + attribute.length * 3, bytes);
}
