import { z } from "zod";

/** A value that may be part of a key, an index or a unique constraint. */
export type KeyValue = string | number;
export type AttributeType = "string" | "number";

type Shape = z.ZodRawShape;
/** A declaration without unique constraints, or without indexes. */
type NoEntries = Readonly<Record<never, never[]>>;
type Names<S extends Shape> = Extract<keyof S, string>;

/**
 * Attributes that group items together, and attributes that order them within the group. An empty `partition` orders
 * the whole table, and then `sort` must be given.
 */
export type IndexDefinition<N extends string = string> = (
  | { readonly partition: readonly [N, ...N[]]; readonly sort?: readonly [N, ...N[]] }
  | { readonly partition: readonly []; readonly sort: readonly [N, ...N[]] }
) & {
  /**
   * The index is to be cheap to keep and may be dearer to read: DynamoDB projects the keys alone into it and reads the
   * items by a second request. What is read is the same. Default false.
   */
  readonly keysOnly?: boolean;
};

/** Which text of an item can be searched, and the attribute that fences a search in. */
export interface SearchDefinition<N extends string = string> {
  readonly text: readonly [N, ...N[]];
  readonly scope: N;
  /** What is found comes by this attribute, the largest first, and then by the key. Default: by the key alone. */
  readonly newest?: N;
  /**
   * An index, `keysOnly` and over the whole table, that begins with `newest`: where every item stands by when it was
   * written. An engine whose search is brought up to date in the background finds there what is new. Only for a table
   * whose text never changes once written, and whose `newest` is the time of writing, give or take half a minute.
   */
  readonly recent?: string;
}

/** Vectors, as models make them of text or pictures, by which the items nearest to one are found. */
export interface VectorDefinition<N extends string = string> {
  /** A list of numbers. Optional, it may be missing: such items are not found. */
  readonly attribute: N;
  /** How many numbers every vector has: 1 to 16,000. */
  readonly dimensions: number;
  /** The attribute that fences a search in. */
  readonly scope: N;
  /** The index whose partition is the scope alone. Default: the table's own key, whose partition the scope then is. */
  readonly index?: string;
}

export interface TableOptions<S extends Shape> {
  readonly item: z.ZodObject<S>;
  /** The partition attribute, then an optional sort attribute. Never changes once an item exists. */
  readonly key: readonly [Names<S>] | readonly [Names<S>, Names<S>];
  /** Sets of attributes whose values no two live items may share. Items lacking one of them do not take part. */
  readonly unique?: Readonly<Record<string, readonly [Names<S>, ...Names<S>[]]>>;
  /** Other orders to page in. Items lacking one of the attributes are not in the index (it is sparse). */
  readonly indexes?: Readonly<Record<string, IndexDefinition<Names<S>>>>;
  /** The attribute (ISO 8601 timestamp) after which the item is never returned. */
  readonly expires?: Names<S>;
  readonly search?: SearchDefinition<Names<S>>;
  readonly vectors?: Readonly<Record<string, VectorDefinition<Names<S>>>>;
}

/** A declared table. Everything an engine needs to build and serve it is in here, as data. */
export interface Table<S extends Shape = Shape, O extends TableOptions<S> = TableOptions<S>> {
  readonly name: string;
  readonly item: z.ZodObject<S>;
  readonly key: O["key"];
  readonly unique: O["unique"] extends object ? O["unique"] : NoEntries;
  readonly indexes: O["indexes"] extends object ? O["indexes"] : NoEntries;
  readonly expires: string | undefined;
  readonly search: SearchDefinition | undefined;
  readonly vectors: O["vectors"] extends object ? O["vectors"] : NoEntries;
  /** The type of every attribute that a key, index or unique constraint uses. */
  readonly keyTypes: Readonly<Record<string, AttributeType>>;
  /** Phantom: carries the declaration's types, holds nothing at run time. */
  readonly types?: { readonly shape: S; readonly options: O };
}

/** Any table, its attribute types forgotten: what an engine works with. */
export interface AnyTable {
  readonly name: string;
  readonly item: z.ZodObject;
  readonly key: readonly string[];
  readonly unique: Readonly<Record<string, readonly string[]>>;
  readonly indexes: Readonly<
    Record<
      string,
      { readonly partition: readonly string[]; readonly sort?: readonly string[]; readonly keysOnly?: boolean }
    >
  >;
  readonly expires: string | undefined;
  readonly search:
    | {
        readonly text: readonly string[];
        readonly scope: string;
        readonly newest?: string;
        readonly recent?: string;
      }
    | undefined;
  readonly vectors: Readonly<Record<string, VectorDefinition>>;
  readonly keyTypes: Readonly<Record<string, AttributeType>>;
}

/** An item as its table declares it. */
export type Item<T extends AnyTable> = z.output<T["item"]>;
/** An item as it comes back: with its version, 1 when created and one more at every write. */
export type Stored<T extends AnyTable> = Item<T> & { readonly version: number };
export type KeyOf<T extends AnyTable> = Pick<Item<T>, Extract<T["key"][number], keyof Item<T>>>;
export type IndexName<T extends AnyTable> = Extract<keyof T["indexes"], string>;
export type UniqueName<T extends AnyTable> = Extract<keyof T["unique"], string>;
export type VectorName<T extends AnyTable> = Extract<keyof T["vectors"], string>;

