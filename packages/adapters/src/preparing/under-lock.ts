import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { AloftError, ThrottledError, UnavailableError } from "@aloft/core/errors";
import { clientConfig } from "../store/postgres-connection.ts";
import { placeOf, translateError, type Place } from "../store/postgres-errors.ts";
import { isPassing } from "./postgres-ready.ts";

/** Something that is done to a database once, whoever does it. */
export interface Step {
  /** Whether nothing is left to do. Changes nothing. */
  readonly isDone: (session: Client) => Promise<boolean>;
  /** Does it, and records that it is done. `lost` is aborted when the lock is no longer held. */
  readonly run: (session: Client, lost: AbortSignal) => Promise<void>;
}

export interface UnderLockOptions {
  /** How long others may hold the lock. */
  readonly waitMs: number;
  /** Told every few seconds who is waited for. */
  readonly onWaiting?: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** "alof" in ASCII; the second number is another than that of Aloft's own migrations. */
const lockKey = "1634496358, 2";
const pollMs = 150;
const tellEveryMs = 5000;
/** Between the death of who held the lock and the end of what it had started. */
const settleMs = 300;

/**
 * Does the steps that are not done, in their order, under a lock of the session: any number of processes may ask at
 * once, one works, and the others see that it is done. Who holds the lock and dies loses it, and the next goes on.
 * @param url a direct one: past a pooler that lends connections by transaction the lock would hold nothing.
 * @returns whether there was anything to do.
 * @throws {ThrottledError} another held the lock for longer than `waitMs`. @throws {UnavailableError}
 * @see https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
export async function underLock(url: string, steps: readonly Step[], options: UnderLockOptions): Promise<boolean> {
  const place = placeOf(url, "DATABASE_DIRECT_URL or DATABASE_URL");
  const until = performance.now() + options.waitMs;
  const session = await connect(url, place, until, options.signal);
  try {
    const waited = await takeLock(session, steps, { ...options, until, place });
    if (waited === "done") return false;
    if (waited === "waited") await delay(settleMs, undefined, aborting(options));
    return await runSteps(session, steps, options.signal);
  } catch (error) {
    throw ours(error, place);
  } finally {
    await session.client.end().catch(() => undefined);
  }
}

interface Session {
  readonly client: Client;
  readonly lost: AbortSignal;
}

/** So many may start at once that there is no connection for each: later there is. */
async function connect(url: string, place: Place, until: number, signal: AbortSignal | undefined): Promise<Session> {
  for (;;) {
    const application_name = `aloft exec ${hostname().slice(0, 30)} ${process.pid}`;
    const client = new Client({ ...clientConfig(url), application_name });
    const lost = new AbortController();
    const lose = (): void => {
      lost.abort(
        new UnavailableError(
          `The connection to PostgreSQL at ${place.host}:${place.port} that held the lock was lost, so what ran under it ` +
            "was stopped. Start again: what was not finished is done then.",
        ),
      );
    };
    client.on("error", lose);
    client.on("end", lose);
    try {
      await client.connect();
      // Who was killed, or whose machine went away, is to be missed at once.
      await client.query("SET statement_timeout = 0; SET idle_session_timeout = 0; SET tcp_keepalives_idle = 5");
      await client.query("SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3");
      return { client, lost: lost.signal };
    } catch (error) {
      await client.end().catch(() => undefined);
      if (!isPassing(error) || performance.now() > until) throw translateError(error, place);
    }
    await delay(pollMs * (0.5 + Math.random()), undefined, aborting({ signal }));
  }
}

interface TakeOptions extends UnderLockOptions {
  readonly until: number;
  readonly place: Place;
}

async function takeLock(
  { client }: Session,
  steps: readonly Step[],
  { until, place, onWaiting, waitMs, signal }: TakeOptions,
): Promise<"done" | "taken" | "waited"> {
  let tellAt = performance.now();
  for (let first = true; ; first = false) {
    if (await allDone(client, steps)) return "done";
    const { rows } = await client.query<{ taken: string }>(`SELECT pg_try_advisory_lock(${lockKey})::text AS taken`);
    if (rows[0]?.taken === "true") return first ? "taken" : "waited";
    const now = performance.now();
    if (now > until) {
      throw new ThrottledError(
        `Another process has kept the lock on "${place.database}" for ${Math.round(waitMs / 1000)} s: ` +
          `${await holderOf(client)}. Wait longer (--lock-wait 30m), or end it if it hangs.`,
      );
    }
    if (now >= tellAt) {
      tellAt = now + tellEveryMs;
      onWaiting?.(`Another instance prepares "${place.database}": ${await holderOf(client)}`);
    }
    await delay(pollMs * (0.5 + Math.random()), undefined, aborting({ signal }));
  }
}

async function allDone(client: Client, steps: readonly Step[]): Promise<boolean> {
  for (const step of steps) if (!(await step.isDone(client))) return false;
  return true;
}

async function runSteps(
  { client, lost }: Session,
  steps: readonly Step[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let worked = false;
  for (const step of steps) {
    signal?.throwIfAborted();
    if (await step.isDone(client)) continue;
    await step.run(client, lost);
    lost.throwIfAborted();
    worked = true;
  }
  return worked;
}

async function holderOf(client: Client): Promise<string> {
  const [classId, objectId] = lockKey.split(", ");
  const { rows } = await client.query<{ pid: number; name: string; since: string }>(
    `SELECT a.pid, a.application_name AS name, to_char(a.backend_start, 'HH24:MI:SS TZ') AS since
     FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_database d ON d.oid = l.database
     WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()
       AND l.classid = ${classId} AND l.objid = ${objectId} AND l.objsubid = 2`,
  );
  const [holder] = rows;
  if (holder === undefined) return "it has just let go";
  return `"${holder.name}", connected since ${holder.since}, backend ${holder.pid}`;
}

function aborting({ signal }: { readonly signal?: AbortSignal | undefined }): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** What is ours already, and what the steps throw on purpose, stays as it is. */
function ours(error: unknown, place: Place): unknown {
  if (error instanceof AloftError || !(error instanceof Error)) return error;
  return "severity" in error || isPassing(error) ? translateError(error, place) : error;
}
