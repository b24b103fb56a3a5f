import type { AnyCondition } from "@aloft/core/ports/store";
import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import type { Statement } from "./postgres-connection.ts";
import { expiresColumn, layoutOf, quote, restColumn, tenantColumn, versionColumn } from "./postgres-layout.ts";

/** Gives a value its place among a statement's values, and the SQL that stands for it. */
export type Bind = (value: unknown) => string;

/** Builds a statement; its values travel apart from its text. */
export function statement(build: (bind: Bind) => string): Statement {
  const values: unknown[] = [];
  const text = build((value) => {
    values.push(value);
    return `$${values.length}`;
  });
  return { text, values };
}

export function equals(attributes: readonly string[], values: readonly KeyValue[], bind: Bind): string[] {
  return attributes.map((attribute, i) => `${quote(attribute)} = ${bind(values[i])}`);
}

export function ofTenant(tenant: string, bind: Bind): string {
  return `${tenantColumn} = ${bind(tenant)}`;
}

/** Nothing, on tables whose items do not expire. */
export function isLive(table: AnyTable, now: number, bind: Bind): string[] {
  return table.expires === undefined ? [] : [`(${expiresColumn} IS NULL OR ${expiresColumn} > ${bind(now)})`];
}

type Expected = AnyCondition[string];

/**
 * The condition, of the row at hand. Of a row that has values which do not fit their column it fails with a division by
 * zero: such a row has to be read.
 */
export function conditionSql(table: AnyTable, condition: AnyCondition, bind: Bind): string[] {
  const attributes = Object.keys(condition);
  const parts = attributes.flatMap((attribute) => one(table, attribute, condition[attribute] as Expected, bind));
  if (parts.length === 0) return [];
  const mayMisfit = attributes.some((attribute) => {
    const type = layoutOf(table).column.get(attribute)?.type;
    return type !== undefined && type !== "json" && table.keyTypes[attribute] === undefined;
  });
  const all = parts.join(" AND ");
  if (!mayMisfit) return [all];
  return [`CASE WHEN ${restColumn} IS NULL THEN ${all} ELSE 1 / (${versionColumn} * 0) = 1 END`];
}

function one(table: AnyTable, attribute: string, expected: Expected, bind: Bind): string[] {
  const operators = typeof expected === "object" && expected !== null ? expected : { eq: expected };
  const compare = comparisonsOf(table, attribute, bind);
  return Object.entries(operators).flatMap(([operator, operand]: [string, unknown]) => {
    if (operand === undefined) return [];
    switch (operator) {
      case "eq":
        return compare.same(operand);
      case "ne":
        return `(${compare.same(operand)}) IS NOT TRUE`;
      case "exists":
        return `${compare.column} IS ${operand === true ? "NOT NULL" : "NULL"}`;
      case "in":
        return `(${(operand as unknown[]).map((value) => compare.same(value)).join(" OR ") || "false"})`;
      default:
        return compare.ordered(orderOperators[operator] ?? "=", operand);
    }
  });
}

const orderOperators: Readonly<Record<string, string>> = { gt: ">", gte: ">=", lt: "<", lte: "<=" };

interface Comparisons {
  readonly column: string;
  readonly same: (value: unknown) => string;
  readonly ordered: (operator: string, bound: unknown) => string;
}

function comparisonsOf(table: AnyTable, attribute: string, bind: Bind): Comparisons {
  const column = layoutOf(table).column.get(attribute);
  if (column?.type === "json") return jsonComparisons(column.name, bind);
  const name = column?.name ?? `${versionColumn}::double precision`;
  const type = column?.type === "text" ? "string" : "number";
  const compare = (operator: string, value: unknown): string =>
    typeof value === type ? `${name} ${operator} ${bind(value)}` : "false";
  return { column: name, same: (value) => compare("=", value), ordered: compare };
}

/** What `JSON.stringify` writes of a scalar is all there is to it, so that equal values are equal text. */
function jsonComparisons(column: string, bind: Bind): Comparisons {
  return {
    column,
    same: (value) => `${column}::text = ${bind(JSON.stringify(value))}`,
    ordered: (operator, bound) => {
      const [type, value] =
        typeof bound === "string"
          ? ["string", `${column} #>> '{}' COLLATE "C"`]
          : ["number", `${column}::text::float8`];
      if (typeof bound !== type) return "false";
      return `CASE json_typeof(${column}) WHEN '${type}' THEN ${value} ${operator} ${bind(bound)} ELSE false END`;
    },
  };
}
