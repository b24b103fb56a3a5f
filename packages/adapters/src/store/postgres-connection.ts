import { accessSync, constants } from "node:fs";
import { InvalidError } from "@aloft/core/errors";
import { Pool, type PoolClient, type QueryResult, type CustomTypesConfig, type PoolConfig } from "pg";
import { iamConfig, signsInByIam } from "./postgres-iam.ts";
import { jsonNull } from "./postgres-rows.ts";
import { placeOf, sqlState, isLostConnection, translateError, type Place } from "./postgres-errors.ts";

/** One statement, its values apart from its text. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A row, its columns in the order of the statement. */
export type Row = readonly unknown[];

/** Statements that are sent at once and are one transaction: a single round trip. */
export interface Batch {
  readonly kind: "read" | "write";
  readonly statements: readonly Statement[];
  /** Default: some seconds. */
  readonly timeoutMs?: number;
}

/** A batch has failed. Whether any of it was done is certain unless `inDoubt`. */
export class BatchError extends Error {
  /** Which statement failed; -1: none was begun. */
  readonly index: number;
  readonly state: string | undefined;
  /** The connection went away after everything was sent: it may have been committed. */
  readonly inDoubt: boolean;

  constructor(index: number, cause: unknown, inDoubt: boolean) {
    super("A transaction failed.", { cause });
    this.index = index;
    this.state = sqlState(cause);
    this.inDoubt = inDoubt;
  }
}

export interface Connections {
  readonly place: Place;
  /** The rows of each statement. @throws {BatchError} */
  readonly run: (batch: Batch) => Promise<Row[][]>;
  readonly translate: (error: unknown) => Error;
  readonly close: () => Promise<void>;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly tenant: string;
  readonly poolSize: number;
  /** The lock that a freeze of the tenant's data takes. */
  readonly writeLock: bigint;
}

const connectTimeoutMs = 5000;
const lockTimeoutMs = 3000;
const statementTimeoutMs = 8000;
/** How much longer than the server we wait for it to say that it gave up. */
const graceMs = 1000;
const keepAliveMs = 10_000;

/** @see https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const oids = { bigint: 20, integer: 23, json: 114, double: 701 };

/** JSON's null is a value, while SQL's is none. */
function parseJson(text: string): unknown {
  return text === "null" ? jsonNull : (JSON.parse(text) as unknown);
}

/** Values come as the text that PostgreSQL sends, but for numbers and JSON. */
const types: CustomTypesConfig = {
  getTypeParser: ((oid: number) => {
    if (oid === oids.bigint || oid === oids.double || oid === oids.integer) return Number;
    return oid === oids.json ? parseJson : (text: string) => text;
  }) as CustomTypesConfig["getTypeParser"],
};

/**
 * What every connection of ours has in common, the pool's and those of their own.
 * @throws {InvalidError} the URL names a file that cannot be read.
 */
export function clientConfig(url: string): PoolConfig {
  checkFiles(url);
  return {
    ...(signsInByIam(url) ? iamConfig(url) : { connectionString: url }),
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
    fallback_application_name: "aloft",
    types,
  };
}

/** Authorities, certificate and key, which the driver reads when it connects. */
const fileSettings = ["sslrootcert", "sslcert", "sslkey"];

function checkFiles(url: string): void {
  if (!URL.canParse(url)) return;
  const { searchParams } = new URL(url);
  for (const name of fileSettings) {
    const path = searchParams.get(name);
    if (path === null) continue;
    try {
      accessSync(path, constants.R_OK);
    } catch (cause) {
      const mend = path.endsWith("global-bundle.pem")
        ? ` An image gets RDS's authorities by: ADD --chmod=444 https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem ${path}`
        : "";
      throw new InvalidError(`${name} of the database's URL is ${path}, which cannot be read.${mend}`, [], { cause });
    }
  }
}

/** A pool of connections that loses those that break and makes new ones. */
export function openConnections(options: ConnectionOptions): Connections {
  const place = placeOf(options.url);
  const pool = new Pool({
    ...clientConfig(options.url),
    max: options.poolSize,
    pipeline: true,
  });
  // An idle connection has broken: the pool has dropped it already.
  pool.on("error", () => undefined);
  const begin = beginOf(options);
  return {
    place,
    run: async (batch) => {
      const client = await pool.connect().catch((error: unknown) => {
        throw new BatchError(-1, error, false);
      });
      let lost: unknown;
      const onError = (error: unknown): void => void (lost ??= error);
      client.on("error", onError);
      try {
        return await runBatch(client, begin, batch);
      } catch (error) {
        if (error instanceof BatchError && isLostConnection(error.cause)) lost ??= error;
        throw error;
      } finally {
        client.removeListener("error", onError);
        client.release(lost !== undefined);
      }
    },
    translate: (error) => translateError(error instanceof BatchError ? error.cause : error, place),
    close: () => pool.end(),
  };
}

type Begin = (batch: Batch) => string;

/**
 * What a transaction begins with. All that it sets ends with it, so that a pooler may give the connection to anybody
 * afterwards.
 */
function beginOf({ tenant, writeLock }: ConnectionOptions): Begin {
  const name = tenant.replaceAll("'", "''");
  return ({ kind, timeoutMs = statementTimeoutMs }) => {
    const settings =
      `SELECT set_config('aloft.tenant', '${name}', true), set_config('statement_timeout', '${timeoutMs}', true), ` +
      `set_config('lock_timeout', '${lockTimeoutMs}', true)`;
    if (kind === "read") return `BEGIN READ ONLY; ${settings}`;
    return `BEGIN; ${settings}, 1 / pg_try_advisory_xact_lock_shared(${writeLock})::integer`;
  };
}

async function runBatch(client: PoolClient, begin: Begin, batch: Batch): Promise<Row[][]> {
  const { statements, timeoutMs = statementTimeoutMs } = batch;
  const { stream } = (client as unknown as { connection: { stream: { cork(): void; uncork(): void } } }).connection;
  const query_timeout = timeoutMs + graceMs;
  stream.cork();
  const sent = [
    client.query({ text: begin(batch), query_timeout } as never),
    ...statements.map(({ text, values }) => {
      return client.query({ text, values: [...values], rowMode: "array", query_timeout } as never);
    }),
    client.query({ text: "COMMIT", query_timeout } as never),
  ] as Promise<QueryResult>[];
  stream.uncork();
  const results = await Promise.allSettled(sent);
  const failed = results.findIndex(({ status }) => status === "rejected");
  if (failed !== -1) {
    const { reason } = results[failed] as PromiseRejectedResult;
    const answered = sqlState(reason) !== undefined && failed < results.length - 1;
    throw new BatchError(failed - 1, reason, batch.kind === "write" && !answered);
  }
  return results.slice(1, -1).map((result) => (result as PromiseFulfilledResult<QueryResult>).value.rows as Row[]);
}
