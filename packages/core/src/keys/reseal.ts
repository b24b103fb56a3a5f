import { ConflictError, KeysError, type KeysFault, NotFoundError } from "../errors.ts";
import type { Keys } from "../ports/keys.ts";
import { op, type Store } from "../ports/store.ts";
import { sealContextOf, type SealedAttribute } from "./sealed.ts";

export interface ResealCounts {
  /** Sealed values that were looked at, over all passes. */
  readonly seen: number;
  /** Values now under the current master key that were not. */
  readonly resealed: number;
  /** Values that do not open, and were left as they are. */
  readonly unreadable: number;
}

export interface ResealProgress extends ResealCounts {
  readonly table: string;
  readonly attribute: string;
  /** From 1; a pass that found something to do is followed by another. */
  readonly pass: number;
}

/** A value that does not open. */
export interface Unreadable {
  readonly table: string;
  readonly attribute: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly reason: KeysFault;
  /** What the keys said. */
  readonly message: string;
}

export interface ResealOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly attributes: readonly SealedAttribute[];
  /** Values re-sealed a second, at most. Default: as many as go. */
  readonly perSecond?: number;
  readonly onProgress?: (progress: ResealProgress) => void;
  readonly onUnreadable?: (value: Unreadable) => void;
  /** Stops it after what is under way. */
  readonly signal?: AbortSignal;
}

export interface ResealResult extends ResealCounts {
  /** False: it was stopped, or others kept writing under an older key until it gave up. */
  readonly complete: boolean;
}

const pageItems = 100;
const atOnce = 10;
const maxPasses = 10;
const maxTries = 20;

type AnyItem = Readonly<Record<string, unknown>> & { readonly version: number };
type Outcome = "current" | "resealed" | "unreadable";

/**
 * Seals every value anew that an older master key sealed, while others work on the same items. What is in the store opens
 * at every moment, so it may be stopped or killed at any: the next run passes over what is done. It ends once a whole pass
 * finds nothing to do.
 * @throws {AloftError} the store or the keys cannot be reached; what was done stays done.
 */
export async function reseal(options: ResealOptions): Promise<ResealResult> {
  const { attributes, onProgress } = options;
  const stopped = (): boolean => options.signal?.aborted === true;
  const pace = pacer(options.perSecond);
  const total = { seen: 0, resealed: 0, unreadable: 0 };
  let complete = true;
  for (const sealed of attributes) {
    for (let pass = 1; ; pass++) {
      const own = { table: sealed.table.name, attribute: sealed.attribute, pass };
      const resealed = await onePass(sealed, options, pace, pass, (outcomes) => {
        for (const outcome of outcomes) {
          total.seen += 1;
          if (outcome === "resealed") total.resealed += 1;
          // In a later pass it is one that was counted before.
          if (outcome === "unreadable" && pass === 1) total.unreadable += 1;
        }
        onProgress?.({ ...own, ...total });
      });
      if (stopped()) return { ...total, complete: false };
      if (resealed === 0) break;
      if (pass === maxPasses) {
        complete = false;
        break;
      }
    }
  }
  return { ...total, complete };
}

/** Every item of the table once. Gives how many values it sealed anew. */
async function onePass(
  sealed: SealedAttribute,
  { store, keys, signal, onUnreadable }: ResealOptions,
  pace: (count: number) => Promise<void>,
  pass: number,
  done: (outcomes: readonly Outcome[]) => void,
): Promise<number> {
  const tell = pass === 1 ? onUnreadable : undefined;
  const stopped = (): boolean => signal?.aborted === true;
  let resealed = 0;
  let cursor: string | undefined;
  do {
    const page = await store.scan(sealed.table, { limit: pageItems, cursor });
    const items = (page.items as readonly AnyItem[]).filter((item) => typeof item[sealed.attribute] === "string");
    for (let from = 0; from < items.length; from += atOnce) {
      if (stopped()) return resealed;
      const some = items.slice(from, from + atOnce);
      const outcomes = await Promise.all(some.map((item) => resealOne(sealed, item, { store, keys, tell })));
      const count = outcomes.filter((outcome) => outcome === "resealed").length;
      resealed += count;
      done(outcomes);
      await pace(count);
    }
    cursor = page.next;
  } while (cursor !== undefined && !stopped());
  return resealed;
}

interface Means {
  readonly store: Store;
  readonly keys: Keys;
  readonly tell: ((value: Unreadable) => void) | undefined;
}

/** Replaces the value that was read and no other: what somebody wrote meanwhile is read again. */
async function resealOne(sealed: SealedAttribute, read: AnyItem, means: Means): Promise<Outcome> {
  const { store } = means;
  const { table, attribute } = sealed;
  const key = Object.fromEntries(table.key.map((name) => [name, read[name]]));
  let item: AnyItem | undefined = read;
  for (let tries = 0; item !== undefined && tries < maxTries; tries++) {
    const value = item[attribute];
    if (typeof value !== "string") return "current";
    const fresh = await resealedValue(sealed, item, value, key, means);
    if (fresh === "current" || fresh === "unreadable") return fresh;
    try {
      await store.transact([
        op.update(
          table,
          key,
          { set: { [attribute]: fresh.value } },
          { if: { version: { eq: item.version } } as never },
        ),
      ]);
      return "resealed";
    } catch (error) {
      if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
      item = await store.get(table, key);
    }
  }
  if (item === undefined) return "current";
  throw new ConflictError(`An item of ${table.name} was written without pause. Run it again.`, {
    reason: "contention",
    table: table.name,
  });
}

async function resealedValue(
  sealed: SealedAttribute,
  item: AnyItem,
  value: string,
  key: Readonly<Record<string, unknown>>,
  { keys, tell }: Means,
): Promise<{ readonly value: string } | "current" | "unreadable"> {
  const context = sealContextOf(sealed, item);
  try {
    if (!(await keys.needsResealing(value))) return "current";
    return { value: await keys.sealText(await keys.openText(value, context), context) };
  } catch (error) {
    if (!(error instanceof KeysError)) throw error;
    const { reason, message } = error;
    tell?.({ table: sealed.table.name, attribute: sealed.attribute, key, reason, message });
    return "unreadable";
  }
}

/** Waits so that no more than so many a second go through. */
function pacer(perSecond: number | undefined): (count: number) => Promise<void> {
  let free = performance.now();
  return async (count) => {
    if (perSecond === undefined) return;
    free = Math.max(free, performance.now() - 1000) + (count * 1000) / perSecond;
    const waitMs = free - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  };
}
