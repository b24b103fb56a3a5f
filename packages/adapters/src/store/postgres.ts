import { createHash } from "node:crypto";
import { IncompatibleError, InvalidError } from "@aloft/core/errors";
import type { Store } from "@aloft/core/ports/store";
import type { OpenStoreOptions } from "./index.ts";
import { BatchError, openConnections, type Connections, type Row } from "./postgres-connection.ts";
import type { Engine, EngineVectors } from "./postgres-engine.ts";
import { placeOf, sqlStates } from "./postgres-errors.ts";
import { freezeTenant } from "./postgres-freeze.ts";
import { migrate, migrationStatus } from "./postgres-migrations.ts";
import { makeStore } from "./postgres-store.ts";
import { maintain } from "./postgres-upkeep.ts";
import { declaresVectors, vectorNotice, vectorStatus, type VectorStatus } from "./postgres-vectors.ts";

export interface PostgresStoreOptions extends OpenStoreOptions {
  /** `postgres://user:password@host:port/database`; add `?sslmode=verify-full` wherever a network lies between. */
  readonly url: string;
  /** Past any pooler, for what needs a connection of its own: migrations and freezes. Default: `url`. */
  readonly directUrl?: string;
  /** Whose rows these are. Letters, digits, `_`, `.`, `:` and `-`. Default `default`. */
  readonly tenant?: string;
  /** Connections at once. Default 10. */
  readonly poolSize?: number;
}

const minuteMs = 60_000;

/**
 * Portable tables in PostgreSQL, 14 or newer: a column an attribute, a row an item. Every call is one round trip, and
 * leaves nothing behind on its connection, so that poolers may lend it to others between calls. Rows are fenced in
 * twice: every statement names its tenant, and row level security holds whoever is not a superuser to it.
 * @throws {UnavailableError} the database cannot be reached, or refuses; with what to do about it.
 * @throws {IncompatibleError} it does not fit the tables.
 * @see https://www.postgresql.org/docs/current/ddl-rowsecurity.html
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { url, directUrl = url, tenant = "default", poolSize = 10, now = () => new Date() } = options;
  if (!/^[\w.:-]{1,128}$/.test(tenant)) {
    throw new InvalidError("A tenant is named by up to 128 letters, digits, _, ., : and -.");
  }
  placeOf(url);
  placeOf(directUrl, "DATABASE_DIRECT_URL");
  const writeLock = lockOf(tenant);
  const connections = openConnections({ url, tenant, poolSize, writeLock });
  const engine: Engine = {
    connections,
    tenant,
    tables: new Set(options.tables),
    clock: () => now().getTime(),
    vectors: vectorsOf(connections, options.tables),
    onRequest: options.onRequest,
  };
  try {
    await setUp(connections, directUrl, options);
    await lookForVectors(engine, options);
  } catch (error) {
    await connections.close();
    throw error instanceof BatchError ? connections.translate(error) : error;
  }
  const upkeep = (): Promise<void> => maintain(engine);
  const timer =
    options.upkeep === false ? undefined : setInterval(() => void upkeep().catch(() => undefined), minuteMs).unref();
  return makeStore(engine, {
    maintain: upkeep,
    freeze: () => freezeTenant(directUrl, writeLock, connections.place),
    stop: () => clearInterval(timer),
  });
}

/** The advisory lock that stands for a tenant's data. */
function lockOf(tenant: string): bigint {
  return createHash("sha256").update(`aloft writes of ${tenant}`).digest().readBigInt64BE(0);
}

/** Nothing is known of them until the first look. */
function vectorsOf(connections: Connections, tables: PostgresStoreOptions["tables"]): EngineVectors {
  let status: VectorStatus = {
    installed: null,
    available: null,
    creatable: false,
    schema: "",
    usable: false,
    columns: [],
  };
  return {
    get status() {
      return status;
    },
    refresh: async () => {
      status = await vectorStatus((sql) => askPool(connections, sql), tables);
    },
  };
}

async function lookForVectors(
  { vectors, connections: { place } }: Engine,
  { tables, onNotice }: PostgresStoreOptions,
): Promise<void> {
  if (onNotice === undefined && !declaresVectors(tables)) return;
  await vectors.refresh();
  const message = vectorNotice(vectors.status, tables, place.database);
  if (message !== undefined) onNotice?.(message);
}

async function askPool(connections: Connections, sql: string): Promise<Record<string, unknown>[]> {
  try {
    const text = `SELECT row_to_json(found) FROM (${sql}) found`;
    const [rows = []]: Row[][] = await connections.run({ kind: "read", statements: [{ text, values: [] }] });
    return rows.map(([row]) => row as Record<string, unknown>);
  } catch (error) {
    if (error instanceof BatchError && error.state === sqlStates.undefinedTable) throw error.cause;
    throw connections.translate(error);
  }
}

async function setUp(connections: Connections, directUrl: string, options: PostgresStoreOptions): Promise<void> {
  const { place } = connections;
  const ask = (sql: string): Promise<Record<string, unknown>[]> => askPool(connections, sql);
  const { upToDate, vectors } = await migrationStatus(ask, options, place);
  if (options.setUp === "verify") {
    if (upToDate) return;
    throw new IncompatibleError(
      `The database "${place.database}" lacks what this version of Aloft needs. Run: aloft store migrate`,
    );
  }
  if (upToDate && vectors.length === 0) return;
  await migrate(directUrl, options);
}
