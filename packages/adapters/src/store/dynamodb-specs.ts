import type { AnyTable } from "@aloft/core/tables/define-table";
import { shapeOf, type Order } from "@aloft/core/tables/shape";
import { recentIndexSpec, searchTableSpec } from "./dynamodb-search-index.ts";
import { shardAttribute, ttlAttribute } from "./dynamodb-values.ts";

export interface KeyElement {
  readonly name: string;
  readonly type: "S" | "N";
  readonly role: "HASH" | "RANGE";
}

export interface IndexSpec {
  readonly name: string;
  /** Up to four elements of each role. */
  readonly key: readonly KeyElement[];
  /** What is copied into the index: everything, or the keys and the attributes named. */
  readonly projection: "ALL" | readonly string[];
}

/** A table of DynamoDB, as data: what is created, verified, deployed and permitted follows from it. */
export interface TableSpec {
  readonly name: string;
  readonly key: readonly KeyElement[];
  readonly indexes: readonly IndexSpec[];
  /** The attribute by which DynamoDB removes what has expired. */
  readonly ttlAttribute: string | undefined;
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html */
const maxKeyElements = 4;

export function tableNameOf(prefix: string, table: AnyTable): string {
  return prefix + table.name;
}

export function uniqueTableNameOf(prefix: string, table: AnyTable): string {
  return `${prefix}${table.name}.unique`;
}

/** Holds what is true of all the tables together. No declared table can have its name. */
export function metaTableNameOf(prefix: string): string {
  return `${prefix}aloft.meta`;
}

export const metaKey = "id";

/**
 * The tables that the declarations need: one each, one more where there are unique values, one more where there is
 * search, and one about them all.
 * @throws {TypeError} an index has more attributes than DynamoDB takes.
 */
export function dynamodbTableSpecs(tables: readonly AnyTable[], prefix: string): TableSpec[] {
  return [
    ...tables.flatMap((table) => [
      tableSpec(table, prefix),
      ...(Object.keys(table.unique).length === 0 ? [] : [uniqueSpec(table, prefix)]),
      ...present(searchTableSpec(table, prefix)),
    ]),
    { name: metaTableNameOf(prefix), key: [idElement], indexes: [], ttlAttribute: undefined },
  ];
}

const idElement: KeyElement = { name: metaKey, type: "S", role: "HASH" };

function tableSpec(table: AnyTable, prefix: string): TableSpec {
  const [partition, ...sort] = table.key as [string, ...string[]];
  const orders = [...shapeOf(table).orders.values()];
  return {
    name: tableNameOf(prefix, table),
    key: [element(table, partition, "HASH"), ...sort.map((name) => element(table, name, "RANGE"))],
    indexes: [
      ...orders.flatMap((order) => (order.index === undefined ? [] : [indexSpec(table, order, order.index)])),
      ...present(recentIndexSpec(table)),
    ],
    ttlAttribute: table.expires === undefined ? undefined : ttlAttribute,
  };
}

function present<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

function uniqueSpec(table: AnyTable, prefix: string): TableSpec {
  return {
    name: uniqueTableNameOf(prefix, table),
    key: [idElement],
    indexes: [],
    ttlAttribute: table.expires === undefined ? undefined : ttlAttribute,
  };
}

function indexSpec(table: AnyTable, { partition, sort }: Order, index: string): IndexSpec {
  if (partition.length > maxKeyElements || sort.length > maxKeyElements) {
    throw new TypeError(
      `table ${table.name}: on DynamoDB an index has at most ${maxKeyElements} partition and ${maxKeyElements} sort ` +
        `attributes, the table's key counted; "${index}" has ${partition.length} and ${sort.length}`,
    );
  }
  const hash: KeyElement[] =
    partition.length === 0
      ? [{ name: shardAttribute, type: "N", role: "HASH" }]
      : partition.map((name) => element(table, name, "HASH"));
  return {
    name: index,
    key: [...hash, ...sort.map((name) => element(table, name, "RANGE"))],
    projection: table.indexes[index]?.keysOnly === true ? projected(table, index, [...partition, ...sort]) : "ALL",
  };
}

/** Beside the keys: what a search needs of what is new, if this is where it looks for it. */
function projected(table: AnyTable, index: string, keys: readonly string[]): string[] {
  const { search } = table;
  if (search?.recent !== index) return [];
  return [search.scope, ...search.text].filter((name) => !keys.includes(name) && !table.key.includes(name));
}

function element(table: AnyTable, name: string, role: KeyElement["role"]): KeyElement {
  return { name, type: table.keyTypes[name] === "number" ? "N" : "S", role };
}
