import type { SQLOutputValue } from "node:sqlite";
import type { KeyValue } from "@aloft/core/tables/define-table";
import type { PagePlan, QueryPlan } from "@aloft/core/tables/pages";
import type { AnyItem } from "@aloft/core/tables/validate";
import type { Database } from "./sqlite-database.ts";
import { expiresColumn, indexNameOf, layoutOf, quote, sparseConditions } from "./sqlite-layout.ts";
import { codecOf, type StoredItem } from "./sqlite-rows.ts";

/** Conditions in SQL, with the values of their parameters in order. */
export interface Where {
  readonly conditions: string[];
  readonly values: (KeyValue | null)[];
}

/** The items of a query, from its start in its direction, one more than its limit if there are as many. */
export function readQuery(database: Database, plan: QueryPlan, now: number): StoredItem[] {
  const { table, order, sort, position, ascending } = plan;
  if (plan.empty) return [];
  const fixed = [...order.partition, ...order.sort.slice(0, plan.prefix.length)];
  const values = [...plan.partition, ...plan.prefix];
  const known = Object.fromEntries(fixed.map((name, i) => [name, values[i]]));
  const where: Where = { conditions: fixed.map((name) => `${quote(name)} = ?`), values };
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
  return readOrdered(database, plan, where, indexNameOf(table, plan.order.index), known, now);
}

export function readScan(database: Database, plan: PagePlan, now: number): StoredItem[] {
  return readOrdered(database, plan, { conditions: [], values: [] }, indexNameOf(plan.table, undefined), {}, now);
}

function readOrdered(
  database: Database,
  plan: PagePlan,
  { conditions, values }: Where,
  index: string,
  known: AnyItem,
  now: number,
): StoredItem[] {
  restrict(plan, { conditions, values }, now);
  const reader = codecOf(plan.table).reader(Object.keys(known));
  const order = orderBy(plan);
  const sql =
    `SELECT ${reader.columns} FROM ${layoutOf(plan.table).name} INDEXED BY ${index} ` +
    (conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")} `) +
    (order === "" ? "" : `ORDER BY ${order} `) +
    `LIMIT ${plan.limit + 1}`;
  return reader.items(database.prepare(sql).all(...values) as unknown as SQLOutputValue[][], known);
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