const identifier = /^[a-z][a-zA-Z0-9_]{0,62}$/;
/** Set by the engine on every item; a declaration may not use it. */
export const versionAttribute = "version";

/** Whether the attribute's values are always text or always numbers; undefined if they are neither. */
export function plainTypeOf(schema: z.core.$ZodType): AttributeType | undefined {
  const json = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
  const values = json.enum ?? (json.const === undefined ? undefined : [json.const]);
  const [type = json.type, ...others] = new Set(values?.map((value) => typeof value));
  if (others.length > 0) return undefined;
  if (type === "string") return "string";
  return type === "number" || type === "integer" ? "number" : undefined;
}

function keyTypeOf(table: string, attribute: string, schema: z.core.$ZodType): AttributeType {
  const type = plainTypeOf(schema);
  if (type !== undefined) return type;
  throw new TypeError(`table ${table}: "${attribute}" is used in a key or index and must be a string or a number`);
}

/** What the index orders by that a search is to find new items in. */
function recentAttributes(table: string, options: TableOptions<Shape>, recent: string): readonly string[] {
  const index = options.indexes?.[recent];
  const { partition, sort = [], keysOnly = false } = index ?? { partition: [] };
  if (index !== undefined && partition.length === 0 && keysOnly && sort[0] === options.search?.newest) return sort;
  throw new TypeError(
    `table ${table}: search.recent must name an index with an empty partition and keysOnly that sorts by search.newest ` +
      `first; "${recent}" does not`,
  );
}

const maxDimensions = 16_000;

/** @throws {TypeError} the vectors cannot be kept, or not be paged through within their scope. */
function checkVector(table: string, options: TableOptions<Shape>, name: string, vector: VectorDefinition): void {
  const fail = (why: string): never => {
    throw new TypeError(`table ${table}: the vectors "${name}" ${why}`);
  };
  const { attribute, dimensions, scope, index } = vector;
  const schema = options.item.shape[attribute];
  if (schema === undefined) return fail(`are in "${attribute}", which is not an attribute of its item`);
  const { type, items } = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
  const numbers = typeof items === "object" && "type" in items && (items.type === "number" || items.type === "integer");
  if (type !== "array" || !numbers) return fail(`are in "${attribute}", which must be an array of numbers`);
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > maxDimensions) {
    return fail(`must have 1 to ${maxDimensions} dimensions, a whole number`);
  }
  const partition = index === undefined ? [options.key[0]] : options.indexes?.[index]?.partition;
  if (partition?.length === 1 && partition[0] === scope) return undefined;
  const order = index === undefined ? "the table's key, as they name no index" : `the index "${index}"`;
  return fail(`must have as their scope what is the partition of ${order}; "${scope}" is not`);
}

/**
 * Declares a table. From this one declaration follow its schema in every engine and the types of every call.
 * @throws {TypeError} the declaration contradicts itself: a name that is not an attribute, a key that is not a
 *   string or number, an optional key attribute, an index that orders nothing, a `recent` or vectors that do not fit.
 */
export function defineTable<const S extends Shape, const O extends TableOptions<S>>(
  name: string,
  options: O & { readonly item: z.ZodObject<S> },
): Table<S, O> {
  const shape: Readonly<Record<string, z.core.$ZodType>> = options.item.shape;
  if (!identifier.test(name)) throw new TypeError(`table name "${name}" must be letters, digits and _, at most 63`);
  if (versionAttribute in shape) throw new TypeError(`table ${name}: "version" is kept by the store, not declared`);
  const keyTypes: Record<string, AttributeType> = {};
  const attribute = (attributeName: string): z.core.$ZodType => {
    const schema = shape[attributeName];
    if (schema === undefined) throw new TypeError(`table ${name}: "${attributeName}" is not an attribute of its item`);
    return schema;
  };
  const use = (attributeName: string): void => {
    keyTypes[attributeName] = keyTypeOf(name, attributeName, attribute(attributeName));
  };
  const required = (attributeName: string): void => {
    use(attributeName);
    if (z.safeParse(attribute(attributeName), undefined).success) {
      throw new TypeError(`table ${name}: "${attributeName}" orders its items and may not be optional`);
    }
  };
  options.key.forEach(required);
  for (const attributes of Object.values(options.unique ?? {})) attributes.forEach(use);
  for (const [index, { partition, sort = [] }] of Object.entries(options.indexes ?? {})) {
    [...partition, ...sort].forEach(use);
    if (partition.length + sort.length === 0) {
      throw new TypeError(`table ${name}: the index "${index}" is over the whole table and must say what it sorts by`);
    }
  }
  if (options.search !== undefined) {
    use(options.search.scope);
    options.search.text.forEach(attribute);
    if (options.search.newest !== undefined) required(options.search.newest);
    if (options.search.recent !== undefined) recentAttributes(name, options, options.search.recent).forEach(required);
  }
  for (const [vector, definition] of Object.entries(options.vectors ?? {})) {
    checkVector(name, options, vector, definition);
    if (definition.index !== undefined) options.indexes?.[definition.index]?.sort?.forEach(required);
  }
  if (options.expires !== undefined) attribute(options.expires);
  return Object.freeze({
    name,
    item: options.item,
    key: options.key,
    unique: options.unique ?? {},
    indexes: options.indexes ?? {},
    expires: options.expires,
    search: options.search,
    vectors: options.vectors ?? {},
    keyTypes,
  });
}
