import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { versionAttribute, type AnyTable, type KeyValue } from "@aloft/core/tables/define-table";
import type { AnyItem } from "@aloft/core/tables/validate";

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

/** Made anew with every item: with the version it says exactly what the row holds, even when its key is used again. */
export const bornAttribute = "$born";

export const shardCount = 2;

/** Where an object keeps the order of its names, if it is not the usual one: no name of ours may hold U+0000. */
const orderName = "\0\0";

/**
 * The value in DynamoDB's own types. Names within objects that DynamoDB or its client cannot keep are led by U+0000,
 * and as it forgets the order of names, one that is not by their UTF-16 units is written beside them.
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
      return { M: toMap(value) };
    default:
      throw new TypeError(`DynamoDB keeps no ${typeof value}.`);
  }
}

function toMap(value: object): Row {
  const names = Object.keys(value);
  const sorted = names.toSorted(byUnits);
  const map: Row = {};
  for (const [name, inner] of Object.entries(value)) map[escapeName(name)] = toAttribute(inner);
  if (sorted.some((name, i) => name !== names[i])) {
    map[orderName] = { S: names.map((name) => sorted.indexOf(name)).join(",") };
  }
  return map;
}

function fromMap({ [orderName]: order, ...map }: Row): object {
  const entries = Object.entries(map).map(([escaped, inner]) => {
    return [escaped.startsWith("\0") ? escaped.slice(1) : escaped, inner] as const;
  });
  entries.sort(([a], [b]) => byUnits(a, b));
  const ordered = order?.S === undefined ? entries : order.S.split(",").map((at) => entries[Number(at)]);
  const object: Record<string, unknown> = {};
  for (const entry of ordered) {
    if (entry === undefined) continue;
    const own = { value: fromAttribute(entry[1]), enumerable: true, writable: true, configurable: true };
    Object.defineProperty(object, entry[0], own);
  }
  return object;
}

function byUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

export function fromAttribute(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L !== undefined) return value.L.map(fromAttribute);
  return value.M === undefined ? null : fromMap(value.M);
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

/** The attributes of an expiry; none if it never comes. */
export function expiryRow(expires: number | undefined): Row {
  if (expires === undefined) return {};
  return { [expiresAttribute]: { N: String(expires) }, [ttlAttribute]: { N: String(Math.ceil(expires / 1000)) } };
}

/** The item of a row; undefined if it has expired. */
export function fromRow(row: Row | undefined, now: number): StoredItem | undefined {
  return row === undefined || hasExpired(row, now) ? undefined : itemOf(row);
}

/** The item of a row, whether it has expired or not. */
export function itemOf(row: Row): StoredItem {
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

/** Which shard of the indexes over the whole table the item is in. It follows from the key and never changes. */
export function shardOf(table: AnyTable, key: AnyItem): number {
  const text = JSON.stringify(table.key.map((name) => key[name]));
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % shardCount;
}
