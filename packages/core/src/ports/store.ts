import type {
  AnyTable,
  IndexName,
  Item,
  KeyOf,
  KeyValue,
  Stored,
  UniqueName,
  VectorName,
} from "../tables/define-table.ts";

/** Limits that every engine keeps, so that nothing works on one and fails on another. */
export const storeLimits = {
  /** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
  maxItemBytes: 400 * 1024,
  /** Of `maxItemBytes`, what an item leaves free for the attributes that engines add: version, expiry, index keys. */
  reservedItemBytes: 1024,
  maxPartitionKeyBytes: 2048,
  maxSortKeyBytes: 1024,
  /** Items a transaction touches, counting one for every unique value it takes or frees. */
  maxTransactionItems: 100,
  maxTransactionBytes: 4 * 1024 * 1024,
  maxPageItems: 1000,
  maxGetMany: 100,
  maxLoadItems: 500,
  /** Of lists and objects in each other, the item itself counted. */
  maxDepth: 32,
  /** Different words in a search. */
  maxSearchWords: 32,
  /** Items that are found by one vector. */
  maxNearest: 100,
  /** The length of a vector, the root of the sum of its squares: what single precision can reckon with. */
  minVectorLength: 1e-6,
  maxVectorLength: 1e6,
} as const;

type Scalar = string | number | boolean | null;

/** What must hold of one attribute: a value it equals, or operators that must all hold. */
export type AttributeCondition<V> =
  | Extract<V, Scalar>
  | {
      readonly eq?: Extract<V, Scalar>;
      readonly ne?: Extract<V, Scalar>;
      readonly gt?: Extract<V, KeyValue>;
      readonly gte?: Extract<V, KeyValue>;
      readonly lt?: Extract<V, KeyValue>;
      readonly lte?: Extract<V, KeyValue>;
      readonly in?: readonly Extract<V, Scalar>[];
      readonly exists?: boolean;
    };

/** What must hold of the item as it is stored, for the write to happen. All of it must hold. */
export type Condition<T extends AnyTable> = {
  readonly [A in keyof Item<T>]?: AttributeCondition<Exclude<Item<T>[A], undefined>>;
} & { readonly version?: AttributeCondition<number> };

type OptionalNames<I> = { [A in keyof I]-?: undefined extends I[A] ? A : never }[keyof I];
type NumberNames<I> = { [A in keyof I]-?: Exclude<I[A], undefined> extends number ? A : never }[keyof I];

/**
 * How to change an item. Attributes not named stay as they are; none may be named twice. Each attribute set is checked
 * by its own schema, not the item as a whole.
 */
export interface Change<T extends AnyTable> {
  readonly set?: { readonly [A in Exclude<keyof Item<T>, keyof KeyOf<T>>]?: Exclude<Item<T>[A], undefined> };
  readonly remove?: readonly Exclude<OptionalNames<Item<T>>, keyof KeyOf<T>>[];
  /**
   * Adds to a number atomically; an attribute that is not there counts as 0. The sum is not held against the bounds of
   * the attribute's schema: state them as a condition. Exact for whole numbers up to 2^53.
   */
  readonly add?: { readonly [A in Exclude<NumberNames<Item<T>>, keyof KeyOf<T>>]?: number };
}

export interface WriteOptions<T extends AnyTable> {
  readonly if?: Condition<T>;
}

export type Operation =
  | { readonly kind: "create"; readonly table: AnyTable; readonly item: Readonly<Record<string, unknown>> }
  | {
      readonly kind: "put";
      readonly table: AnyTable;
      readonly item: Readonly<Record<string, unknown>>;
      readonly if: AnyCondition | undefined;
    }
  | {
      readonly kind: "update";
      readonly table: AnyTable;
      readonly key: Readonly<Record<string, unknown>>;
      readonly change: AnyChange;
      readonly if: AnyCondition | undefined;
    }
  | {
      readonly kind: "delete";
      readonly table: AnyTable;
      readonly key: Readonly<Record<string, unknown>>;
      readonly if: AnyCondition | undefined;
    }
  | {
      readonly kind: "check";
      readonly table: AnyTable;
      readonly key: Readonly<Record<string, unknown>>;
      readonly if: AnyCondition;
    };
export type AnyCondition = Readonly<Record<string, AttributeCondition<Scalar>>>;
export interface AnyChange {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  readonly add?: Readonly<Record<string, number>>;
}

