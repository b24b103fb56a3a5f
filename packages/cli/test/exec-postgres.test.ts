import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestDatabase, runSql, type TestDatabase } from "../../adapters/src/store/testing/postgres.ts";
import { runAloft } from "../../../test/support/child.ts";
import { service } from "../../../test/support/services.ts";
import { freePort } from "../../../test/support/services/program.ts";
import { available } from "../../../test/support/skip.ts";
import { tcpProxy } from "../../../test/support/proxy.ts";

const here = await available("PostgreSQL 16", () => service("postgres-16"));
/** The promise is about forty; machines with few cores start them one after the other anyway. */
const instances = Number(process.env["ALOFT_EXEC_INSTANCES"] ?? 12);
const handoverMs = 1000;

describe.runIf(here)("aloft exec with PostgreSQL", () => {
  let database: TestDatabase;
  let folder: string;
  /** Outside of the program's folder: what is written there makes no other release. */
  let scratch: string;
  const places: string[] = [];
  beforeAll(async () => {
    await service("postgres-16");
  });
  beforeEach(async () => {
    database = await createTestDatabase(() => service("postgres-16"));
    folder = mkdtempSync(join(tmpdir(), "aloft-exec-"));
    scratch = mkdtempSync(join(tmpdir(), "aloft-exec-"));
    places.push(folder, scratch);
    return () => database[Symbol.asyncDispose]();
  });
  afterAll(() => {
    for (const place of places) rmSync(place, { recursive: true, force: true });
  });

  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runAloft(["exec", ...args], { cwd: folder, env: { DATABASE_URL: database.url, SCRATCH: scratch, ...env } });
  const exec = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => start(args, env).ended;
  const linesOf = (name: string): string[] => {
    try {
      return readFileSync(join(scratch, name), "utf8").trim().split("\n");
    } catch {
      return [];
    }
  };
  const until = async (holds: () => boolean, what: string, withinMs = 15_000): Promise<void> => {
    const deadline = performance.now() + withinMs;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
      await delay(5);
    }
  };
  const migration = (name: string, sql: string): void => {
    mkdirSync(join(folder, "migrations"), { recursive: true });
    writeFileSync(join(folder, "migrations", name), sql);
  };

  test("[exec.wait.postgres] waits for a server that is not up yet", async () => {
    const { hostname, port } = new URL(database.url);
    const proxyPort = await freePort();
    const waiting = exec(["--", "echo", "started"], { DATABASE_URL: withPort(database.url, proxyPort) });
    await delay(700);
    await using proxy = await tcpProxy({ host: hostname, port: Number(port), listenOn: proxyPort });
    const { code, stdout, stderr } = await waiting;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "started\n" });
    expect(stderr).toContain(`waiting for PostgreSQL at 127.0.0.1:${proxy.port}: ECONNREFUSED`);
    expect(stderr).toMatch(/answers after \d/);
  });

  test("[exec.wait.final] a wrong password, user or database is told at once, without the password", async () => {
    const started = performance.now();
    const wrong = new URL(database.url);
    wrong.password = "not-the-password";
    const password = await exec(["--", "echo", "started"], { DATABASE_URL: wrong.href });
    expect(password).toMatchObject({ code: 1, stdout: "" });
    expect(password.stderr).toMatch(/password/);
    expect(password.stderr).not.toContain("not-the-password");
    const elsewhere = new URL(database.url);
    elsewhere.pathname = "/nowhere";
    const unknown = await exec(["--", "echo", "started"], { DATABASE_URL: elsewhere.href });
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toContain('has no database "nowhere". Make it (createdb nowhere)');
    expect(performance.now() - started).toBeLessThan(8000);
  });

  test("[exec.migrate.files] in order, each once, each whole or not at all", async () => {
    migration("0001-things.sql", "CREATE TABLE things (id integer PRIMARY KEY);\nINSERT INTO things VALUES (1);");
    migration("0002-more.sql", "INSERT INTO things VALUES (2);");
    const first = await exec(["--migrate", "--", "echo", "started"]);
    expect(first).toMatchObject({ code: 0, stdout: "started\n" });
    expect(first.stderr).toBe("aloft: applying migrations/0001-things.sql\naloft: applying migrations/0002-more.sql\n");
    expect(await exec(["--migrate", "--", "echo", "started"])).toMatchObject({ stdout: "started\n", stderr: "" });
    migration("0003-broken.sql", "INSERT INTO things VALUES (3);\nINSERT INTO things VALUES (1);");
    const broken = await exec(["--migrate", "--", "echo", "started"]);
    expect(broken).toMatchObject({ code: 1, stdout: "" });
    expect(broken.stderr).toContain("The migration 0003-broken.sql failed: duplicate key value");
    expect(await runSql(database.url, "SELECT id FROM things ORDER BY id")).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test("[exec.migrate.files] one that was changed, is gone or comes late is refused by its name", async () => {
    migration("0002-things.sql", "CREATE TABLE things (id integer PRIMARY KEY);");
    expect((await exec(["--migrate", "--", "true"])).code).toBe(0);
    migration("0001-late.sql", "SELECT 1;");
    const late = await exec(["--migrate", "--", "true"]);
    expect(late.stderr).toContain(
      "The migration 0001-late.sql comes before 0002-things.sql, which was already applied.",
    );
    rmSync(join(folder, "migrations/0001-late.sql"));
    migration("0002-things.sql", "CREATE TABLE things (id bigint PRIMARY KEY);");
    const changed = await exec(["--migrate", "--", "true"]);
    expect(changed.stderr).toContain("The migration 0002-things.sql was changed after it was applied.");
    rmSync(join(folder, "migrations/0002-things.sql"));
    migration("0001-other.sql", "SELECT 1;");
    const gone = await exec(["--migrate", "--", "true"]);
    expect(gone.stderr).toContain("The database has the migration 0002-things.sql, which is not here");
    expect([late.code, changed.code, gone.code]).toEqual([1, 1, 1]);
  });

  test("[exec.migrate.own] the tables of Aloft's own server", async () => {
    const program = join(scratch, "aloft");
    writeFileSync(program, "#!/bin/sh\necho $1\n", { mode: 0o755 });
    const env = { MAIN_DB_TYPE: "postgres" };
    expect(await exec(["--migrate", "--", program, "up"], env)).toMatchObject({ code: 0, stdout: "up\n" });
    const [found] = await runSql(database.url, "SELECT count(*)::int AS applied FROM aloft_migrations");
    expect(found).toEqual({ applied: expect.any(Number) });
  });

  test(`[exec.migrate.once] ${instances} instances together on an empty database`, { timeout: 120_000 }, async () => {
    const command = 'echo $$ >> "$SCRATCH/runs"; sleep 0.3; echo "${DATABASE_URL##*/}" > "$SCRATCH/done"';
    const all = await Promise.all(
      Array.from({ length: instances }, () => exec(["--migrate-with", command, "--", "cat", join(scratch, "done")])),
    );
    const name = new URL(database.url).pathname.slice(1);
    expect(all.map(({ code, stdout }) => `${code} ${stdout}`)).toEqual(all.map(() => `0 ${name}\n`));
    expect(linesOf("runs")).toHaveLength(1);
  });

  test(`[exec.migrate.once] ${instances} instances with the same SQL files`, { timeout: 120_000 }, async () => {
    migration("0001-things.sql", "CREATE TABLE things (id integer); SELECT pg_sleep(0.3);");
    migration("0002-more.sql", "INSERT INTO things VALUES (1);");
    const all = await Promise.all(Array.from({ length: instances }, () => exec(["--migrate", "--", "true"])));
    expect(all.filter(({ code }) => code !== 0)).toEqual([]);
    expect(await runSql(database.url, "SELECT id FROM things")).toEqual([{ id: 1 }]);
  });

  test("[exec.migrate.release] the command runs again where the program's files differ", async () => {
    const args = ["--migrate-with", 'echo run >> "$SCRATCH/runs"', "--", "true"];
    for (let i = 0; i < 3; i++) await exec(args);
    expect(linesOf("runs")).toHaveLength(1);
    writeFileSync(join(folder, "app.py"), "print('another release')\n");
    await exec(args);
    await exec(args);
    expect(linesOf("runs")).toHaveLength(2);
    await exec(["--migrate-with", 'echo other >> "$SCRATCH/runs"', "--", "true"]);
    expect(linesOf("runs")).toEqual(["run", "run", "other"]);
  });

  test("[exec.migrate.failed] nothing starts, and the next tries again", async () => {
    const command = 'echo run >> "$SCRATCH/runs"; echo "no such revision"; test -e "$SCRATCH/repaired"';
    const failed = await exec(["--migrate-with", command, "--", "echo", "started"]);
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toContain("no such revision\n");
    expect(failed.stderr).toContain("The migration failed with exit code 1, so the program was not started.");
    writeFileSync(join(scratch, "repaired"), "");
    const repaired = await exec(["--migrate-with", command, "--", "echo", "started"]);
    expect(repaired).toMatchObject({ code: 0, stdout: "started\n" });
    expect(linesOf("runs")).toHaveLength(2);
  });

  test("[exec.migrate.killed] its command dies with it, and the next goes on within a second", async () => {
    const slow = 'while :; do date +%s%N >> "$SCRATCH/alive"; sleep 0.02; done';
    const holder = start(["--migrate-with", slow, "--", "true"]);
    await until(() => linesOf("alive").length > 0, "the first migrates");
    const next = start(["--migrate-with", 'date +%s%N > "$SCRATCH/next"', "--", "echo", "started"]);
    await until(() => next.stderr().includes("Another instance prepares"), "the second waits");
    const killedAt = Date.now();
    holder.process.kill("SIGKILL");
    await until(() => Number(linesOf("next")[0]) > 0, "the second migrates");
    const [lastSign, taken] = [Number(linesOf("alive").at(-1)) / 1e6, Number(linesOf("next")[0]) / 1e6];
    console.log(`handed over ${(taken - killedAt).toFixed(0)} ms after the holder was killed`);
    expect(taken - killedAt).toBeLessThan(handoverMs);
    expect(lastSign).toBeLessThan(taken);
    expect(await next.ended).toMatchObject({ code: 0, stdout: "started\n" });
    await delay(200);
    expect(Number(linesOf("alive").at(-1)) / 1e6).toBe(lastSign);
  });

  test("[exec.migrate.lock-lost] the command is stopped when the connection that holds the lock breaks", async () => {
    const command = 'echo $$ > "$SCRATCH/pid"; sleep 30; echo end > "$SCRATCH/end"';
    const child = start(["--migrate-with", command, "--", "echo", "started"]);
    await until(() => Number(linesOf("pid")[0]) > 0, "it migrates");
    await runSql(
      database.url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'aloft exec%' AND datname = current_database()",
    );
    const { code, stdout, stderr } = await child.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("that held the lock was lost, so what ran under it was stopped.");
    await until(() => !isAlive(Number(linesOf("pid")[0])), "the command has ended");
    expect(linesOf("end")).toEqual([]);
  });

  test("[exec.migrate.interrupted] the command ends in its own time, then all of it by the same signal", async () => {
    const command = `trap 'sleep 0.3; echo clean > "$SCRATCH/end"; exit 1' TERM; echo $$ > "$SCRATCH/pid"; while :; do sleep 0.05; done`;
    const child = start(["--migrate-with", command, "--", "echo", "started"]);
    await until(() => Number(linesOf("pid")[0]) > 0, "it migrates");
    child.process.kill("SIGTERM");
    expect(await child.ended).toMatchObject({ code: null, signal: "SIGTERM", stdout: "" });
    expect(linesOf("end")).toEqual(["clean"]);
  });

  test("[exec.seed.once] by name and command, and again as long as it fails", { timeout: 60_000 }, async () => {
    const seed = (command: string, ...more: string[]) => exec(["--seed", command, ...more, "--", "true"]);
    const failing = 'echo run >> "$SCRATCH/seeds"; test -e "$SCRATCH/repaired"';
    const failed = await seed(failing);
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toContain("The seed failed with exit code 1, so the program was not started.");
    writeFileSync(join(scratch, "repaired"), "");
    const codes = [await seed(failing), await seed(failing)].map(({ code }) => code);
    expect(codes).toEqual([0, 0]);
    expect(linesOf("seeds")).toHaveLength(2);
    await Promise.all([seed(failing, "--seed-name", "demo"), seed(failing, "--seed-name", "demo")]);
    expect(linesOf("seeds")).toHaveLength(3);
    await seed('echo other >> "$SCRATCH/seeds"');
    await seed(failing);
    expect(linesOf("seeds")).toEqual(["run", "run", "run", "other"]);
  });
});

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
