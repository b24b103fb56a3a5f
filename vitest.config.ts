import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

const conditions = ["aloft-source", "node"];
const endToEnd = "packages/server/test/**/*.test.ts";

/** The server's end-to-end suite once more, on another store than SQLite. */
function endToEndOn(store: string): TestProjectConfiguration {
  return { extends: true, test: { name: store, include: [endToEnd], env: { ALOFT_TEST_STORE: store } } };
}

/** Whether DynamoDB Local can run; if it must, it is to fail rather than to be left out. */
function hasJava(): boolean {
  if (process.env["REQUIRE_ADAPTERS"] === "all" || spawnSync("java", ["-version"]).status === 0) return true;
  const what = "the end-to-end suite on DynamoDB";
  const reason = "DynamoDB Local needs Java 17 or newer on the PATH";
  const log = process.env["ALOFT_SKIPPED_LOG"];
  if (log === undefined) process.stderr.write(`SKIPPED ${what}: ${reason}\n`);
  else appendFileSync(log, `${JSON.stringify({ what, reason })}\n`);
  return false;
}

export default defineConfig({
  ssr: { resolve: { conditions } },
  resolve: { conditions },
  test: {
    globalSetup: ["test/support/services/supervisor.ts"],
    environment: "node",
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    execArgv: ["--conditions=aloft-source"],
    typecheck: { enabled: false },
    projects: [
      {
        extends: true,
        test: {
          name: "aloft",
          include: [
            "packages/*/src/**/*.test.ts",
            "packages/*/test/**/*.test.ts",
            "spec/**/*.test.ts",
            "test/**/*.test.ts",
          ],
        },
      },
      endToEndOn("postgres"),
      ...(hasJava() ? [endToEndOn("dynamodb")] : []),
    ],
  },
});
