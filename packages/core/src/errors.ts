/** Why a write was refused; see {@link ConflictError}. */
export type ConflictReason = "exists" | "condition" | "unique" | "contention" | "state";

/** One fault in a value that was given, by path. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

interface AloftErrorOptions {
  readonly cause?: unknown;
}

/**
 * The base of every error Aloft throws on purpose. `code` is a literal and stable; `message` is for people.
 * `retryable` says whether the same call may succeed later with nothing changed by the caller.
 */
export abstract class AloftError extends Error {
  abstract readonly code: string;
  readonly retryable: boolean = false;

  constructor(message: string, options?: AloftErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * A write lost: the item exists, a condition did not hold, a unique value is taken, or another writer won. `state`: as
 * things stand, a rule of the product forbids it.
 */
export class ConflictError extends AloftError {
  readonly code = "conflict";
  readonly reason: ConflictReason;
  /** The table whose operation was refused. */
  readonly table: string;
  /** Index of the refused operation within its transaction; 0 for a single write. */
  readonly operation: number;
  /** The unique constraint that was violated, when `reason` is `unique`. */
  readonly unique: string | undefined;

  constructor(
    message: string,
    details: { reason: ConflictReason; table: string; operation?: number; unique?: string },
    options?: AloftErrorOptions,
  ) {
    super(message, options);
    this.reason = details.reason;
    this.table = details.table;
    this.operation = details.operation ?? 0;
    this.unique = details.unique;
  }
}

/** The caller named a version that is no longer the one. */
export function changedSince(table: string): ConflictError {
  return new ConflictError("It was changed since you read it.", { reason: "condition", table });
}

/** The thing named does not exist, or the caller may not know that it does. */
export class NotFoundError extends AloftError {
  readonly code = "not_found";
}

/** The value given does not fit its declaration. `issues` names every fault. */
export class InvalidError extends AloftError {
  readonly code = "invalid";
  readonly issues: readonly Issue[];

  constructor(message: string, issues: readonly Issue[] = [], options?: AloftErrorOptions) {
    super(message, options);
    this.issues = issues;
  }
}

/** The cursor was not made by this query, or was changed on the way. */
export class InvalidCursorError extends AloftError {
  readonly code = "invalid_cursor";
}

/** An item, key, page or transaction is over the limit that every engine shares. */
export class TooLargeError extends AloftError {
  readonly code = "too_large";
}

/** The engine asked us to slow down; retry with backoff. */
export class ThrottledError extends AloftError {
  readonly code = "throttled";
  override readonly retryable = true;
}

/** The engine cannot be reached or is closed. */
export class UnavailableError extends AloftError {
  readonly code = "unavailable";
  override readonly retryable = true;
}

/** The disk is full or read-only: nothing was written. */
export class StorageFullError extends AloftError {
  readonly code = "storage_full";
}

/** The stored data cannot be opened: damaged, or written by newer code. Nothing was changed. */
export class IncompatibleError extends AloftError {
  readonly code = "incompatible";
}

/** Nobody is signed in, or what proves it is wrong, spent or expired. */
export class UnauthenticatedError extends AloftError {
  readonly code = "unauthenticated";
}

/** The caller has as many replies under way as one may: wait for one to end. */
export class TooManyTurnsError extends AloftError {
  readonly code = "too_many_turns";
  override readonly retryable = true;
}

/** The caller is known and may see the object, but not do this to it. */
export class ForbiddenError extends AloftError {
  readonly code = "forbidden";
}

/**
 * Why a sealed value does not open or a key cannot be used. `elsewhere`: it was sealed for another record, purpose or
 * tenant. `changed`: it is no envelope, or not as it was sealed. `key_unavailable`: the master key is unknown here,
 * refused, disabled or denied.
 */
export type KeysFault = "elsewhere" | "changed" | "key_unavailable";

/** Keys cannot do what was asked. What is said tells nothing of the plaintext. */
export class KeysError extends AloftError {
  readonly code = "keys";
  readonly reason: KeysFault;

  constructor(reason: KeysFault, message: string, options?: AloftErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
