import { Client } from "pg";
import { AloftError } from "@aloft/core/errors";
import type { StoreConfig } from "./index.ts";
import type { StoreMigrationOptions, StoreStatusLine } from "./migrate.ts";
import { clientConfig } from "./postgres-connection.ts";
import { placeOf, translateError } from "./postgres-errors.ts";
import { asking, migrate, migrationLabel, migrationStatus, type MigrationStatus } from "./postgres-migrations.ts";

type PostgresConfig = Extract<StoreConfig, { type: "postgres" }>;

/** The migrations of the database, and the tables that have none of their own. */
export async function postgresStatus(
  config: PostgresConfig,
  options: StoreMigrationOptions,
): Promise<readonly StoreStatusLine[]> {
  const url = config.directUrl ?? config.url;
  const place = placeOf(url);
  const client = new Client(clientConfig(url));
  client.on("error", () => undefined);
  try {
    await client.connect();
    return linesOf(await migrationStatus(asking(client), options, place));
  } catch (error) {
    throw error instanceof AloftError ? error : translateError(error, place);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function postgresMigrate(
  config: PostgresConfig,
  options: StoreMigrationOptions,
): Promise<readonly StoreStatusLine[]> {
  const done = await migrate(config.directUrl ?? config.url, options);
  return done.map((what) => ({ what, state: "missing", action: "done" }));
}

function linesOf({ applied, pending, change, vectors }: MigrationStatus): StoreStatusLine[] {
  return [
    ...applied.map((migration) => ({ what: migrationLabel(migration), state: "ready" as const, action: "" })),
    ...pending.map((migration) => ({
      what: migrationLabel(migration),
      state: "missing" as const,
      action: "applies it",
    })),
    ...change.statements.map((sql) => ({ what: "tables", state: "missing" as const, action: sql })),
    ...vectors.map((sql) => ({ what: "vectors", state: "missing" as const, action: sql })),
  ];
}
