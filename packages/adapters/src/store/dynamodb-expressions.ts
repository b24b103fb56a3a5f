import type { AnyCondition } from "@aloft/core/ports/store";
import type { AnyTable } from "@aloft/core/tables/define-table";
import type { AnyItem } from "@aloft/core/tables/validate";
import { expiresAttribute, toAttribute, type Row } from "./dynamodb-values.ts";

/** The names and values that DynamoDB's expressions stand for, gathered while they are written. */
export interface Expressions {
  readonly name: (attribute: string) => string;
  readonly value: (value: unknown) => string;
  /** What goes beside the expressions in a request; empty parts are left out, as DynamoDB refuses them. */
  readonly attributes: () => {
    readonly ExpressionAttributeNames?: Record<string, string>;
    readonly ExpressionAttributeValues?: Row;
  };
}

export function expressions(): Expressions {
  const names = new Map<string, string>();
  const values: Row = {};
  let count = 0;
  return {
    name: (attribute) => {
      const known = names.get(attribute) ?? `#${names.size}`;
      names.set(attribute, known);
      return known;
    },
    value: (value) => {
      const placeholder = `:${count++}`;
      values[placeholder] = toAttribute(value);
      return placeholder;
    },
    attributes: () => ({
      ...(names.size === 0
        ? {}
        : { ExpressionAttributeNames: Object.fromEntries([...names].map(([name, at]) => [at, name])) }),
      ...(count === 0 ? {} : { ExpressionAttributeValues: values }),
    }),
  };
}

/** There is an item, and it has not expired. */
export function isLive(e: Expressions, table: AnyTable, now: number): string {
  const exists = `attribute_exists(${e.name(table.key[0] ?? "")})`;
  return table.expires === undefined ? exists : `${exists} AND ${hasNotExpired(e, now)}`;
}

/** There is no item, or it has expired. */
export function isAbsent(e: Expressions, table: AnyTable, now: number): string {
  const absent = `attribute_not_exists(${e.name(table.key[0] ?? "")})`;
  return table.expires === undefined ? absent : `(${absent} OR ${e.name(expiresAttribute)} <= ${e.value(now)})`;
}

export function hasNotExpired(e: Expressions, now: number): string {
  const expires = e.name(expiresAttribute);
  return `(attribute_not_exists(${expires}) OR ${expires} > ${e.value(now)})`;
}

/** Whether the attributes are as they are in the row, or are absent as they are there. */
export function isSame(e: Expressions, row: AnyItem, attributes: readonly string[]): string {
  return attributes
    .map((attribute) => {
      const value = row[attribute];
      return value === undefined
        ? `attribute_not_exists(${e.name(attribute)})`
        : `${e.name(attribute)} = ${e.value(value)}`;
    })
    .join(" AND ");
}

/** What the condition says, a clause for each operator. It means what `conditionHolds` of the core means. */
export function conditionClauses(e: Expressions, condition: AnyCondition): string[] {
  return Object.entries(condition).flatMap(([attribute, expected]) => {
    if (typeof expected !== "object" || expected === null) return [`${e.name(attribute)} = ${e.value(expected)}`];
    return Object.entries(expected).map(([operator, operand]) => clause(e, e.name(attribute), operator, operand));
  });
}

const comparisons: Readonly<Record<string, string>> = { gt: ">", gte: ">=", lt: "<", lte: "<=" };

function clause(e: Expressions, name: string, operator: string, operand: unknown): string {
  switch (operator) {
    case "eq":
      return `${name} = ${e.value(operand)}`;
    case "ne":
      return `(attribute_not_exists(${name}) OR ${name} <> ${e.value(operand)})`;
    case "exists":
      return operand === true ? `attribute_exists(${name})` : `attribute_not_exists(${name})`;
    case "in": {
      const values = operand as readonly unknown[];
      return values.length === 0 ? never(name) : `${name} IN (${values.map(e.value).join(", ")})`;
    }
    default:
      // DynamoDB refuses to compare what has no order; to the port such a comparison is not true.
      return typeof operand === "string" || typeof operand === "number"
        ? `${name} ${comparisons[operator]} ${e.value(operand)}`
        : never(name);
  }
}

function never(name: string): string {
  return `(attribute_exists(${name}) AND attribute_not_exists(${name}))`;
}
