import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { AloftError, IncompatibleError, ThrottledError } from "@aloft/core/errors";
import { tables as coreTables } from "@aloft/core/tables";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { clientConfig } from "./postgres-connection.ts";
import type { Declarations } from "./postgres-declaration.ts";
import {
  isContention,
  isLostConnection,
  placeOf,
  sqlState,
  sqlStates,
  translateError,
  type Place,
} from "./postgres-errors.ts";
import { readMigrations, runsInTransaction, statementsOf, type Migration } from "./postgres-migration-files.ts";
import { migrationsFor, type SchemaChange } from "./postgres-schema.ts";
import { vectorStatements, vectorStatus } from "./postgres-vectors.ts";

export interface MigrateOptions {
  readonly tables: readonly AnyTable[];
  readonly schemaVersion: number;
  /** How long to wait while another process migrates. Default one minute. */
  readonly waitMs?: number;
  /** Told of every step. */
  readonly onProgress?: (message: string) => void;
  /** Told why something that the code can do without was not done. Default: `onProgress`. */
  readonly onNotice?: (message: string) => void;
  /** Default: those of Aloft's own tables. */
  readonly migrations?: readonly Migration[];
}

/** How a database stands to the code. */
export interface MigrationStatus {
  readonly applied: readonly AppliedMigration[];
  readonly pending: readonly Migration[];
  /** What tables that have no files of their own lack. */
  readonly change: SchemaChange;
  /** Statements for the indexes of vectors; see {@link vectorStatements}. The code works without them. */
  readonly vectors: readonly string[];
  /** But for `vectors`. */
  readonly upToDate: boolean;
}

export interface AppliedMigration {
  readonly id: number;
  readonly name: string;
  readonly checksum: string;
  /** ISO 8601. */
  readonly appliedAt: string;
  /** The version of Aloft that did. */
  readonly byVersion: string;
}

/** What a migration is called in messages. */
export function migrationLabel({ id, name }: { readonly id: number; readonly name: string }): string {
  return `migration ${String(id).padStart(4, "0")}-${name}`;
}

/** What a database says of itself. */
interface Recorded {
  readonly applied: readonly AppliedMigration[];
  readonly declarations: Declarations;
  /** The highest number of the declarations of the tables asked for. */
  readonly schemaVersion: number;
}

/** Runs one statement and gives its rows as objects. */
type Ask = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

const appliedSql =
  `SELECT id, name, checksum, by_version, to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS applied_at ` +
  "FROM aloft_migrations ORDER BY id";
const recordedSql = "SELECT name, schema_version, declaration FROM aloft_tables";
const bookkeeping = [
  "CREATE TABLE IF NOT EXISTS aloft_migrations (id integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), by_version text NOT NULL)",
  "CREATE TABLE IF NOT EXISTS aloft_tables (name text PRIMARY KEY, schema_version integer NOT NULL, declaration json NOT NULL)",
].join(";\n");

/** "alof" in ASCII, and a number of ours: one lock a database, whatever its tenants. */
const lockKey = "1634496358, 1";
const pollMs = 100;
const defaultWaitMs = 60_000;
/** While another only builds indexes of vectors, which may take long. */
const vectorsWaitMs = 3000;
const ddlAttempts = 5;

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/**
 * Looks how the database stands, changing nothing.
 * @throws {IncompatibleError} it is newer than the code, lacks a migration in between, or has one that was changed.
 */
export async function migrationStatus(ask: Ask, options: MigrateOptions, place: Place): Promise<MigrationStatus> {
  const core = options.tables.filter((table) => coreTables.includes(table));
  const own = options.tables.filter((table) => !coreTables.includes(table));
  const migrations = options.migrations ?? (core.length === 0 ? [] : readMigrations());
  const recorded = await recordedBy(ask, own, migrations.length > 0);
  if (migrations.length > 0) checkApplied(recorded.applied, migrations, place);
  if (recorded.schemaVersion > options.schemaVersion)
    throw newer(place, `version ${recorded.schemaVersion} of its tables`);
  const change = migrationsFor(own, recorded.declarations);
  const [refused] = change.refused;
  if (refused !== undefined) {
    throw new IncompatibleError(
      `The database "${place.database}" has data that would be lost: ${refused.why} Decide by hand, with: ${refused.sql}`,
    );
  }
  const pending = migrations.slice(recorded.applied.length);
  return {
    applied: recorded.applied,
    pending,
    change,
    vectors: await vectorsPending(ask, options),
    upToDate: pending.length === 0 && change.statements.length === 0,
  };
}

async function vectorsPending(ask: Ask, { tables }: MigrateOptions): Promise<readonly string[]> {
  return vectorStatements(await vectorStatus(ask, tables), tables);
}

