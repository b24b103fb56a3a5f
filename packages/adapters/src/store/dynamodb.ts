import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { Store } from "@aloft/core/ports/store";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { connect, type Connection } from "./dynamodb-client.ts";
import { makeEngine } from "./dynamodb-engine.ts";
import { translateError } from "./dynamodb-errors.ts";
import { freezeGate } from "./dynamodb-freeze.ts";
import { searchOf, type TableSearchOptions } from "./dynamodb-search.ts";
import { inspect, migrateTables, verifyTables, type StatusLine, type Wanted } from "./dynamodb-setup.ts";
import { dynamodbTableSpecs } from "./dynamodb-specs.ts";
import { makeStore } from "./dynamodb-store.ts";
import type { OpenStoreOptions } from "./index.ts";

export { dynamodbTableSpecs } from "./dynamodb-specs.ts";
export type { StatusLine } from "./dynamodb-setup.ts";

/** Which tables, and how they are reached. */
export interface DynamodbPlace {
  /** Default: what the AWS SDK finds in the environment. */
  readonly region?: string;
  /** Default: AWS_ENDPOINT_URL_DYNAMODB or AWS's own. */
  readonly endpoint?: string;
  /** Default: what the AWS SDK finds. */
  readonly credentials?: DynamoDBClientConfig["credentials"];
  /** Before the name of every table. */
  readonly tablePrefix: string;
}

export interface DynamodbStoreOptions extends DynamodbPlace, OpenStoreOptions {
  /** How long a request, or a write that others get in the way of, is tried again. Default 5,000. */
  readonly retryBudgetMs?: number;
  /** How long one attempt of a request may take. Default 3,000. */
  readonly attemptTimeoutMs?: number;
  /**
   * How old the knowledge that the data is not frozen may be: freezing takes this long and an attempt more. Must be the
   * same for all who open the tables. Default 10,000.
   */
  readonly freezePermitMs?: number;
  readonly search?: TableSearchOptions;
}

const defaults = { retryBudgetMs: 5000, attemptTimeoutMs: 3000, freezePermitMs: 10_000 };

/**
 * Portable tables in Amazon DynamoDB, a table for each declaration. Reads by key are consistent; indexes trail by
 * moments. A write is one request, unless unique values or an item near its largest size are concerned.
 * @throws {IncompatibleError} with `setUp: "verify"`, everything that is missing; tables of newer code, or of others.
 * @throws {UnavailableError} DynamoDB cannot be reached, or denies something; with what to do.
 */
export async function dynamodbStore(options: DynamodbStoreOptions): Promise<Store> {
  const { tables, tablePrefix, now = () => new Date(), setUp = "create", upkeep = true } = options;
  const { retryBudgetMs, attemptTimeoutMs, freezePermitMs } = { ...defaults, ...withoutUndefined(options) };
  const connection = connect({ ...options, retryBudgetMs, attemptTimeoutMs });
  const { send } = connection;
  try {
    const wanted = wantedOf(options);
    if (setUp === "create") await migrateTables(connection, wanted);
    else await verifyTables(connection, wanted);
  } catch (error) {
    connection.close();
    throw await translated(connection, error);
  }
  const engine = makeEngine(connection, { tables, tablePrefix, now, retryBudgetMs });
  const gate = freezeGate({
    send,
    tablePrefix,
    permitMs: freezePermitMs,
    attemptTimeoutMs,
    patienceMs: retryBudgetMs,
  });
  const searchable = tables.filter(({ search }) => search !== undefined);
  const searches = new Map(searchable.map((table) => [table, searchOf(engine, table, options.search)]));
  if (upkeep) {
    gate.start();
    for (const search of searches.values()) search.start();
  }
  const place = { region: await connection.region(), endpoint: options.endpoint };
  return makeStore({
    engine,
    gate,
    searches,
    budgetMs: retryBudgetMs,
    translate: (error) => translateError(error, { ...place, operation: "a request", table: "" }),
    disconnect: connection.close,
  });
}

/** What tables, indexes and settings are there and what is not. Changes nothing. */
export async function dynamodbStatus(options: DynamodbMoveOptions): Promise<readonly StatusLine[]> {
  return connected(options, async (connection, wanted) =>
    (await inspect(connection, wanted)).map(({ what, state, action, mendable }) => ({ what, state, action, mendable })),
  );
}

/**
 * Makes what is missing.
 * @returns what was done.
 * @throws {IncompatibleError} newer code was here, or something stands in the way. Nothing was changed.
 */
export async function dynamodbMigrate(
  options: DynamodbMoveOptions & {
    /** Told of every step, and every 15 s of one that takes longer. */
    readonly onProgress?: (message: string) => void;
  },
): Promise<readonly StatusLine[]> {
  return connected(options, (connection, wanted) => migrateTables(connection, wanted, options.onProgress));
}

export interface DynamodbMoveOptions extends DynamodbPlace {
  readonly tables: readonly AnyTable[];
  readonly schemaVersion: number;
}

async function connected<R>(
  options: DynamodbMoveOptions,
  run: (connection: Connection, wanted: Wanted) => Promise<R>,
): Promise<R> {
  const connection = connect(options);
  try {
    return await run(connection, wantedOf(options));
  } catch (error) {
    throw await translated(connection, error);
  } finally {
    connection.close();
  }
}

async function translated(connection: Connection, error: unknown): Promise<unknown> {
  const region = await connection.region().catch(() => "no region");
  return translateError(error, { operation: "a request", table: "", region, endpoint: undefined });
}

function wantedOf({ tables, tablePrefix, schemaVersion }: DynamodbMoveOptions): Wanted {
  return { specs: dynamodbTableSpecs(tables, tablePrefix), tablePrefix, schemaVersion };
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