/** Builders of operations for {@link Store.transact}; each means what the store's method of that name means. */
export const op = {
  create: <T extends AnyTable>(table: T, item: Item<T>): Operation => ({ kind: "create", table, item }),
  put: <T extends AnyTable>(table: T, item: Item<T>, options: WriteOptions<T> = {}): Operation => ({
    kind: "put",
    table,
    item,
    if: options.if as AnyCondition | undefined,
  }),
  update: <T extends AnyTable>(
    table: T,
    key: KeyOf<T>,
    change: Change<T>,
    options: WriteOptions<T> = {},
  ): Operation => ({
    kind: "update",
    table,
    key,
    change: change as AnyChange,
    if: options.if as AnyCondition | undefined,
  }),
  delete: <T extends AnyTable>(table: T, key: KeyOf<T>, options: WriteOptions<T> = {}): Operation => ({
    kind: "delete",
    table,
    key,
    if: options.if as AnyCondition | undefined,
  }),
  /** Holds only if the item exists and the condition is true of it (`{}`: it only has to exist). */
  check: <T extends AnyTable>(table: T, key: KeyOf<T>, condition: Condition<T>): Operation => ({
    kind: "check",
    table,
    key,
    if: condition as AnyCondition,
  }),
};

/** Bounds on the first sort attribute that `where` does not fix. */
export interface Range {
  readonly gt?: KeyValue;
  readonly gte?: KeyValue;
  readonly lt?: KeyValue;
  readonly lte?: KeyValue;
  readonly beginsWith?: string;
}

type SortNames<T extends AnyTable, X> = X extends keyof T["indexes"]
  ? T["indexes"][X] extends { readonly sort: readonly (infer A)[] }
    ? A
    : never
  : T["key"][1];
type PartitionNames<T extends AnyTable, X> = X extends keyof T["indexes"]
  ? T["indexes"][X]["partition"][number]
  : T["key"][0];

/**
 * The partition, whole, and any leading part of the sort attributes, each with its value. `{}` is all of an index over
 * the whole table.
 */
export type Where<T extends AnyTable, X> = {
  readonly [A in Extract<PartitionNames<T, X>, keyof Item<T>>]: Exclude<Item<T>[A], undefined>;
} & { readonly [A in Extract<SortNames<T, X>, keyof Item<T>>]?: Exclude<Item<T>[A], undefined> };

export interface PageOptions {
  /** 1 to 1,000. Default 50. */
  readonly limit?: number;
  /** A cursor of a page of the same query. */
  readonly cursor?: string | undefined;
}

export interface Query<T extends AnyTable, X extends IndexName<T> | undefined = undefined> extends PageOptions {
  /** Page in this index's order. Default: the table's own key. */
  readonly index?: X;
  readonly where: Where<T, X>;
  readonly range?: Range;
  /** Default `asc`. */
  readonly order?: "asc" | "desc";
}

export interface Page<I> {
  readonly items: readonly I[];
  /** Continues after the last item, or undefined if there was none when this page was read. */
  readonly next: string | undefined;
  /**
   * Goes back to what comes before the first item, in the same order; undefined if nothing does. A page that a cursor
   * led to always has the way back, though what was there may be gone by now and the page it leads to empty.
   */
  readonly previous: string | undefined;
}

export interface SearchQuery extends PageOptions {
  /** Words; an item matches if its text has all of them, case and accents aside. */
  readonly text: string;
  /** Only items whose scope attribute has one of these values. */
  readonly scopes: readonly KeyValue[];
}

export interface NearestQuery<T extends AnyTable> {
  /** Which of the vectors that the table declares. */
  readonly vector: VectorName<T>;
  /** As many numbers as the declaration has dimensions. */
  readonly to: readonly number[];
  /** Only items whose scope attribute has one of these values. */
  readonly scopes: readonly KeyValue[];
  /** 1 to 100. Default 10. */
  readonly limit?: number;
}

export interface Neighbor<I> {
  readonly item: I;
  /** The cosine distance: 0 in the same direction, 1 at a right angle, 2 in the opposite one. */
  readonly distance: number;
}

/** Writes are held back until it is released. Releasing twice is no error. */
export interface Freeze extends AsyncDisposable {
  /** @throws {UnavailableError} it had ended before, as when the engine was lost: there may have been writes. */
  release(): Promise<void>;
}

/**
 * Portable tables. Every engine keeps the same promises, and one contract suite holds it to them.
 *
 * - Reads by key see every write acknowledged before them. Index pages do too on SQLite and PostgreSQL; on DynamoDB an
 *   index may trail by moments.
 * - Pages come in key order (strings by their UTF-8 bytes, numbers by value; an index's ties by the table's key), and
 *   never skip or repeat an item that was there throughout, whatever others write.
 * - From the millisecond of its expiry an item is never returned, conditions see it as absent, and its unique values
 *   are free.
 * - A key that no item can have, being empty or too long, is to reads and deletions one that is not there.
 * - Strings hold any Unicode text but U+0000 and lone surrogates; numbers are finite, and 0 or of a size from 1e-130 to
 *   9.99e125; attributes that are `undefined` are not stored.
 * - An acknowledged write survives the process being killed at any moment.
 *
 * Every method may throw `UnavailableError` (closed or unreachable) and `ThrottledError`; writes also
 * `StorageFullError`, `TooLargeError` and `InvalidError` (the item does not fit its declaration).
 */
export interface Store extends AsyncDisposable {
  /** The engine's name, for logs. */
  readonly engine: string;

