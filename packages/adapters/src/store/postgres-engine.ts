import { setTimeout as delay } from "node:timers/promises";
import { ThrottledError, UnavailableError } from "@aloft/core/errors";
import type { AnyTable } from "@aloft/core/tables/define-table";
import type { StoreRequest } from "./index.ts";
import { BatchError, type Batch, type Connections, type Row } from "./postgres-connection.ts";
import type { VectorStatus } from "./postgres-vectors.ts";
import { isContention, isLostConnection, isTimeout, sqlStates } from "./postgres-errors.ts";

/** What a store on PostgreSQL is made of. */
export interface Engine {
  readonly connections: Connections;
  readonly tenant: string;
  readonly tables: ReadonlySet<AnyTable>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly vectors: EngineVectors;
  readonly onRequest: ((request: StoreRequest) => void) | undefined;
}

/** What the engine knows of the indexes of vectors. */
export interface EngineVectors {
  readonly status: VectorStatus;
  /** Looks again. */
  readonly refresh: () => Promise<void>;
}

/** One round trip. @throws {BatchError} */
export function send(engine: Engine, operation: string, batch: Batch): Promise<Row[][]> {
  engine.onRequest?.({ operation });
  return engine.connections.run(batch);
}

/** How long a write tries to get past others that are in its way. */
const contentionMs = 15_000;
/** A connection that broke while it lay idle is found out when it is used: the next may be whole. */
const lostAttempts = 3;

/** Whether to try again after a failure. */
export interface Retries {
  /** Waits, if trying again may help. @throws what the failure means, if not. */
  readonly after: (error: unknown) => Promise<void>;
}

/** @param contended what to throw when others were in the way for too long. */
export function retries(engine: Engine, contended: (cause: unknown) => Error): Retries {
  const until = performance.now() + contentionMs;
  let attempts = 0;
  let lost = 0;
  return {
    after: async (error) => {
      if (!(error instanceof BatchError)) throw error;
      attempts++;
      const frozen = isFrozen(error);
      if (frozen || isContention(error.state)) {
        if (performance.now() > until) throw frozen ? heldBack(error) : contended(error.cause);
      } else if (error.inDoubt) throw inDoubt(engine, error);
      else if (!isLostConnection(error.cause) || isTimeout(error.cause) || ++lost >= lostAttempts)
        throw engine.connections.translate(error);
      await delay(Math.random() * Math.min(100, 2 ** attempts));
    },
  };
}

/** Somebody has frozen the data: the lock that every write takes was not to be had. */
function isFrozen({ index, state }: BatchError): boolean {
  return index === -1 && state === sqlStates.divisionByZero;
}

function heldBack(cause: unknown): ThrottledError {
  return new ThrottledError("The store is frozen: it is being copied or moved. Try again.", { cause });
}

function inDoubt({ connections }: Engine, { cause }: BatchError): UnavailableError {
  const { host, port } = connections.place;
  return new UnavailableError(
    `The connection to PostgreSQL at ${host}:${port} was lost during a write: it is unknown whether it was done. Read before writing again.`,
    { cause },
  );
}

/** Reads, again if the connection was lost: nothing is changed by it. */
export async function read(engine: Engine, batch: Omit<Batch, "kind">): Promise<Row[]> {
  const retry = retries(engine, (cause) => engine.connections.translate(cause));
  for (;;) {
    try {
      const results = await send(engine, "SELECT", { ...batch, kind: "read" });
      return results.at(-1) ?? [];
    } catch (error) {
      await retry.after(error);
    }
  }
}
