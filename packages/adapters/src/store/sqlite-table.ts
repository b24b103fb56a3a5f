import type { StatementSync } from "node:sqlite";
import { ConflictError, NotFoundError } from "@aloft/core/errors";
import type { AnyCondition } from "@aloft/core/ports/store";
import { applyChange } from "@aloft/core/tables/change";
import { conditionHolds } from "@aloft/core/tables/condition";
import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import { searchTextOf } from "@aloft/core/tables/text";
import type { CheckedOperation } from "@aloft/core/tables/transaction";
import type { AnyItem } from "@aloft/core/tables/validate";
import type { Database } from "./sqlite-database.ts";
import { expiresColumn, idColumn, quote, sparseConditions, uniqueNameOf, type Layout } from "./sqlite-layout.ts";
import { bytesAtMost, codecOf, type Row, type RowCodec, type StoredItem } from "./sqlite-rows.ts";
import { indexedText } from "./sqlite-search.ts";

/** What can be done with one table. Everything that writes must run within a transaction. */
export interface TableAccess {
  readonly get: (key: readonly KeyValue[], now: number) => StoredItem | undefined;
  readonly getUnique: (unique: string, values: readonly KeyValue[], now: number) => StoredItem | undefined;
  /** @param index the operation's place in its transaction. */
  readonly apply: (operation: CheckedOperation, index: number, now: number) => StoredItem | undefined;
  /** Removes up to `limit` expired items, and tells how many they were. */
  readonly sweep: (now: number, limit: number) => number;
}

