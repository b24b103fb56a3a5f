import { createHash } from "node:crypto";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { schemaVersion, tables } from "@aloft/core/tables";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { readMigrations, type Migration } from "../../src/store/postgres-migration-files.ts";
import { migrate } from "../../src/store/postgres-migrations.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { startLines, type Child } from "../../src/store/testing/child.ts";
import { createTestDatabase, runSql, type TestDatabase } from "../../src/store/testing/postgres.ts";

const here = await available("PostgreSQL 18", () => service("postgres-18"));
const rounds = Number(process.env["ALOFT_MIGRATION_ROUNDS"] ?? 2);

function migration(id: number, name: string, sql: string): Migration {
  return { id, name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
}

/** Aloft's own migrations, and more that count how often each ran. */
function countedMigrations(): readonly Migration[] {
  const own = readMigrations();
  const counted = [1, 2, 3].map((n) => {
    const table = n === 1 ? "CREATE TABLE ran (number integer);" : "";
    return migration(own.length + n, `counted-${n}`, `${table} INSERT INTO ran VALUES (${n}); SELECT pg_sleep(0.02);`);
  });
  return [...own, ...counted];
}

/** A real process that migrates, and prints how long it took or why it failed. */
function startMigration(url: string, migrations: readonly Migration[]): Child {
  const modules = ["postgres-migrations", "core"].map((name) =>
    name === "core"
      ? import.meta.resolve("../../../core/src/tables.ts")
      : new URL("../../src/store/postgres-migrations.ts", import.meta.url).href,
  );
  return startLines(`
    const { migrate } = await import(${JSON.stringify(modules[0])});
    const { tables, schemaVersion } = await import(${JSON.stringify(modules[1])});
    const migrations = ${JSON.stringify(migrations)};
    process.stdout.write("ready\\n");
    const done = await migrate(${JSON.stringify(url)}, { tables, schemaVersion, migrations });
    process.stdout.write("done " + done.length + "\\n");
  `);
}

describe.runIf(here)("migrations of PostgreSQL", () => {
  let database: TestDatabase;
  let url: string;
  beforeEach(async () => {
    database = await createTestDatabase(() => service("postgres-18"));
    ({ url } = database);
  });
  afterEach(() => database[Symbol.asyncDispose]());

  const run = (migrations: readonly Migration[], more: object = {}) =>
    migrate(url, { tables, schemaVersion, migrations, ...more });
  const schema = async (): Promise<unknown> =>
    runSql(url, "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1, 2");

  test(
    `[migrations.once] 40 instances start together on an empty database, ${rounds} rounds: each migration ran once`,
    { timeout: 60_000 + rounds * 30_000 },
    async () => {
      const migrations = countedMigrations();
      for (let round = 1; round <= rounds; round++) {
        await using fresh = await createTestDatabase(() => service("postgres-18"));
        const processes = Array.from({ length: 4 }, () => startMigration(fresh.url, migrations));
        await Promise.all(processes.map(({ process: child }) => once(child.stdout as NodeJS.ReadableStream, "data")));
        const started = performance.now();
        const here = await Promise.all(
          Array.from({ length: 36 }, () => migrate(fresh.url, { tables, schemaVersion, migrations })),
        );
        const codes = await Promise.all(processes.map(({ exited }) => exited));
        const tookMs = Math.round(performance.now() - started);
        expect(codes, processes.map(({ stderr }) => stderr()).join("\n")).toEqual([0, 0, 0, 0]);
        const there = processes.map(({ stdout }) => Number(/done (\d+)/.exec(stdout())?.[1]));
        const workers = [...here.map((done) => done.length), ...there].filter((count) => count > 0);
        expect(workers).toEqual([migrations.length]);
        expect(await runSql(fresh.url, "SELECT number, count(*)::int AS times FROM ran GROUP BY 1 ORDER BY 1")).toEqual(
          [1, 2, 3].map((number) => ({ number, times: 1 })),
        );
        expect(await runSql(fresh.url, "SELECT id FROM aloft_migrations ORDER BY id")).toEqual(
          migrations.map(({ id }) => ({ id })),
        );
        process.stderr.write(`migrations: round ${round} of ${rounds}: 40 instances in ${tookMs} ms\n`);
      }
    },
  );

  test(
    "[migrations.killed] the holder is killed in the middle: the next goes on within a second",
    { timeout: 30_000 },
    async () => {
      await runSql(url, "CREATE TABLE slow (row integer); INSERT INTO slow VALUES (1)");
      const middle = migration(
        2,
        "slow",
        "CREATE TABLE half (n integer); SELECT pg_sleep(60) WHERE EXISTS (SELECT FROM slow);",
      );
      const migrations = [migration(1, "first", "CREATE TABLE first (n integer);"), middle];
      const holder = startMigration(url, migrations);
      await expect
        .poll(
          () =>
            runSql(
              url,
              "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND wait_event = 'PgSleep'",
            ),
          { timeout: 15_000 },
        )
        .toHaveLength(1);
      const next = run(migrations);
      await delay(300);
      await runSql(url, "DELETE FROM slow");
      const killed = performance.now();
      holder.process.kill("SIGKILL");
      expect(await next).toEqual(["migration 0002-slow"]);
      const tookMs = performance.now() - killed;
      process.stderr.write(`migrations: the next went on ${Math.round(tookMs)} ms after the holder was killed\n`);
      expect(tookMs).toBeLessThan(1000);
      expect(await runSql(url, "SELECT id FROM aloft_migrations ORDER BY id")).toEqual([{ id: 1 }, { id: 2 }]);
      await holder.exited;
    },
  );

  test("[migrations.waiting] who waits too long is told by whom the lock is held, and since when", async () => {
    const holder = new Client({ connectionString: url, application_name: "somebody else" });
    await holder.connect();
    const { rows } = await holder.query<{ pid: number }>(
      "SELECT pg_backend_pid() AS pid, pg_advisory_lock(1634496358, 1)",
    );
    const told: string[] = [];
    const waiting = run(countedMigrations(), { waitMs: 300, onProgress: (message: string) => told.push(message) });
    const error = await waiting.catch((reason: unknown) => reason);
    await holder.end();
    expect(error).toMatchObject({ code: "throttled" });
    const by = new RegExp(`backend ${rows[0]?.pid}, connected since 20\\d\\d-\\S+ \\S+ \\S+, "somebody else"`);
    expect((error as Error).message).toMatch(by);
    expect((error as Error).message).toContain("--wait");
    expect(told.join()).toMatch(by);
    expect(await schema()).toEqual([]);
  });

  /** Spoils a database that has four migrations, and expects the next start to refuse it. */
  async function expectRefused(sql: string, message: RegExp, migrations: readonly Migration[]): Promise<void> {
    await run(countedMigrations().slice(0, 4));
    await runSql(url, sql);
    const before = await schema();
    const error = await run(migrations).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "incompatible" });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toContain("Nothing was changed.");
    expect(await schema()).toEqual(before);
  }
  const withMore = (): readonly Migration[] => {
    return [...countedMigrations().slice(0, 4), migration(5, "more", "CREATE TABLE more (n integer);")];
  };

  test("[migrations.checksum] a file that was changed afterwards is refused, and nothing is changed", async () => {
    const sql = "UPDATE aloft_migrations SET checksum = 'x' WHERE id = 1";
    await expectRefused(sql, /0001-tables is not the one/, withMore());
  });

  test("[migrations.gap] a migration missing in between is refused, and nothing is changed", async () => {
    await expectRefused("DELETE FROM aloft_migrations WHERE id = 2", /0003-counted-2 but not 0002/, withMore());
  });

  test("[migrations.newer] a migration that the code does not know is refused, and nothing is changed", async () => {
    const sql = "INSERT INTO aloft_migrations VALUES (5, 'future', 'x', now(), '9.0')";
    const message = /newer than this version of Aloft: it has the migration 0005-future/;
    await expectRefused(sql, message, countedMigrations().slice(0, 4));
  });

  test("[migrations.newer] tables written by newer code refuse older code", async () => {
    const { contractTables } = await import("@aloft/core/contract/store-tables");
    const open = (version: number) =>
      postgresStore({ url, tables: contractTables, schemaVersion: version, upkeep: false });
    await (await open(7)).close();
    await (await open(7)).close();
    await expect(open(6)).rejects.toThrow(/newer than this version of Aloft: it has version 7 of its tables/);
  });

  test("[migrations.failed] a migration that fails is undone whole and named, and the next try begins with it", async () => {
    const first = migration(1, "first", "CREATE TABLE first (n integer);");
    const bad = migration(2, "bad", "CREATE TABLE second (n integer); INSERT INTO nowhere VALUES (1);");
    const error = await run([first, bad]).catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(
      /migration 0002-bad failed: relation "nowhere" does not exist\. Nothing of it was done/,
    );
    expect(
      await runSql(url, "SELECT to_regclass('first')::text AS first, to_regclass('second')::text AS second"),
    ).toEqual([{ first: "first", second: null }]);
    const good = migration(2, "good", "CREATE TABLE second (n integer);");
    expect(await run([first, good])).toEqual(["migration 0002-good"]);
  });

  test("[migrations.concurrently] a file outside of a transaction ends although others wait", async () => {
    const table = migration(
      1,
      "table",
      "CREATE TABLE big (n integer); INSERT INTO big SELECT generate_series(1, 200000);",
    );
    const sql =
      "-- aloft: no transaction\n-- while others write\nCREATE INDEX CONCURRENTLY IF NOT EXISTS big_n ON big (n);\nANALYZE big;\n";
    const all = [table, migration(2, "index", sql)];
    const done = await Promise.all(Array.from({ length: 8 }, () => run(all)));
    expect(done.flat().toSorted()).toEqual(["migration 0001-table", "migration 0002-index"]);
    expect(await runSql(url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'big_n'::regclass")).toEqual([
      { indisvalid: true },
    ]);
  });

  test("[migrations.verify] a store that is not up to date is refused with the command, and one that is opens", async () => {
    const open = () => postgresStore({ url, tables, schemaVersion, setUp: "verify", upkeep: false });
    await expect(open()).rejects.toThrow(/Run: aloft store migrate/);
    expect(await schema()).toEqual([]);
    await migrate(url, { tables, schemaVersion });
    await using store = await open();
    await store.check();
  });
});
