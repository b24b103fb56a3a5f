import {
  IncompatibleError,
  StorageFullError,
  ThrottledError,
  TooLargeError,
  UnavailableError,
  type AloftError,
} from "@aloft/core/errors";

/** @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const sqlStates = {
  divisionByZero: "22012",
  invalidText: "22P02",
  uniqueViolation: "23505",
  readOnly: "25006",
  insufficientPrivilege: "42501",
  serialization: "40001",
  deadlock: "40P01",
  lockTimeout: "55P03",
  undefinedTable: "42P01",
} as const;

/** Where a database is, for messages. The password is not in it. */
export interface Place {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

const example = "DATABASE_URL=postgres://user:password@host:5432/database";

/**
 * @throws {UnavailableError} it is no URL of PostgreSQL's. What was given is not repeated, for it may hold a password.
 */
export function placeOf(url: string, variable = "DATABASE_URL"): Place {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["postgres:", "postgresql:"].includes(parsed.protocol)) {
    throw new UnavailableError(
      `${variable} is not a URL of PostgreSQL's. Write it as in ${example}; in the password, write characters such as ` +
        "/, @, # and % as %2F, %40, %23 and %25.",
    );
  }
  const database = decodeURIComponent(parsed.pathname.slice(1));
  if (database === "" || parsed.hostname === "") {
    const missing = database === "" ? "names no database" : "names no host";
    throw new UnavailableError(`${variable} ${missing}. Write it as in ${example}.`);
  }
  const user = decodeURIComponent(parsed.username) || "the user of this process";
  return { host: parsed.hostname, port: parsed.port || "5432", database, user };
}

/** PostgreSQL's code for the error; undefined if no server has answered with one. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return /^[0-9A-Z]{5}$/.test(error.code) && "severity" in error ? error.code : undefined;
}

export function constraintOf(error: unknown): string {
  return error instanceof Error && "constraint" in error ? String(error.constraint) : "";
}

/** Whether the server was in another's way, so that the same transaction may go through when it is tried again. */
export function isContention(state: string | undefined): boolean {
  return state === sqlStates.serialization || state === sqlStates.deadlock || state === sqlStates.lockTimeout;
}

/** Whether the connection is no longer of use, or leads to a server that is not the one to write to. */
export function isLostConnection(error: unknown): boolean {
  const state = sqlState(error);
  if (state === undefined) return true;
  return state.startsWith("08") || state.startsWith("57P") || state === sqlStates.readOnly;
}

/** Whether it was waited for in vain, so that waiting once more would take as long again. */
export function isTimeout(error: unknown): boolean {
  return sqlState(error) === undefined && error instanceof Error && /time.?out/i.test(error.message);
}

/** The error of the driver or the server as the port's. */
export function translateError(error: unknown, place: Place): AloftError {
  const options = { cause: error };
  const state = sqlState(error);
  const at = `PostgreSQL at ${place.host}:${place.port}`;
  if (state === undefined) return new UnavailableError(connectionFault(error, place, at), options);
  const { database, user } = place;
  const message = error instanceof Error ? error.message : String(error);
  switch (state) {
    case "28P01":
    case "28000":
      return new UnavailableError(refusedSignIn(message, user, at), options);
    case "3D000":
      return new UnavailableError(
        `${at} has no database "${database}". Make it (createdb ${database}), or name another in DATABASE_URL.`,
        options,
      );
    case "42501":
      return new UnavailableError(lacksPrivilege(message, user, database), options);
    case "53300":
      return new ThrottledError(
        `${at} has no connection left. Lower DATABASE_POOL_SIZE, raise max_connections, or put a pooler in between.`,
        options,
      );
    case "53100":
      return new StorageFullError(`The disk of ${at} is full: nothing was written. Give it more space.`, options);
    case sqlStates.readOnly:
      return new UnavailableError(
        `${at} is read-only: a replica, or a primary that is no longer one. Nothing was written. DATABASE_URL must name ` +
          "the primary, or an endpoint that follows it.",
        options,
      );
    case "54000":
      return new TooLargeError(
        "PostgreSQL cannot hold this: the values of one index have together more than 2,600 bytes even when compressed.",
        options,
      );
    case "57014":
      return new ThrottledError(`${at} took too long and was told to stop: nothing was done.`, options);
    case "57P03":
      return new UnavailableError(`${at} is starting or stopping. Try again.`, options);
    case sqlStates.undefinedTable:
    case "42703":
      return new IncompatibleError(
        `The database "${database}" does not fit this version (${message}). Run: aloft store migrate`,
        options,
      );
    default:
      return new UnavailableError(`${at} failed: ${message} (${state}).`, options);
  }
}

function refusedSignIn(message: string, user: string, at: string): string {
  if (/pg_hba\.conf/.test(message)) {
    const unencrypted = /no encryption|SSL off/.test(message);
    const how = unencrypted ? "unencrypted" : "encrypted";
    const mend = unencrypted ? "Add ?sslmode=verify-full to DATABASE_URL" : "Take sslmode out of DATABASE_URL";
    return `${at} does not let ${user} in ${how} from this address. ${mend}, or let pg_hba.conf take it.`;
  }
  return `${at} refused the user or the password of ${user}. Correct them in DATABASE_URL.`;
}

function lacksPrivilege(message: string, user: string, database: string): string {
  const on = / for (.+)$/.exec(message)?.[1] ?? `the database "${database}"`;
  const what = on.startsWith("schema")
    ? `Run as its owner: GRANT CREATE, USAGE ON ${on} TO "${user}"`
    : `Run as its owner: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "${user}"`;
  return `The user ${user} lacks a privilege on ${on}. ${what}`;
}

function connectionFault(error: unknown, { host, port }: Place, at: string): string {
  const message = error instanceof Error ? error.message : String(error);
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `There is no host ${host}: its name does not resolve. Correct it in DATABASE_URL.`;
    case "ECONNREFUSED":
      return `Nothing listens at ${host}:${port}. Start PostgreSQL, or correct the host and port in DATABASE_URL.`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return `${host}:${port} cannot be reached from here: look at the network, its routes and its security groups.`;
    default:
  }
  if (/does not support SSL/.test(message)) {
    return `${at} offers no encryption. Take sslmode out of DATABASE_URL, or turn ssl on at the server.`;
  }
  if (/certificate|self.signed|altname/i.test(message)) {
    return `The certificate of ${at} is not trusted (${message}). Name its authority: sslmode=verify-full&sslrootcert=/path/ca.pem, at RDS the file global-bundle.pem.`;
  }
  if (isTimeout(error)) return `${at} did not answer in time. Is it reachable, and not overloaded?`;
  return `The connection to ${at} was lost (${message}).`;
}
