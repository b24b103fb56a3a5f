import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { createTestDatabase, runSql } from "../packages/adapters/src/store/testing/postgres.ts";
import { type Child, root, runAloft } from "./support/child.ts";
import { pythonExample as python, pythonOfExample } from "./support/python-example.ts";
import { service } from "./support/services.ts";
import { freePort } from "./support/services/program.ts";
import { available } from "./support/skip.ts";

const run = promisify(execFile);
const minutes = 60_000;
const node = join(root, "examples/node-app");

async function installNodeExample(): Promise<void> {
  const installed = join(node, "node_modules/.package-lock.json");
  const fresh =
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(node, "package-lock.json")).mtimeMs;
  if (!fresh) await run("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: node });
}

const postgres = await available("PostgreSQL 16", () => service("postgres-16"));
const withPython = await available("examples/python-web (Python and pip)", pythonOfExample);
const withNode = await available("examples/node-app (npm's cache, or its registry)", installNodeExample);

interface Example {
  readonly folder: string;
  readonly seed: string;
  readonly program: readonly string[];
  readonly path: string;
}

/** Two instances at once on an empty database: what they answer, and how they end. */
async function runTwice({ folder, seed, program, path }: Example) {
  await using database = await createTestDatabase(() => service("postgres-16"));
  const start = async (): Promise<{ readonly app: Child; readonly url: string }> => {
    const port = await freePort();
    const app = runAloft(["exec", "--migrate", "--seed", seed, "--", ...program], {
      cwd: folder,
      env: { DATABASE_URL: database.url, ALOFT_ENV: "prod", PORT: String(port), PYTHONDONTWRITEBYTECODE: "1" },
    });
    return { app, url: `http://127.0.0.1:${port}${path}` };
  };
  const both = [await start(), await start()];
  try {
    const answers = await Promise.all(both.map(answerOf));
    for (const { app } of both) app.process.kill("SIGTERM");
    const ends = await Promise.all(both.map(({ app }) => app.ended));
    const [seeds] = await runSql(
      database.url,
      "SELECT count(*)::int AS count FROM aloft_exec WHERE name LIKE 'seed %'",
    );
    const applied = await runSql(database.url, "SELECT file FROM aloft_exec_migrations ORDER BY file");
    return { answers, ends, seeds, applied };
  } finally {
    await Promise.all(both.map(({ app }) => app[Symbol.asyncDispose]()));
  }
}

async function answerOf({ app, url }: { readonly app: Child; readonly url: string }): Promise<unknown> {
  for (const end = performance.now() + 30_000; performance.now() < end; await delay(50)) {
    if (app.process.exitCode !== null) expect.fail(`it ended: ${app.stdout()}${app.stderr()}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return { status: answer.status, body: await answer.json() };
  }
  return expect.fail(`it never answered: ${app.stdout()}${app.stderr()}`);
}

describe.runIf(postgres)("examples that aloft exec prepares", () => {
  test.runIf(withPython)("[exec.examples.python] a Python web app", { timeout: 2 * minutes }, async () => {
    const interpreter = await pythonOfExample();
    const seed = `${interpreter} seed.py`;
    const { answers, ends, seeds, applied } = await runTwice({
      folder: python,
      seed,
      program: [interpreter, "app.py"],
      path: "/players",
    });
    const body = [
      { name: "Ada", forty_yards: "4.31" },
      { name: "Grace", forty_yards: "4.42" },
      { name: "Edsger", forty_yards: "4.58" },
    ];
    expect(answers).toEqual([
      { status: 200, body },
      { status: 200, body },
    ]);
    expect(ends.map(({ code, signal, stdout }) => ({ code, signal, end: stdout.split("\n").at(-2) }))).toEqual([
      { code: 0, signal: null, end: "stopped" },
      { code: 0, signal: null, end: "stopped" },
    ]);
    expect(seeds).toEqual({ count: 1 });
    expect(applied).toEqual([{ file: "0001-players.sql" }, { file: "0002-fastest-first.sql" }]);
    expect(ends.filter(({ stderr }) => stderr.includes("3 players seeded"))).toHaveLength(1);
  });

  test.runIf(withNode)("[exec.examples.node] a Node app", { timeout: 2 * minutes }, async () => {
    const { answers, ends, seeds, applied } = await runTwice({
      folder: node,
      seed: `"${process.execPath}" seed.js`,
      program: [process.execPath, "app.js"],
      path: "/notes",
    });
    const body = [
      { id: 1, text: "Buy milk" },
      { id: 2, text: "Call Ada" },
    ];
    expect(answers).toEqual([
      { status: 200, body },
      { status: 200, body },
    ]);
    expect(ends.map(({ code, signal, stdout }) => ({ code, signal, end: stdout.split("\n").at(-2) }))).toEqual([
      { code: 0, signal: null, end: "stopped" },
      { code: 0, signal: null, end: "stopped" },
    ]);
    expect(seeds).toEqual({ count: 1 });
    expect(applied).toEqual([{ file: "0001-notes.sql" }, { file: "0002-created-at.sql" }]);
  });
});

describe("their READMEs", () => {
  test.each([python, node])("[exec.examples.python] [exec.examples.node] %s is told in forty lines", (folder) => {
    expect(readFileSync(join(folder, "README.md"), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(40);
  });
});
