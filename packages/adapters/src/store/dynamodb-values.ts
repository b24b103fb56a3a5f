import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { versionAttribute, type AnyTable, type KeyValue } from "@aloft/core/tables/define-table";
import { itemBytes } from "@aloft/core/tables/size";
import { expiryOf, type AnyItem } from "@aloft/core/tables/validate";

/** An item as DynamoDB keeps it. */
export type Row = Record<string, AttributeValue>;
export type StoredItem = AnyItem & { readonly version: number };

/** Milliseconds since 1970, for conditions: DynamoDB removes what has expired only by and by. */
export const expiresAttribute = "$expires";
/**
 * Whole seconds since 1970, for DynamoDB's own removal.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export const ttlAttribute = "$ttl";
/** Part of the keys of indexes over a whole table, so that they are spread over several partitions. */
export const shardAttribute = "$shard";
/** At least as many bytes as the item has, so that an update can be refused without reading it. */
export const bytesAttribute = "$bytes";

export const shardCount = 2;

/**
 * The value in DynamoDB's own types. Names within objects that DynamoDB or its client cannot keep are led by U+0000,
 * which no name of ours may hold.
 */
export function toAttribute(value: unknown): AttributeValue {
  switch (typeof value) {
    case "string":
      return { S: value };
    case "number":
      return { N: String(value) };
    case "boolean":
      return { BOOL: value };
    case "object":
      if (value === null) return { NULL: true };
      if (Array.isArray(value)) return { L: value.map(toAttribute) };
      return {
        M: Object.fromEntries(Object.entries(value).map(([name, inner]) => [escapeName(name), toAttribute(inner)])),
      };
    default:
      throw new TypeError(`DynamoDB keeps no ${typeof value}.`);
  }
}

export function fromAttribute(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L !== undefined) return value.L.map(fromAttribute);
  if (value.M === undefined) return null;
  const object: Record<string, unknown> = {};
  for (const [escaped, inner] of Object.entries(value.M)) {
    const name = escaped.startsWith("\0") ? escaped.slice(1) : escaped;
    if (name !== "__proto__") object[name] = fromAttribute(inner);
    else {
      const own = { value: fromAttribute(inner), enumerable: true, writable: true, configurable: true };
      Object.defineProperty(object, name, own);
    }
  }
  return object;
}

function escapeName(name: string): string {
  return name === "" || name === "__proto__" ? `\0${name}` : name;
}

/** The attributes of a key, whether of a whole item or of a key alone. */
export function keyRow(table: AnyTable, item: AnyItem): Row {
  return Object.fromEntries(table.key.map((name) => [name, toAttribute(item[name])]));
}

export function keyRowOf(table: AnyTable, key: readonly KeyValue[]): Row {
  return Object.fromEntries(table.key.map((name, i) => [name, toAttribute(key[i])]));
}

/** The row of an item, with what the engine keeps beside it. */
export function toRow(table: AnyTable, item: AnyItem, version: number): Row {
  const row: Row = {};
  for (const [name, value] of Object.entries(item)) {
    if (value !== undefined && name !== versionAttribute) row[name] = toAttribute(value);
  }
  row[versionAttribute] = { N: String(version) };
  row[bytesAttribute] = { N: String(itemBytes(item)) };
  Object.assign(row, expiryRow(expiryOf(table, item)));
  if (isSharded(table)) row[shardAttribute] = { N: String(shardOf(table, item)) };
  return row;
}

/** The attributes of an expiry; none if it never comes. */
export function expiryRow(expires: number | undefined): Row {
  if (expires === undefined) return {};
  return { [expiresAttribute]: { N: String(expires) }, [ttlAttribute]: { N: String(Math.ceil(expires / 1000)) } };
}

/** The item of a row; undefined if it has expired. */
export function fromRow(row: Row | undefined, now: number): StoredItem | undefined {
  if (row === undefined || hasExpired(row, now)) return undefined;
  const item: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (!name.startsWith("$") && name !== versionAttribute) item[name] = fromAttribute(value);
  }
  return { ...item, version: Number(row[versionAttribute]?.N) };
}

export function hasExpired(row: Row, now: number): boolean {
  const expires = row[expiresAttribute]?.N;
  return expires !== undefined && Number(expires) <= now;
}

/** Whether an index is over the whole table, so that items have a shard. */
export function isSharded(table: AnyTable): boolean {
  return Object.values(table.indexes).some(({ partition }) => partition.length === 0);
}

/** Which shard of the indexes over the whole table the item is in. It follows from the key and never changes. */
export function shardOf(table: AnyTable, key: AnyItem): number {
  const text = JSON.stringify(table.key.map((name) => key[name]));
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % shardCount;
}
