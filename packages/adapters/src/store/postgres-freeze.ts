import { Client } from "pg";
import { ThrottledError, UnavailableError } from "@aloft/core/errors";
import type { Freeze } from "@aloft/core/ports/store";
import { clientConfig } from "./postgres-connection.ts";
import { sqlState, sqlStates, translateError, type Place } from "./postgres-errors.ts";

const timeoutMs = 30_000;

/**
 * Takes the lock that every write of the tenant's shares, within a transaction of a connection of its own that stays
 * open: poolers leave it alone, and it ends with the process.
 * @throws {ThrottledError} writers kept it for 30 seconds.
 */
export async function freezeTenant(url: string, lock: bigint, place: Place): Promise<Freeze> {
  const client = new Client(clientConfig(url));
  // Once the connection is gone the freeze has ended: whoever releases it is told.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(
      `BEGIN; SELECT set_config('lock_timeout', '${timeoutMs}', true), set_config('idle_in_transaction_session_timeout', '0', true), ` +
        `set_config('tcp_keepalives_idle', '5', true), set_config('tcp_keepalives_interval', '1', true), set_config('tcp_keepalives_count', '3', true)`,
    );
    await client.query(`SELECT pg_advisory_xact_lock(${lock})`);
  } catch (error) {
    await client.end().catch(() => undefined);
    if (sqlState(error) !== sqlStates.lockTimeout) throw translateError(error, place);
    throw new ThrottledError(`The data could not be frozen: writers kept it for ${timeoutMs} ms.`, { cause: error });
  }
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => (released ??= commit(client));
  return { release, [Symbol.asyncDispose]: release };
}

/** @throws {UnavailableError} the connection was lost, and the lock with it. */
async function commit(client: Client): Promise<void> {
  try {
    await client.query("COMMIT");
  } catch (cause) {
    throw new UnavailableError("The freeze ended before it was released: there may have been writes.", { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
}