  get<T extends AnyTable>(table: T, key: KeyOf<T>): Promise<Stored<T> | undefined>;
  /** Up to 100 items, in the order of their keys, undefined where there is none. @throws {TooLargeError} more keys. */
  getMany<T extends AnyTable>(table: T, keys: readonly KeyOf<T>[]): Promise<(Stored<T> | undefined)[]>;
  /** The one item that holds these values of a unique constraint. */
  getUnique<T extends AnyTable, U extends UniqueName<T>>(
    table: T,
    unique: U,
    values: { readonly [A in Extract<T["unique"][U][number], keyof Item<T>>]: Exclude<Item<T>[A], undefined> },
  ): Promise<Stored<T> | undefined>;

  /** @throws {InvalidCursorError} the cursor is of another query, or was changed. */
  query<T extends AnyTable, X extends IndexName<T> | undefined = undefined>(
    table: T,
    query: Query<T, X>,
  ): Promise<Page<Stored<T>>>;
  /**
   * The largest first by the attribute that the declaration calls `newest`, else by the table's key. The table must
   * declare `search`.
   */
  search<T extends AnyTable>(table: T, query: SearchQuery): Promise<Page<Stored<T>>>;

  /**
   * The items whose vector points most nearly where `to` does, the nearest first, then by the table's key. Items
   * without a vector are not found. What is found is there and as near as it says. Nothing nearer is missed, but on
   * PostgreSQL with pgvector: in scopes of more than 1,000 items its index is approximate, and may miss some. Without
   * that index every item of the scopes is read. Follows writes as a page of the declared index does.
   * @throws {InvalidError} there are no such vectors, or `to` is not one of them. @throws {TooLargeError} `limit`.
   */
  nearest<T extends AnyTable>(table: T, query: NearestQuery<T>): Promise<readonly Neighbor<Stored<T>>[]>;

  /** @throws {ConflictError} `exists`: there is an item with this key; `unique`: a unique value is taken. */
  create<T extends AnyTable>(table: T, item: Item<T>): Promise<Stored<T>>;
  /**
   * Creates or replaces. With a condition, only replaces.
   * @throws {ConflictError} `condition`: it did not hold, or there is no item; `unique`.
   */
  put<T extends AnyTable>(table: T, item: Item<T>, options?: WriteOptions<T>): Promise<Stored<T>>;
  /**
   * @throws {NotFoundError} there is no item with this key, and no condition was given.
   * @throws {ConflictError} `condition`: it did not hold, or there is no item; `unique`.
   */
  update<T extends AnyTable>(table: T, key: KeyOf<T>, change: Change<T>, options?: WriteOptions<T>): Promise<Stored<T>>;
  /**
   * Deleting what is not there is no error, unless a condition was given.
   * @throws {ConflictError} `condition`.
   */
  delete<T extends AnyTable>(table: T, key: KeyOf<T>, options?: WriteOptions<T>): Promise<void>;
  /**
   * All of the operations, or none. No two may be about the same item. They count as done in their order, so a unique
   * value that one frees may be taken by a later one.
   * @throws {ConflictError} with the index of the operation that was refused.
   * @throws {NotFoundError} an `update` without condition of an item that is not there.
   * @throws {TooLargeError} over 100 items (see `storeLimits`) or 4 MB.
   */
  transact(operations: readonly Operation[]): Promise<void>;

  /** Every live item of a table, in an order of the engine's own: for copying, never for serving a request. */
  scan<T extends AnyTable>(table: T, options?: PageOptions): Promise<Page<Stored<T>>>;

  /** About how many items a table has, for showing how far something is. Exact only on SQLite. */
  estimate(table: AnyTable): Promise<number>;
  /**
   * Writes items of another store as they are, versions included, and replaces what is there: an item with the same
   * key, and whatever else holds one of their unique values. All of it or none on SQLite and PostgreSQL; on DynamoDB
   * what fails may have been done in part. Doing it again makes no difference. For moving data, never for serving a
   * request: items need not fit their schema, only what engines can keep.
   * @throws {TooLargeError} more than 500 items.
   * @throws {InvalidError} an engine could not keep one, or two of them share a key or a unique value.
   */
  load<T extends AnyTable>(table: T, items: readonly Stored<T>[]): Promise<void>;
  /**
   * Holds back every write to this data, whoever has opened it, this store included. Once it resolves, all that was
   * acknowledged can be read, and nothing more is acknowledged until it is released: writes wait, or fail with
   * `ThrottledError` when they have waited as long as the engine lets them. Reads go on. It ends by itself within moments
   * if the process dies.
   * @throws {ThrottledError} there was no getting in between the writers.
   */
  freeze(): Promise<Freeze>;

  /** Does now what the engine does by itself now and then: removes what has expired, brings search up to date. */
  maintain(): Promise<void>;
  /** Resolves if the engine can serve now. @throws {UnavailableError} with the reason. */
  check(): Promise<void>;
  /** Waits for writes under way, then closes. Closing twice is no error. */
  close(): Promise<void>;
}
