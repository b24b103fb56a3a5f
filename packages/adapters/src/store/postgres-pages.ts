import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import type { PagePlan, QueryPlan, SearchPlan } from "@aloft/core/tables/pages";
import { sparseAttributes } from "@aloft/core/tables/shape";
import type { Statement } from "./postgres-connection.ts";
import { expiresColumn, layoutOf, quote, tenantColumn, wordsColumn } from "./postgres-layout.ts";
import { codecOf } from "./postgres-rows.ts";
import { equals, isLive, ofTenant, statement, type Bind } from "./postgres-sql.ts";

/** Whose rows are read, and when. */
export interface Reading {
  readonly tenant: string;
  readonly now: number;
}

export function getSql(table: AnyTable, key: readonly KeyValue[], { tenant, now }: Reading): Statement {
  return statement((bind) => {
    const where = [ofTenant(tenant, bind), ...equals(table.key, key, bind), ...isLive(table, now, bind)];
    return `SELECT ${codecOf(table).read.join(", ")} FROM ${layoutOf(table).name} WHERE ${where.join(" AND ")}`;
  });
}

export function getManySql(table: AnyTable, keys: readonly (readonly KeyValue[])[], reading: Reading): Statement {
  return statement((bind) => {
    const names = table.key.map((_, i) => `k${i}`);
    const lists = table.key.map((attribute, i) =>
      bindList(
        table,
        attribute,
        keys.map((key) => key[i] as KeyValue),
        bind,
      ),
    );
    const join = table.key.map((attribute, i) => `${quote(attribute)} = k.${names[i]}`);
    const where = [ofTenant(reading.tenant, bind), ...isLive(table, reading.now, bind)];
    return (
      `SELECT ${codecOf(table).read.join(", ")} FROM unnest(${lists.join(", ")}) AS k(${names.join(", ")}) ` +
      `JOIN ${layoutOf(table).name} ON ${join.join(" AND ")} WHERE ${where.join(" AND ")}`
    );
  });
}

export function getUniqueSql(
  table: AnyTable,
  names: readonly string[],
  values: readonly KeyValue[],
  reading: Reading,
): Statement {
  return statement((bind) => {
    const where = [ofTenant(reading.tenant, bind), ...equals(names, values, bind), ...isLive(table, reading.now, bind)];
    return `SELECT ${codecOf(table).read.join(", ")} FROM ${layoutOf(table).name} WHERE ${where.join(" AND ")}`;
  });
}

/** The items of a query, from its start in its direction, one more than its limit if there are as many. */
export function querySql(plan: QueryPlan, reading: Reading): Statement {
  return statement((bind) => {
    const { table, order, partition, prefix, lower, upper } = plan;
    const first = quote(plan.sort[0] ?? "");
    const where = [
      ...equals(order.partition, partition, bind),
      ...equals(order.sort.slice(0, prefix.length), prefix, bind),
      ...(lower === undefined ? [] : [`${first} >${lower.inclusive ? "=" : ""} ${bind(lower.value)}`]),
      ...(upper === undefined ? [] : [`${first} <${upper.inclusive ? "=" : ""} ${bind(upper.value)}`]),
      ...sparseAttributes(table, plan.sort).map((name) => `${quote(name)} IS NOT NULL`),
    ];
    return pageSql(plan, where, reading, bind);
  });
}

export function scanSql(plan: PagePlan, reading: Reading): Statement {
  return statement((bind) => pageSql(plan, [], reading, bind));
}

const countedRows = 10_000;

/** Counted up to a few thousand; beyond, what the statistics say of all tenants together. */
export function estimateSql(table: AnyTable, tenant: string): Statement {
  return statement((bind) => {
    const { name } = layoutOf(table);
    const sample = `SELECT 1 FROM ${name} WHERE ${ofTenant(tenant, bind)} LIMIT ${countedRows}`;
    const all = `SELECT reltuples FROM pg_class WHERE oid = ${bind(name)}::regclass`;
    return `SELECT CASE WHEN count(*) < ${countedRows} THEN count(*) ELSE greatest(count(*), (${all})::bigint) END FROM (${sample}) counted`;
  });
}

function pageSql(plan: PagePlan, conditions: readonly string[], { tenant, now }: Reading, bind: Bind): string {
  const { table } = plan;
  const where = [ofTenant(tenant, bind), ...conditions, ...fromPosition(plan, bind), ...isLive(table, now, bind)];
  return (
    `SELECT ${codecOf(table).read.join(", ")} FROM ${layoutOf(table).name} WHERE ${where.join(" AND ")} ` +
    `${orderBy(plan)} LIMIT ${plan.limit + 1}`
  );
}

function fromPosition({ sort, position, ascending }: PagePlan, bind: Bind): string[] {
  if (position === undefined || sort.length === 0) return [];
  const operator = (ascending ? ">" : "<") + (position.inclusive ? "=" : "");
  return [`(${sort.map(quote).join(", ")}) ${operator} (${position.values.map(bind).join(", ")})`];
}

function orderBy({ sort, ascending }: PagePlan, qualifier = ""): string {
  if (sort.length === 0) return "";
  return `ORDER BY ${sort.map((name) => `${qualifier}${quote(name)} ${ascending ? "ASC" : "DESC"}`).join(", ")}`;
}

/**
 * The items that are found, from the search's start in its direction, one more than its limit if there are as many.
 * The words are said twice: in a setting, where the row policy finds them, and in the query, for those whom no policy
 * binds.
 */
export function searchSql(plan: SearchPlan, { tenant, now }: Reading): readonly Statement[] {
  const { table, words, scopes, limit } = plan;
  const layout = layoutOf(table);
  const sought = words.map((word) => `'${word}'`).join(" & ");
  const setting = statement((bind) => `SELECT set_config('aloft.words', ${bind(sought)}, true)`);
  const found = statement((bind) => {
    const scope = table.search?.scope ?? "";
    const where = [
      ofTenant(tenant, bind),
      `${quote(scope)} = ANY(${bindList(table, scope, scopes, bind)})`,
      `${wordsColumn} @@ ${bind(sought)}::tsquery`,
      ...fromPosition(plan, bind),
      ...(table.expires === undefined ? [] : [`(${expiresColumn} IS NULL OR ${expiresColumn} > ${bind(now)})`]),
    ];
    const key = table.key.map(quote);
    const join = [tenantColumn, ...key].map((name) => `t.${name} = found.${name}`).join(" AND ");
    return (
      `SELECT ${codecOf(table)
        .read.map((name) => `t.${name}`)
        .join(
          ", ",
        )} FROM (SELECT ${[tenantColumn, ...new Set([...key, ...plan.sort.map(quote)])].join(", ")} FROM ${layout.search} ` +
      `WHERE ${where.join(" AND ")} ${orderBy(plan)} LIMIT ${limit + 1}) found ` +
      `JOIN ${layout.name} t ON ${join} ${orderBy(plan, "found.")}`
    );
  });
  return [setting, found];
}

/** A list of values of one attribute of a key or index. */
export function bindList(table: AnyTable, attribute: string, values: readonly KeyValue[], bind: Bind): string {
  const type = table.keyTypes[attribute] === "number" ? "double precision" : "text";
  return `${bind(values)}::${type}[]`;
}
