import type { StatementSync } from "node:sqlite";
import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import { searchTextOf } from "@aloft/core/tables/text";
import type { AnyItem } from "@aloft/core/tables/validate";
import type { Database } from "./sqlite-database.ts";
import { expiresColumn, idColumn, layoutOf, quote, sparseConditions, uniqueNameOf } from "./sqlite-layout.ts";
import { codecOf, type Row, type StoredItem } from "./sqlite-rows.ts";
import { indexedText } from "./sqlite-search.ts";

/** The rows of one table, and its search index along with them. What writes must run within a transaction. */
export interface TableRows {
  readonly table: AnyTable;
  readonly find: (key: readonly KeyValue[]) => Row | undefined;
  readonly findUnique: (unique: string, values: readonly KeyValue[]) => Row | undefined;
  readonly itemOf: (row: Row) => StoredItem;
  /** False if another row has the key or a unique value. */
  readonly insert: (item: AnyItem, version: number) => boolean;
  /** Writes the columns that change. False if another row has a unique value. */
  readonly replace: (row: Row, before: AnyItem, item: AnyItem, version: number) => boolean;
  readonly remove: (row: Row) => void;
  readonly expired: (now: number, limit: number) => Row[];
}

export function tableRows(database: Database, table: AnyTable): TableRows {
  const codec = codecOf(table);
  const reader = codec.reader();
  const sql = statementsOf(database, table);
  const index = table.search === undefined ? undefined : searchIndex(database, table, table.search.text);
  const itemOf = ({ values }: Row): StoredItem => reader.items([values])[0] as StoredItem;
  return {
    table,
    find: (key) => codec.row(sql.find().get(...key)),
    findUnique: (unique, values) => codec.row(sql.findUnique(unique).get(...values)),
    itemOf,
    insert: (item, version) => {
      const { changes, lastInsertRowid } = sql.insert().run(...codec.encode(item, version));
      if (changes !== 0) index?.add(lastInsertRowid, item);
      return changes !== 0;
    },
    replace: (row, before, item, version) => {
      const values = codec.encode(item, version);
      const columns = codec.written.filter((_, i) => values[i] !== row.values[i]);
      if (columns.length === 0) return true;
      const parameters = values.filter((value, i) => value !== row.values[i]);
      if (sql.update(columns).run(...parameters, row.id).changes === 0) return false;
      index?.change(row.id, before, item);
      return true;
    },
    remove: (row) => {
      index?.remove(row.id, itemOf(row));
      sql.remove().run(row.id);
    },
    expired: (now, limit) => {
      const rows: unknown[] = sql.expired().all(now, limit);
      return rows.flatMap((row) => codec.row(row) ?? []);
    },
  };
}

type Statement = () => StatementSync;

interface Statements {
  readonly find: Statement;
  readonly findUnique: (unique: string) => StatementSync;
  readonly insert: Statement;
  /** Writes these columns alone, so that no index is touched that stays as it is. */
  readonly update: (columns: readonly string[]) => StatementSync;
  readonly remove: Statement;
  readonly expired: Statement;
}

function statementsOf({ prepare }: Database, table: AnyTable): Statements {
  const { name, keyIndex } = layoutOf(table);
  const { whole, written } = codecOf(table);
  const equal = (attributes: readonly string[]): string[] => attributes.map((attribute) => `${quote(attribute)} = ?`);
  return {
    find: lazily(
      prepare,
      `SELECT ${whole} FROM ${name} INDEXED BY ${keyIndex} WHERE ${equal(table.key).join(" AND ")}`,
    ),
    findUnique: (unique) => {
      const attributes = table.unique[unique] ?? [];
      const where = [...equal(attributes), ...sparseConditions(table, attributes)].join(" AND ");
      return prepare(`SELECT ${whole} FROM ${name} INDEXED BY ${uniqueNameOf(table, unique)} WHERE ${where}`);
    },
    insert: lazily(
      prepare,
      `INSERT INTO ${name} (${written.join(", ")}) VALUES (${written.map(() => "?").join(", ")}) ON CONFLICT DO NOTHING`,
    ),
    update: (columns) => {
      const set = columns.map((column) => `${column} = ?`).join(", ");
      return prepare(`UPDATE OR IGNORE ${name} SET ${set} WHERE ${idColumn} = ?`);
    },
    remove: lazily(prepare, `DELETE FROM ${name} WHERE ${idColumn} = ?`),
    expired: lazily(prepare, `SELECT ${whole} FROM ${name} WHERE ${expiresColumn} <= ? LIMIT ?`),
  };
}

interface SearchIndex {
  readonly add: (id: number | bigint, item: AnyItem) => void;
  readonly change: (id: number, before: AnyItem, item: AnyItem) => void;
  readonly remove: (id: number, item: AnyItem) => void;
}

function searchIndex({ prepare }: Database, table: AnyTable, attributes: readonly string[]): SearchIndex {
  const { search } = layoutOf(table);
  const insert = lazily(prepare, `INSERT INTO ${search} (rowid, text) VALUES (?, ?)`);
  const erase = lazily(prepare, `DELETE FROM ${search} WHERE rowid = ?`);
  const add = (id: number | bigint, text: string): void => {
    const words = indexedText(text);
    if (words !== "") insert().run(id, words);
  };
  const remove = (id: number, text: string): void => {
    if (indexedText(text) !== "") erase().run(id);
  };
  return {
    add: (id, item) => add(id, searchTextOf(attributes, item)),
    change: (id, before, item) => {
      const [old, text] = [searchTextOf(attributes, before), searchTextOf(attributes, item)];
      if (text === old) return;
      remove(id, old);
      add(id, text);
    },
    remove: (id, item) => remove(id, searchTextOf(attributes, item)),
  };
}

function lazily(prepare: Database["prepare"], sql: string): Statement {
  let statement: StatementSync | undefined;
  return () => (statement ??= prepare(sql));
}