function isDone({ upToDate, vectors }: MigrationStatus): boolean {
  return upToDate && vectors.length === 0;
}

async function recordedBy(ask: Ask, own: readonly AnyTable[], byFiles: boolean): Promise<Recorded> {
  const absentIsEmpty = (error: unknown): [] => {
    if (sqlState(error) === sqlStates.undefinedTable) return [];
    throw error;
  };
  const applied = byFiles ? await ask(appliedSql).catch(absentIsEmpty) : [];
  const names = new Set(own.map(({ name }) => name));
  const all = own.length === 0 ? [] : await ask(recordedSql).catch(absentIsEmpty);
  const rows = all.filter((row) => names.has(row["name"] as string));
  return {
    applied: applied.map((row) => ({
      id: row["id"] as number,
      name: row["name"] as string,
      checksum: row["checksum"] as string,
      appliedAt: row["applied_at"] as string,
      byVersion: row["by_version"] as string,
    })),
    declarations: Object.fromEntries(rows.map((row) => [row["name"], row["declaration"]])) as Declarations,
    schemaVersion: Math.max(0, ...rows.map((row) => row["schema_version"] as number)),
  };
}

function checkApplied(applied: readonly AppliedMigration[], migrations: readonly Migration[], place: Place): void {
  for (const [i, { id, name, checksum }] of applied.entries()) {
    const file = migrations[i];
    const label = migrationLabel({ id, name });
    if (id > migrations.length) throw newer(place, `the ${label}`);
    if (id !== i + 1 || file === undefined) {
      throw new IncompatibleError(
        `The database "${place.database}" has the ${label} but not ${String(i + 1).padStart(4, "0")}: somebody ` +
          "changed aloft_migrations. Nothing was changed. Restore a backup, or put the missing row back.",
      );
    }
    if (checksum !== file.checksum) {
      throw new IncompatibleError(
        `The ${label} is not the one that the database "${place.database}" was migrated with: its file was changed ` +
          "afterwards. Nothing was changed. Bring the file back, and put what is new into another migration.",
      );
    }
  }
}

function newer({ database }: Place, what: string): IncompatibleError {
  return new IncompatibleError(
    `The database "${database}" is newer than this version of Aloft: it has ${what}. Nothing was changed. Run the newer version, or restore a backup.`,
  );
}

/**
 * Brings the database up to date. Any number may do so at once: one does the work under a lock, and the others see that
 * it is done. Who holds the lock and is killed loses it, and the next goes on.
 * @param url where a lock of the session can be held: past any pooler.
 * @returns what was done, by name.
 * @throws {IncompatibleError} see {@link migrationStatus}. @throws {ThrottledError} another held the lock for too long.
 */
