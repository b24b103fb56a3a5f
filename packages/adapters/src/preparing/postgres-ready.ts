import { Client } from "pg";
import { clientConfig } from "../store/postgres-connection.ts";
import { placeOf, sqlState, translateError } from "../store/postgres-errors.ts";

/** What a server says that is on its way up or has no place left just now, and a name server that knows nothing yet. */
const passingStates = /^(?:57P0[1-5]|53300|08)/;
const passingCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
const passingMessages = /^(?:Connection terminated|timeout expired)/;

/**
 * Whether PostgreSQL answers a question now, not only whether its port is open.
 * @returns undefined: it does. Otherwise why not yet: it may by and by.
 * @throws {AloftError} waiting would not help: the password is wrong, there is no such database, TLS does not fit.
 */
export async function askPostgres(url: string): Promise<string | undefined> {
  const place = placeOf(url);
  const client = new Client({ ...clientConfig(url), query_timeout: 5000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
    return undefined;
  } catch (error) {
    if (isPassing(error)) return reasonOf(error);
    throw translateError(error, place);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whether the same attempt may succeed later, with nothing changed by anybody but the server. */
export function isPassing(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return passingStates.test(state);
  const code = codeOf(error);
  return code === undefined ? error instanceof Error && passingMessages.test(error.message) : passingCodes.has(code);
}

/** Several addresses of one name fail together. */
function codeOf(error: unknown): string | undefined {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  return first instanceof Error && "code" in first && typeof first.code === "string" ? first.code : undefined;
}

function reasonOf(error: unknown): string {
  const state = sqlState(error);
  if (state?.startsWith("57P") === true) return "it is starting or stopping";
  if (state === "53300") return "it has no connection left";
  return codeOf(error) ?? (error instanceof Error ? error.message : String(error));
}
