import { existsSync } from "node:fs";
import type { AnyTable } from "@aloft/core/tables/define-table";
import type { StoreConfig } from "./index.ts";

export interface StoreMigrationOptions {
  readonly tables: readonly AnyTable[];
  /** The number of these declarations. */
  readonly schemaVersion: number;
  /** How long to wait for another process that migrates the same store. Default one minute. */
  readonly waitMs?: number;
  /** Told of every step, and of whom it waits for. */
  readonly onProgress?: (message: string) => void;
}

/** One thing that a store needs. */
export interface StoreStatusLine {
  /** `migration 0001-tables`, `table aloft_dev_users` … */
  readonly what: string;
  readonly state: "ready" | "missing" | "different" | "busy";
  /** What migrating would do, or why it can do nothing. Empty if there is nothing to do. */
  readonly action: string;
  /** False: migrating cannot do it. */
  readonly mendable?: boolean;
}

/**
 * What the store needs and whether it has it. Changes nothing.
 * @throws {IncompatibleError} it is newer than the code, or was changed by hand.
 * @throws {UnavailableError} it cannot be reached, with what to do about it.
 */
export async function storeStatus(
  config: StoreConfig,
  options: StoreMigrationOptions,
): Promise<readonly StoreStatusLine[]> {
  switch (config.type) {
    case "postgres": {
      const { postgresStatus } = await import("./postgres-migrate.ts");
      return postgresStatus(config, options);
    }
    case "dynamodb": {
      const { dynamodbStatus } = await import("./dynamodb.ts");
      return dynamodbStatus({ ...config, ...options });
    }
    default:
      return sqliteStatus(config.path, options.schemaVersion);
  }
}

/**
 * What a deployment has to make: all that is lacking in DynamoDB but the number of the schema, which is an item. Where
 * deployments make the tables, nothing else should: they would lack backups and protection, and a mistyped prefix would
 * go unseen.
 */
export function lackingInDeployment(
  config: StoreConfig,
  lines: readonly StoreStatusLine[],
): readonly StoreStatusLine[] {
  if (config.type !== "dynamodb") return [];
  return lines.filter(({ state, what }) => state !== "ready" && what !== "schema version");
}

/**
 * Brings the store up to date. Any number of processes may do so at once: it is done once.
 * @param options.dryRun only tells what would be done.
 * @returns what was done, or would be.
 * @throws {IncompatibleError} see {@link storeStatus}. @throws {ThrottledError} another process kept it for too long.
 */
export async function migrateStore(
  config: StoreConfig,
  options: StoreMigrationOptions & { readonly dryRun?: boolean },
): Promise<readonly StoreStatusLine[]> {
  if (options.dryRun === true) {
    return (await storeStatus(config, options)).filter(({ state }) => state !== "ready");
  }
  switch (config.type) {
    case "postgres": {
      const { postgresMigrate } = await import("./postgres-migrate.ts");
      return postgresMigrate(config, options);
    }
    case "dynamodb": {
      const { dynamodbMigrate } = await import("./dynamodb.ts");
      return dynamodbMigrate({ ...config, ...options });
    }
    default: {
      const before = (await sqliteStatus(config.path, options.schemaVersion)).filter(({ state }) => state !== "ready");
      const { sqliteStore } = await import("./sqlite.ts");
      await (await sqliteStore({ path: config.path, ...options, upkeep: false })).close();
      return before;
    }
  }
}

async function sqliteStatus(path: string, schemaVersion: number): Promise<readonly StoreStatusLine[]> {
  const { inspectSqlite } = await import("./sqlite-inspect.ts");
  const found = existsSync(path) ? inspectSqlite(path).schemaVersion : undefined;
  const what = `database ${path}`;
  if (found === schemaVersion) return [{ what, state: "ready", action: "" }];
  if (found !== undefined && found > schemaVersion) {
    const action = `It is of schema ${found}, newer than this version's ${schemaVersion}. Upgrade, or use another data folder.`;
    return [{ what, state: "different", action, mendable: false }];
  }
  const state = found === undefined ? "missing" : "different";
  return [{ what, state, action: `brings it to version ${schemaVersion} of the tables` }];
}