export async function migrate(url: string, options: MigrateOptions): Promise<readonly string[]> {
  const place = placeOf(url);
  const client = new Client({
    ...clientConfig(url),
    application_name: `aloft migrate ${hostname().slice(0, 30)} ${process.pid}`,
  });
  let lost: unknown;
  client.on("error", (error) => (lost ??= error));
  try {
    await client.connect();
    await prepareSession(client);
    const ask = asking(client);
    const status = (): Promise<MigrationStatus> => migrationStatus(ask, options, place);
    if (!(await takeLock(client, status, options, place))) return [];
    const found = await status();
    if (isDone(found)) return [];
    await client.query(bookkeeping);
    const done = found.upToDate ? [] : await apply(client, found, options);
    return [...done, ...(await applyVectors(client, options))];
  } catch (error) {
    throw error instanceof AloftError ? error : translateError(lost ?? error, place);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Asks over a connection of the driver's. */
export function asking(client: Client): Ask {
  return async (sql) => {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  };
}

/** So that a holder that was killed, or whose machine went away, is missed at once. */
async function prepareSession(client: Client): Promise<void> {
  await client.query("SET statement_timeout = 0; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = 0");
  await client.query("SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3");
  // Not every system that PostgreSQL runs on can tell that a client is gone while it works for it.
  await client.query("SET client_connection_check_interval = '500ms'").catch(() => undefined);
}

/**
 * Waits by asking, not within a statement: whoever waits in one keeps CREATE INDEX CONCURRENTLY from ever ending.
 * @returns false: somebody else has done it.
 */
async function takeLock(
  client: Client,
  status: () => Promise<MigrationStatus>,
  { waitMs = defaultWaitMs, onProgress }: MigrateOptions,
  place: Place,
): Promise<boolean> {
  const start = performance.now();
  for (let told = false; ; told = true) {
    const { rows } = await client.query<{ taken: boolean }>(
      `SELECT pg_try_advisory_lock(${lockKey})::text = 'true' AS taken`,
    );
    if (isTrue(rows[0]?.taken)) return true;
    const found = await status();
    const waitedMs = performance.now() - start;
    if (isDone(found) || (found.upToDate && waitedMs > vectorsWaitMs)) return false;
    if (!told) onProgress?.(`Waiting: ${await holderOf(client)}`);
    if (waitedMs > waitMs) {
      throw new ThrottledError(
        `Another process has kept "${place.database}" locked for its migration for ${Math.round(waitMs / 1000)} s: ${await holderOf(client)} ` +
          "Wait for it (--wait 10m), or end it if it hangs.",
      );
    }
    await delay(pollMs * (0.5 + Math.random()));
  }
}

function isTrue(value: unknown): boolean {
  return value === true || value === "t" || value === "true";
}

async function holderOf(client: Client): Promise<string> {
  const [classId, objectId] = lockKey.split(", ");
  const { rows } = await client.query<{ pid: number; since: string; name: string }>(
    `SELECT a.pid, to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS since, a.application_name AS name
     FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_database d ON d.oid = l.database
     WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()
       AND l.classid = ${classId} AND l.objid = ${objectId} AND l.objsubid = 2`,
  );
  const [holder] = rows;
  if (holder === undefined) return "it has just let go.";
  const { pid, since, name } = holder;
  return `the backend ${pid}, connected since ${since}, "${name ?? "of another user"}", migrates.`;
}

async function apply(client: Client, { pending, change }: MigrationStatus, options: MigrateOptions): Promise<string[]> {
  const done: string[] = [];
  for (const migration of pending) {
    const label = migrationLabel(migration);
    options.onProgress?.(`Applying ${label}`);
    await retried(() => applyOne(client, migration, label));
    done.push(label);
  }
  if (change.statements.length === 0) return done;
  const names = options.tables.filter((table) => !coreTables.includes(table)).map(({ name }) => name);
  await retried(() => inTransaction(client, () => applyChange(client, change, options.schemaVersion)));
  return [...done, ...names];
}

/**
 * The extension, if the user may make it, then columns and indexes: these can only be told once it is there. The code
 * works without, so that what the server refuses is only told, with its reason.
 */
async function applyVectors(client: Client, options: MigrateOptions): Promise<string[]> {
  const done: string[] = [];
  for (let step = 0; step < 2; step++) {
    for (const sql of await vectorsPending(asking(client), options)) {
      options.onProgress?.(sql);
      try {
        await retried(() => client.query(sql));
      } catch (error) {
        if (isLostConnection(error)) throw error;
        const why = error instanceof Error ? error.message : String(error);
        (options.onNotice ?? options.onProgress)?.(`Vectors are not all indexed, as this failed: ${why}. ${sql}`);
        return done;
      }
      done.push(sql);
    }
  }
  return done;
}

async function applyOne(client: Client, migration: Migration, label: string): Promise<void> {
  const { id, name, checksum, sql } = migration;
  const record = (): Promise<unknown> =>
    client.query("INSERT INTO aloft_migrations (id, name, checksum, by_version) VALUES ($1, $2, $3, $4)", [
      id,
      name,
      checksum,
      version,
    ]);
  try {
    if (runsInTransaction(migration)) {
      await inTransaction(client, async () => {
        await client.query(sql);
        await record();
      });
      return;
    }
    for (const statement of statementsOf(migration)) await client.query(statement);
    await record();
  } catch (error) {
    if (sqlState(error) === undefined || isContention(sqlState(error)) || sqlState(error)?.startsWith("57P") === true)
      throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new IncompatibleError(`The ${label} failed: ${why}. Nothing of it was done; those before it were.`, {
      cause: error,
    });
  }
}

async function applyChange(
  client: Client,
  { statements, declarations }: SchemaChange,
  schemaVersion: number,
): Promise<void> {
  for (const sql of statements) await client.query(sql);
  for (const [name, declaration] of Object.entries(declarations)) {
    await client.query(
      "INSERT INTO aloft_tables (name, schema_version, declaration) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET schema_version = $2, declaration = $3",
      [name, schemaVersion, JSON.stringify(declaration)],
    );
  }
}

async function inTransaction(client: Client, run: () => Promise<void>): Promise<void> {
  await client.query("BEGIN");
  try {
    await run();
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** A table that is in use is waited for shortly, then let go and tried again: who waits for it keeps others waiting. */
async function retried(run: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run();
      return;
    } catch (error) {
      if (attempt === ddlAttempts || !isContention(sqlState(error))) throw error;
      await delay(200 * attempt * Math.random());
    }
  }
}
