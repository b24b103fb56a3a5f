import type { SQLOutputValue } from "node:sqlite";
import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import type { Bound, PagePlan, QueryPlan } from "@aloft/core/tables/pages";
import type { AnyItem } from "@aloft/core/tables/validate";
import type { Database } from "./sqlite-database.ts";
import { expiresColumn, indexNameOf, layoutOf, quote, sparseConditions } from "./sqlite-layout.ts";
import { codecOf, type StoredItem } from "./sqlite-rows.ts";

/** The items of a query, from its start in its direction, one more than its limit if there are as many. */
export function readQuery(database: Database, plan: QueryPlan, now: number): StoredItem[] {
  if (plan.empty) return [];
  const { table, order, partition, prefix } = plan;
  const known: Record<string, unknown> = {};
  for (const [i, name] of order.partition.entries()) known[name] = partition[i];
  for (const [i, value] of prefix.entries()) known[order.sort[i] as string] = value;
  const values: KeyValue[] = [...partition, ...prefix];
  const { start, end } = boundsOf(plan);
  if (start !== undefined) values.push(start.value);
  if (end !== undefined) values.push(end.value);
  values.push(...startValues(plan, now));
  const key = `${table.name} ${order.index} ${prefix.length} ${start?.inclusive} ${end?.inclusive} ${variantOf(plan)}`;
  return readRows(database, plan, key, () => querySql(plan), values, known);
}

export function readScan(database: Database, plan: PagePlan, now: number): StoredItem[] {
  const sql = (): string => pageSql(plan, indexNameOf(plan.table, undefined), [], []);
  return readRows(database, plan, `${plan.table.name} scan ${variantOf(plan)}`, sql, startValues(plan, now), {});
}

/** Expired rows are not counted that no sweep has removed yet. */
export function countItems({ prepare }: Database, table: AnyTable, now: number): number {
  const { name } = layoutOf(table);
  const alive = table.expires === undefined ? "TRUE" : `${expiresColumn} IS NULL OR ${expiresColumn} > ?`;
  const values = table.expires === undefined ? [] : [now];
  const [count] = prepare(`SELECT count(*) FROM ${name} WHERE ${alive}`).get(...values) as unknown as [number];
  return count;
}

/** What SQL says of where a page starts and, on tables whose items expire, that they have not. */
export function startConditions({ table, sort, position, ascending }: PagePlan): string[] {
  const conditions: string[] = [];
  if (position !== undefined && sort.length > 0) {
    const operator = (ascending ? ">" : "<") + (position.inclusive ? "=" : "");
    conditions.push(`(${sort.map(quote).join(", ")}) ${operator} (${sort.map(() => "?").join(", ")})`);
  }
  if (table.expires !== undefined) conditions.push(`(${expiresColumn} IS NULL OR ${expiresColumn} > ?)`);
  return conditions;
}

/** The parameters of {@link startConditions}. */
export function startValues({ table, position }: PagePlan, now: number): KeyValue[] {
  const values = [...(position?.values ?? [])];
  if (table.expires !== undefined) values.push(now);
  return values;
}

export function orderBy({ sort, ascending }: PagePlan): string {
  return sort.map((name) => `${quote(name)} ${ascending ? "ASC" : "DESC"}`).join(", ");
}

/** Where reading starts and ends. A position lies within the bounds, so it takes the place of the first. */
function boundsOf({ lower, upper, ascending, position }: QueryPlan): {
  readonly start: Bound | undefined;
  readonly end: Bound | undefined;
} {
  const [start, end] = ascending ? [lower, upper] : [upper, lower];
  return { start: position === undefined ? start : undefined, end };
}

/** What the SQL of a page depends on besides its query. */
function variantOf({ position, ascending, limit }: PagePlan): string {
  return `${position?.inclusive} ${ascending} ${limit}`;
}

function querySql(plan: QueryPlan): string {
  const { table, order, ascending } = plan;
  const known = [...order.partition, ...order.sort.slice(0, plan.prefix.length)];
  const conditions = known.map((name) => `${quote(name)} = ?`);
  const first = quote(plan.sort[0] ?? "");
  const { start, end } = boundsOf(plan);
  if (start !== undefined) conditions.push(`${first} ${ascending ? ">" : "<"}${start.inclusive ? "=" : ""} ?`);
  if (end !== undefined) conditions.push(`${first} ${ascending ? "<" : ">"}${end.inclusive ? "=" : ""} ?`);
  conditions.push(...sparseConditions(table, [...order.partition, ...order.sort]));
  return pageSql(plan, indexNameOf(table, order.index), conditions, known);
}

/** The limit is no parameter: SQLite reads faster when it knows it. */
function pageSql(plan: PagePlan, index: string, conditions: readonly string[], known: readonly string[]): string {
  const { columns } = codecOf(plan.table).reader(known);
  const where = [...conditions, ...startConditions(plan)].join(" AND ");
  const order = orderBy(plan);
  return (
    `SELECT ${columns} FROM ${layoutOf(plan.table).name} INDEXED BY ${index} ` +
    (where === "" ? "" : `WHERE ${where} `) +
    (order === "" ? "" : `ORDER BY ${order} `) +
    `LIMIT ${plan.limit + 1}`
  );
}

function readRows(
  database: Database,
  plan: PagePlan,
  key: string,
  sql: () => string,
  values: readonly KeyValue[],
  known: AnyItem,
): StoredItem[] {
  const rows = database.prepareOnce(key, sql).all(...values) as unknown as SQLOutputValue[][];
  return codecOf(plan.table).reader(Object.keys(known)).items(rows, known);
}