export function tableAccess(database: Database, layout: Layout): TableAccess {
  const { table } = layout;
  const codec = codecOf(table);
  const reader = codec.reader();
  const sql = statementsOf(database, layout, codec);
  const searched = table.search?.text ?? [];

  const live = (row: Row | undefined, now: number): row is Row =>
    row !== undefined && (row.expires === null || row.expires > now);

  const find = (key: readonly KeyValue[] | undefined, now: number): Row | undefined => {
    const row = key === undefined ? undefined : codec.row(sql.find().get(...key));
    return live(row, now) ? row : undefined;
  };

  const itemOf = ({ values }: Row): StoredItem => reader.items([values])[0] as StoredItem;

  const remove = (row: Row): void => {
    if (layout.search !== undefined) unindex(row.id, itemOf(row));
    sql.remove().run(row.id);
  };

  const index = (id: number | bigint, text: string): void => {
    if (text !== "") sql.index().run(id, text);
  };

  const unindex = (id: number, item: AnyItem): void => {
    if (indexedText(searchTextOf(searched, item)) !== "") sql.unindex().run(id);
  };

  /** Removes expired items that hold the key or a unique value of the item. Throws if a live one does. */
  const clear = (item: AnyItem, own: number | undefined, at: number, now: number): void => {
    const holder = own === undefined ? codec.row(sql.find().get(...valuesAt(item, table.key))) : undefined;
    if (live(holder, now)) {
      const message = `There is already an item of "${table.name}" with this key.`;
      throw new ConflictError(message, { reason: "exists", table: table.name, operation: at });
    }
    if (holder !== undefined) remove(holder);
    for (const [unique, names] of Object.entries(table.unique)) {
      if (names.some((name) => item[name] === undefined)) continue;
      const holder = codec.row(sql.findUnique(unique).get(...valuesAt(item, names)));
      if (holder === undefined || holder.id === own) continue;
      if (live(holder, now)) {
        const message = `Another item of "${table.name}" has this ${names.join(", ")}.`;
        throw new ConflictError(message, { reason: "unique", table: table.name, operation: at, unique });
      }
      remove(holder);
    }
  };

  const insert = (item: AnyItem, at: number, now: number): StoredItem => {
    const values = codec.encode(item, 1);
    let { changes, lastInsertRowid } = sql.insert().run(...values);
    if (changes === 0) {
      clear(item, undefined, at, now);
      ({ changes, lastInsertRowid } = sql.insert().run(...values));
      if (changes === 0) throw unexplained(table);
    }
    if (layout.search !== undefined) index(lastInsertRowid, indexedText(searchTextOf(searched, item)));
    return { ...item, version: 1 };
  };

  const replace = (row: Row, before: StoredItem, item: AnyItem, at: number, now: number): StoredItem => {
    const version = before.version + 1;
    const values = codec.encode(item, version);
    const changed = codec.written.filter((_, i) => values[i] !== row.values[i]);
    const parameters = values.filter((value, i) => value !== row.values[i]);
    if (sql.update(changed).run(...parameters, row.id).changes === 0) {
      clear(item, row.id, at, now);
      if (sql.update(changed).run(...parameters, row.id).changes === 0) throw unexplained(table);
    }
    if (layout.search !== undefined) {
      const text = searchTextOf(searched, item);
      if (text !== searchTextOf(searched, before)) {
        unindex(row.id, before);
        index(row.id, indexedText(text));
      }
    }
    return { ...item, version };
  };

  const require = (row: Row | undefined, condition: AnyCondition | undefined, at: number): StoredItem | undefined => {
    const item = row === undefined ? undefined : itemOf(row);
    if (condition !== undefined && !conditionHolds(condition, item)) {
      const why = item === undefined ? "there is no item with this key" : "the condition does not hold";
      const message = `The item of "${table.name}" was not changed: ${why}.`;
      throw new ConflictError(message, { reason: "condition", table: table.name, operation: at });
    }
    return item;
  };

  const apply = (operation: CheckedOperation, at: number, now: number): StoredItem | undefined => {
    if (operation.kind === "create") return insert(operation.item, at, now);
    const row = find(operation.key, now);
    const before = require(row, operation.if, at);
    switch (operation.kind) {
      case "put":
        if (row === undefined || before === undefined) return insert(operation.item, at, now);
        return replace(row, before, operation.item, at, now);
      case "update": {
        if (row === undefined || before === undefined) {
          throw new NotFoundError(`There is no item of "${table.name}" with this key.`);
        }
        const { version: _, ...item } = before;
        return replace(
          row,
          before,
          applyChange(table, item, operation.change, bytesAtMost(row.values, table)),
          at,
          now,
        );
      }
      case "delete":
        if (row !== undefined) remove(row);
        return undefined;
      default:
        return undefined;
    }
  };

  return {
    get: (key, now) => {
      const row = find(key, now);
      return row === undefined ? undefined : itemOf(row);
    },
    getUnique: (unique, values, now) => {
      const row = codec.row(sql.findUnique(unique).get(...values));
      return live(row, now) ? itemOf(row) : undefined;
    },
    apply,
    sweep: (now, limit) => {
      const rows = sql.expired().all(now, limit) as unknown[];
      for (const row of rows) remove(codec.row(row) as Row);
      return rows.length;
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
  readonly index: Statement;
  readonly unindex: Statement;
  readonly expired: Statement;
}

function statementsOf({ prepare }: Database, layout: Layout, { whole, written }: RowCodec): Statements {
  const { table, name, keyIndex, search = "" } = layout;
  const equal = (attributes: readonly string[]): string[] => attributes.map((attribute) => `${quote(attribute)} = ?`);
  const lazily = (sql: string): Statement => {
    let statement: StatementSync | undefined;
    return () => (statement ??= prepare(sql));
  };
  return {
    find: lazily(`SELECT ${whole} FROM ${name} INDEXED BY ${keyIndex} WHERE ${equal(table.key).join(" AND ")}`),
    findUnique: (unique) => {
      const attributes = table.unique[unique] ?? [];
      const where = [...equal(attributes), ...sparseConditions(table, attributes)].join(" AND ");
      return prepare(`SELECT ${whole} FROM ${name} INDEXED BY ${uniqueNameOf(table, unique)} WHERE ${where}`);
    },
    insert: lazily(
      `INSERT INTO ${name} (${written.join(", ")}) VALUES (${written.map(() => "?").join(", ")}) ON CONFLICT DO NOTHING`,
    ),
    update: (columns) => {
      const set = columns.map((column) => `${column} = ?`).join(", ");
      return prepare(`UPDATE OR IGNORE ${name} SET ${set} WHERE ${idColumn} = ?`);
    },
    remove: lazily(`DELETE FROM ${name} WHERE ${idColumn} = ?`),
    index: lazily(`INSERT INTO ${search} (rowid, text) VALUES (?, ?)`),
    unindex: lazily(`DELETE FROM ${search} WHERE rowid = ?`),
    expired: lazily(`SELECT ${whole} FROM ${name} WHERE ${expiresColumn} <= ? LIMIT ?`),
  };
}

function unexplained({ name }: AnyTable): Error {
  return new Error(`An item of "${name}" could be neither stored nor refused.`);
}

function valuesAt(item: AnyItem, attributes: readonly string[]): KeyValue[] {
  return attributes.map((attribute) => item[attribute] as KeyValue);
}
