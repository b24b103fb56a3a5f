import type { KeyValue } from "@aloft/core/tables/define-table";
import type { PagePlan, QueryPlan } from "@aloft/core/tables/pages";
import type { Database } from "./sqlite-database.ts";
import { expiresColumn, indexNameOf, itemColumn, layoutOf, quote, sparseConditions } from "./sqlite-layout.ts";
import type { StoredItem } from "./sqlite-table.ts";

/** Conditions in SQL, with the values of their parameters in order. */
export interface Where {
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
  const { table, limit } = plan;
  restrict(plan, { conditions, values }, now);
  const order = orderBy(plan);
  const sql =
    `SELECT group_concat(item) FROM (SELECT ${itemColumn} AS item FROM ${layoutOf(table).name} INDEXED BY ${index} ` +
    (conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")} `) +
    (order === "" ? "" : `ORDER BY ${order} `) +
    "LIMIT ?)";
  const row = database.prepare(sql).get(...values, limit + 1) as unknown as [string | null];
  return row[0] === null ? [] : (JSON.parse(`[${row[0]}]`) as StoredItem[]);
}

/** Adds where the page starts and, on tables whose items expire, that they have not. */
export function restrict({ table, sort, position, ascending }: PagePlan, where: Where, now: number): void {
  if (position !== undefined && sort.length > 0) {
    const operator = (ascending ? ">" : "<") + (position.inclusive ? "=" : "");
    where.conditions.push(`(${sort.map(quote).join(", ")}) ${operator} (${sort.map(() => "?").join(", ")})`);
    where.values.push(...position.values);
  }
  if (table.expires !== undefined) {
    where.conditions.push(`(${expiresColumn} IS NULL OR ${expiresColumn} > ?)`);
    where.values.push(now);
  }
}

export function orderBy({ sort, ascending }: PagePlan): string {
  return sort.map((name) => `${quote(name)} ${ascending ? "ASC" : "DESC"}`).join(", ");
}
