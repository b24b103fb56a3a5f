import { randomBytes } from "node:crypto";
import { versionAttribute, type AnyTable } from "@aloft/core/tables/define-table";
import { itemBytes } from "@aloft/core/tables/size";
import { expiryOf, type AnyItem } from "@aloft/core/tables/validate";
import { atAttribute, recentIndexSpec } from "./dynamodb-search-index.ts";
import {
  bornAttribute,
  bytesAttribute,
  expiryRow,
  shardAttribute,
  shardOf,
  toAttribute,
  type Row,
} from "./dynamodb-values.ts";

/** The row of a new item, with what the engine keeps beside it. */
export function toRow(table: AnyTable, item: AnyItem, version: number): Row {
  const row: Row = {};
  for (const [name, value] of Object.entries(item)) {
    if (value !== undefined && name !== versionAttribute) row[name] = toAttribute(value);
  }
  row[versionAttribute] = { N: String(version) };
  row[bytesAttribute] = { N: String(itemBytes(item)) };
  row[bornAttribute] = { S: newBorn() };
  for (const [name, value] of Object.entries(placesOf(table, item))) row[name] = toAttribute(value);
  return Object.assign(row, expiryRow(expiryOf(table, item)));
}

/** What an item is found by in the indexes over the whole table: written at every write. */
export function placesOf(table: AnyTable, key: AnyItem): Readonly<Record<string, number>> {
  const recent = recentIndexSpec(table) !== undefined;
  const whole = Object.values(table.indexes).some(({ partition }) => partition.length === 0);
  return {
    ...(recent || whole ? { [shardAttribute]: shardOf(table, key) } : {}),
    ...(recent ? { [atAttribute]: Date.now() } : {}),
  };
}

export function newBorn(): string {
  return randomBytes(6).toString("base64url");
}
