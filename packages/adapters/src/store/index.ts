import type { Store } from "@aloft/core/ports/store";
import type { AnyTable } from "@aloft/core/tables/define-table";

/** Where the tables are kept. */
export type StoreConfig =
  | {
      readonly type: "sqlite";
      /** The database file. */
      readonly path: string;
    }
  | {
      readonly type: "dynamodb";
      /** Default: what the AWS SDK finds in the environment. */
      readonly region?: string;
      /** Default: AWS_ENDPOINT_URL_DYNAMODB or AWS's own. */
      readonly endpoint?: string;
      /** Before the name of every table, such as `aloft_dev_`. */
      readonly tablePrefix: string;
    }
  | {
      readonly type: "postgres";
      /** `postgres://user:password@host:port/database`. */
      readonly url: string;
      /** Past any pooler, for what holds a lock of the session: migrations. Default: `url`. */
      readonly directUrl?: string;
      /** Whose rows these are: stores of different tenants share the tables, and see nothing of each other. */
      readonly tenant?: string;
      /** Connections at once. Default 10. */
      readonly poolSize?: number;
    };

/** A request to the engine's server: what a call has cost. */
export interface StoreRequest {
  /** The engine's own word: `GetItem`, `TransactWriteItems`, `SELECT`, `COMMIT` … */
  readonly operation: string;
  /** The table it is about, as the engine calls it; of several, the first. */
  readonly table?: string;
  /** DynamoDB's read and write units, indexes included. */
  readonly readUnits?: number;
  readonly writeUnits?: number;
}

export interface OpenStoreOptions {
  readonly tables: readonly AnyTable[];
  /** The number of these declarations, which rises with every change to them. */
  readonly schemaVersion: number;
  /** What expiry goes by. Default: the system's clock. */
  readonly now?: () => Date;
  /**
   * `create` makes or migrates what is missing; `verify` changes nothing and refuses to open on what does not fit.
   * SQLite always creates. Default `create`.
   */
  readonly setUp?: "create" | "verify";
  /** Whether the engine does its upkeep by itself. Default true; otherwise only `maintain` does it. */
  readonly upkeep?: boolean;
  /** Told of every request to the engine's server. SQLite has none. */
  readonly onRequest?: (request: StoreRequest) => void;
  /** Told what somebody should know, though the store works. */
  readonly onNotice?: (message: string) => void;
}

/**
 * Opens the store that is configured, loading its engine alone.
 * @throws {AloftError} what keeps it from opening, with what to do about it.
 */
export async function openStore(config: StoreConfig, options: OpenStoreOptions): Promise<Store> {
  const { type, ...settings } = config;
  switch (type) {
    case "sqlite": {
      const { sqliteStore } = await import("./sqlite.ts");
      return sqliteStore({ path: (settings as { path: string }).path, ...options });
    }
    case "postgres": {
      const { postgresStore } = await import("./postgres.ts");
      return postgresStore({ ...(settings as Extract<StoreConfig, { type: "postgres" }>), ...options });
    }
    case "dynamodb": {
      const { dynamodbStore } = await import("./dynamodb.ts");
      return dynamodbStore({ ...(settings as Extract<StoreConfig, { type: "dynamodb" }>), ...options });
    }
    default:
      throw new TypeError(`There is no store of the type ${JSON.stringify(type)}.`);
  }
}
