import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import type { PagePlan, QueryPlan, SearchPlan } from "@aloft/core/tables/pages";
import type { Database } from "./sqlite-database.ts";
import {
  expiresColumn,
  idColumn,
  indexNameOf,
  itemColumn,
  layoutOf,
  quote,
  sparseConditions,
} from "./sqlite-layout.ts";
import type { StoredItem } from "./sqlite-table.ts";

/** Conditions in SQL, with the values of their parameters in order. */
interface Where {
  readonly conditions: string[];
  readonly values: (KeyValue | null)[];
}

/** The items of a query, from its start in its direction, one more than its limit if there are as many. */
export function readQuery(database: Database, plan: QueryPlan, now: number): StoredItem[] {
  const { table, order, sort, position, ascending } = plan;
  const where: Where = {
    conditions: [...order.partition, ...order.sort.slice(0, plan.prefix.length)].map((name) => `${quote(name)} = ?`),
    values: [...plan.partition, ...plan.prefix],
  };
  if (plan.empty) return [];
  const [first] = sort;
  const start = ascending ? plan.lower : plan.upper;
  const end = ascending ? plan.upper : plan.lower;
  if (first !== undefined && position === undefined && start !== undefined) {
    where.conditions.push(`${quote(first)} ${ascending ? ">" : "<"}${start.inclusive ? "=" : ""} ?`);
    where.values.push(start.value);
  }
  if (first !== undefined && end !== undefined) {
    where.conditions.push(`${quote(first)} ${ascending ? "<" : ">"}${end.inclusive ? "=" : ""} ?`);
    where.values.push(end.value);
  }
  where.conditions.push(...sparseConditions(table, [...order.partition, ...order.sort]));
  return readOrdered(database, plan, where, indexNameOf(table, plan.order.index), now);
}

export function readScan(database: Database, plan: PagePlan, now: number): StoredItem[] {
  return readOrdered(database, plan, { conditions: [], values: [] }, indexNameOf(plan.table, undefined), now);
}

export function readSearch(database: Database, plan: SearchPlan, now: number): StoredItem[] {
  const { table, words, scopes } = plan;
  const { search } = layoutOf(table);
  if (search === undefined || table.search === undefined || words.length === 0 || scopes.length === 0) return [];
  const where: Where = {
    conditions: [
      `${quote(table.search.scope)} IN (SELECT value FROM json_each(?))`,
      `${idColumn} IN (SELECT rowid FROM ${search} WHERE ${search} MATCH ?)`,
    ],
    values: [JSON.stringify(scopes), words.map((word) => `"${word}"`).join(" ")],
  };
  return readOrdered(database, plan, where, indexNameOf(table, undefined), now);
}

/**
 * Reads in one step: SQLite joins the items, which are JSON, and one parse makes them all. That is faster than a row
 * at a time.
 */
function readOrdered(
  database: Database,
  plan: PagePlan,
  { conditions, values }: Where,
  index: string,
  now: number,
): StoredItem[] {
  const { table, sort, position, ascending, limit } = plan;
  const columns = sort.map(quote);
  if (position !== undefined && columns.length > 0) {
    const operator = (ascending ? ">" : "<") + (position.inclusive ? "=" : "");
    conditions.push(`(${columns.join(", ")}) ${operator} (${columns.map(() => "?").join(", ")})`);
    values.push(...position.values);
  }
  if (table.expires !== undefined) {
    conditions.push(`(${expiresColumn} IS NULL OR ${expiresColumn} > ?)`);
    values.push(now);
  }
  const order = columns.map((column) => `${column} ${ascending ? "ASC" : "DESC"}`).join(", ");
  const sql =
    `SELECT group_concat(item) FROM (SELECT ${itemColumn} AS item FROM ${nameOf(table)} INDEXED BY ${index} ` +
    (conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")} `) +
    (order === "" ? "" : `ORDER BY ${order} `) +
    "LIMIT ?)";
  const row = database.prepare(sql).get(...values, limit + 1) as unknown as [string | null];
  return row[0] === null ? [] : (JSON.parse(`[${row[0]}]`) as StoredItem[]);
}

function nameOf(table: AnyTable): string {
  return layoutOf(table).name;
}
