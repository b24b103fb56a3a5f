import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ensureInstalled } from "./install.mjs";
import { modules, node24, root } from "./paths.mjs";
import { run } from "./run.mjs";

/** Runs the tests, then says what was skipped and why, and ends with the line `N passed, N failed`. */
export async function test(args) {
  await ensureInstalled();
  const scratch = mkdtempSync(join(tmpdir(), "aloft-test-run-"));
  const counts = join(scratch, "counts.json");
  const log = join(scratch, "skipped.ndjson");
  writeFileSync(log, "");
  try {
    const code = await run(
      node24,
      [
        `${modules}vitest/vitest.mjs`,
        "run",
        "--reporter=default",
        `--reporter=${root}scripts/lib/count-reporter.mjs`,
        ...args,
      ],
      { cwd: root, env: { ALOFT_TEST_COUNTS: counts, ALOFT_SKIPPED_LOG: log } },
    );
    return summarize(code, readCounts(counts), readSkips(log));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function readCounts(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, skippedTests: [], filtered: false };
  }
}

function readSkips(path) {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** With REQUIRE_ADAPTERS=all every skip is a failure; otherwise those are that give no reason. */
function summarize(code, { passed, failed, skipped, skippedTests, filtered }, skips) {
  const strict = process.env.REQUIRE_ADAPTERS === "all";
  const explained = new Set(skips.map(({ file }) => file));
  const isBad = ({ file, note }) => !filtered && (strict || (!note && !explained.has(file)));
  const bad = skippedTests.filter(isBad);
  const noted = skippedTests.filter((test) => test.note && !isBad(test));
  const unseen = code !== 0 && failed === 0 ? 1 : 0;
  const lines = new Set([
    ...skips.map(({ what, reason }) => `SKIPPED ${what}: ${reason}`),
    ...noted.map(({ name, note }) => `SKIPPED ${name}: ${note}`),
    ...bad.map(
      ({ file, name, note }) => `FAILED ${relative(root, file)} > ${name}: skipped, ${note ?? "without a reason"}`,
    ),
    ...(unseen === 0 ? [] : [`FAILED the run itself ended with code ${code}: see above`]),
  ]);
  const failures = failed + bad.length + unseen;
  const left = skipped - bad.length;
  const summary = `${passed} passed, ${failures} failed${left > 0 ? `, ${left} skipped` : ""}`;
  process.stdout.write(`${[...lines, summary].join("\n")}\n`);
  return code === 0 && failures > 0 ? 1 : code;
}
