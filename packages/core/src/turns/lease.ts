import { ConflictError, UnavailableError } from "../errors.ts";
import type { Store } from "../ports/store.ts";
import { newId } from "../values.ts";
import { servers } from "./tables.ts";

export interface LeaseOptions {
  readonly store: Store;
  readonly now: () => Date;
  /** No other server can be at this store: what is not of this one is of a server that is gone. */
  readonly alone: boolean;
  /** How long this server's turns are its own after each renewal. Default 30 s. */
  readonly leaseMs?: number;
  /** How often the lease is renewed. Default 10 s. */
  readonly renewMs?: number;
  /** Told when the lease cannot be renewed. */
  readonly onUnexpected: (error: unknown) => void;
}

/**
 * This server's claim on the messages that wait for it: a row that is renewed while the server lives. When it is not
 * any more, another server settles what waits. A server that was suspended past its lease finds that out by its own
 * clock, before it writes.
 */
export interface ServerLease {
  /** Stands in each message that waits for this server. Another one after the lease was lost. */
  readonly id: string;
  readonly alone: boolean;
  /** How long others wait after the end of a lease, for writes that may be under way. */
  readonly graceMs: number;
  /** Whether messages that wait for the server of this id are this server's to reply to. */
  holds(id: string): boolean;
  /**
   * To be called before a message written at `createdAt` is made to wait, and disposed of when it waits no more:
   * whoever settles what this server leaves behind looks back as far.
   */
  cover(createdAt: string): Promise<Disposable>;
  /** Renews now. Never throws: what fails is told, and tried again in time. */
  renew(): Promise<void>;
  /** Ends the renewals, and removes the row unless messages still wait. */
  close(): Promise<void>;
}

const slackMs = 60_000;

/** @throws {UnavailableError} the store cannot be written to. */
export async function takeLease(options: LeaseOptions): Promise<ServerLease> {
  const { store, now, alone, leaseMs = 30_000, renewMs = 10_000, onUnexpected } = options;
  const waiting = new Set<{ readonly createdAt: string }>();
  let id = "";
  let heldUntil = 0;
  let coveredSince = "";
  let touched = false;

  /** What is in flight between its creation and here is at most `slackMs` old. */
  const oldest = (): string => {
    const recent = new Date(now().getTime() - slackMs).toISOString();
    return [...waiting].reduce((least, { createdAt }) => (createdAt < least ? createdAt : least), recent);
  };
  const term = () => ({ leaseUntil: new Date(now().getTime() + leaseMs).toISOString(), waitingSince: oldest() });

  async function begin(): Promise<void> {
    const asked = performance.now();
    const fresh = newId("srv");
    const lease = term();
    await store.create(servers, { id: fresh, startedAt: now().toISOString(), ...lease });
    id = fresh;
    coveredSince = lease.waitingSince;
    heldUntil = asked + leaseMs;
  }

  /** @throws whatever keeps the row from being written. */
  async function extend(): Promise<void> {
    const asked = performance.now();
    const lease = term();
    try {
      await store.update(servers, { id }, { set: lease }, { if: { settledBy: { exists: false } } });
      coveredSince = lease.waitingSince;
      heldUntil = asked + leaseMs;
    } catch (error) {
      if (!(error instanceof ConflictError) || error.reason !== "condition") throw error;
      // Another server has settled what waited: what is under way here is nobody's any more.
      await begin();
    }
  }

  let renewal: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = renewal.then(work);
    renewal = mine.catch(() => undefined);
    return mine;
  };
  const renew = () => inTurn(extend).catch(onUnexpected);

  await begin();
  const timer = setInterval(() => {
    // A server that is alone renews only to move on from where its successor would begin to look.
    if (alone && !touched) return;
    touched = waiting.size > 0;
    void renew();
  }, renewMs);
  unref(timer);

  return {
    get id() {
      return id;
    },
    alone,
    graceMs: leaseMs / 2,
    holds: (one) => one === id && (alone || performance.now() < heldUntil),
    async cover(createdAt) {
      const one = { createdAt };
      waiting.add(one);
      touched = true;
      const end = { [Symbol.dispose]: () => void waiting.delete(one) };
      try {
        if (createdAt < coveredSince) await inTurn(extend);
        if (!alone && performance.now() >= heldUntil) await inTurn(extend);
      } catch (cause) {
        end[Symbol.dispose]();
        throw new UnavailableError("The store cannot be written to, so no reply can be begun. Try again.", { cause });
      }
      return end;
    },
    renew,
    async close() {
      clearInterval(timer);
      await renewal;
      if (waiting.size > 0) return;
      await store.delete(servers, { id }, { if: { settledBy: { exists: false } } }).catch((error: unknown) => {
        if (!(error instanceof ConflictError)) onUnexpected(error);
      });
    },
  };
}

/** Node's timers may be told to keep no process alive; others have no such thing. */
export function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}
