import { AloftError, ThrottledError } from "@aloft/core/errors";
import type { Database } from "./sqlite-database.ts";
import { isBusy, translateError } from "./sqlite-errors.ts";

/** A change to the database. It runs within a transaction and throws an `AloftError` if it is refused. */
export type Write<R> = () => R;

interface Entry {
  readonly write: Write<unknown>;
  /** It may be refused after it has changed something, which then must be undone. */
  readonly undoable: boolean;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

export interface WriteQueue {
  /** Resolves once the write is committed. */
  readonly submit: <R>(write: Write<R>, options?: { readonly undoable?: boolean }) => Promise<R>;
  /** Resolves when nothing is queued. */
  readonly drained: () => Promise<void>;
}

interface QueueOptions {
  readonly busyTimeoutMs: number;
  readonly onCommit: ((writes: number) => void) | undefined;
}

/** How long one commit may gather writes before the event loop gets its turn. */
const batchMs = 8;
const maxRetryMs = 50;

/**
 * Writes that are waiting at the same time share one commit, and so one wait for the disk. A refused write leaves its
 * neighbours alone; if the commit itself fails, all of them fail and none is applied.
 */
export function writeQueue(database: Database, options: QueueOptions): WriteQueue {
  const { path } = database;
  let queue: Entry[] = [];
  let scheduled = false;
  let busySince: number | undefined;
  let waiting: (() => void)[] = [];

  const schedule = (delayMs?: number): void => {
    if (scheduled) return;
    scheduled = true;
    if (delayMs === undefined) setImmediate(flush);
    else setTimeout(flush, delayMs);
  };

  const flush = (): void => {
    scheduled = false;
    if (begin()) runBatch();
    if (queue.length > 0) schedule(busySince === undefined ? undefined : retryDelay(busySince));
    else for (const resolve of waiting.splice(0)) resolve();
  };

  const begin = (): boolean => {
    try {
      database.prepare("BEGIN IMMEDIATE").run();
      busySince = undefined;
      return true;
    } catch (error) {
      busySince ??= performance.now();
      if (isBusy(error) && performance.now() - busySince < options.busyTimeoutMs) return false;
      busySince = undefined;
      rejectAll(queue.splice(0), isBusy(error) ? busyTooLong(error) : error);
      return false;
    }
  };

  const busyTooLong = (cause: unknown): ThrottledError =>
    new ThrottledError(`Another process kept ${path} locked for ${options.busyTimeoutMs} ms. Try again.`, { cause });

  const runBatch = (): void => {
    const until = performance.now() + batchMs;
    const outcomes: (() => void)[] = [];
    let taken = 0;
    try {
      do {
        const entry = queue[taken++] as Entry;
        outcomes.push(runEntry(database, entry));
      } while (taken < queue.length && performance.now() < until);
      database.prepare("COMMIT").run();
    } catch (error) {
      rejectAll(takeFirst(taken), abandon(database) ?? error);
      return;
    }
    takeFirst(taken);
    options.onCommit?.(taken);
    for (const settle of outcomes) settle();
  };

  const takeFirst = (count: number): Entry[] => {
    const first = queue.slice(0, count);
    queue = queue.slice(count);
    return first;
  };

  const rejectAll = (entries: readonly Entry[], error: unknown): void => {
    const translated = translateError(error, path);
    for (const { reject } of entries) reject(translated);
  };

  return {
    submit: (write, { undoable = false } = {}) =>
      new Promise((resolve, reject) => {
        queue.push({ write, undoable, resolve, reject });
        schedule();
      }),
    drained: () =>
      new Promise((resolve) => {
        if (queue.length === 0) resolve();
        else waiting.push(resolve);
      }),
  };
}

/** Runs the write; what comes back tells its caller the outcome, once that is committed. */
function runEntry(database: Database, { write, undoable, resolve, reject }: Entry): () => void {
  if (undoable) database.prepare("SAVEPOINT entry").run();
  try {
    const value = write() as never;
    if (undoable) database.prepare("RELEASE entry").run();
    return () => resolve(value);
  } catch (error) {
    if (!(error instanceof AloftError)) throw error;
    if (undoable) {
      database.prepare("ROLLBACK TO entry").run();
      database.prepare("RELEASE entry").run();
    }
    return () => reject(error);
  }
}

/** Ends the transaction, which SQLite itself does after some errors. What keeps it from ending comes back. */
function abandon({ handle }: Database): unknown {
  try {
    if (handle.isTransaction) handle.exec("ROLLBACK");
    return undefined;
  } catch (error) {
    return error;
  }
}

function retryDelay(busySince: number): number {
  return Math.min(maxRetryMs, 1 + (performance.now() - busySince) / 4);
}
