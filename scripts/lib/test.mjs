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

function summarize(code, { passed, failed, skipped, skippedTests, filtered }, skips) {
  const explained = new Set(skips.map(({ file }) => file));
  const silent = filtered ? [] : skippedTests.filter(({ file, note }) => !note && !explained.has(file));
  const noted = skippedTests.filter(({ note }) => note);
  const lines = new Set([
    ...skips.map(({ what, reason }) => `SKIPPED ${what}: ${reason}`),
    ...noted.map(({ name, note }) => `SKIPPED ${name}: ${note}`),
    ...silent.map(({ file, name }) => `FAILED ${relative(root, file)} > ${name}: skipped without a reason`),
  ]);
  const unseen = code !== 0 && failed === 0 ? 1 : 0;
  if (unseen > 0) lines.add(`FAILED the run itself ended with code ${code}: see above`);
  const notRun = skipped - silent.length;
  const bad = failed + silent.length + unseen;
  const summary = `${passed} passed, ${bad} failed${notRun > 0 ? `, ${notRun} skipped` : ""}`;
  process.stdout.write(`${[...lines, summary].join("\n")}\n`);
  return code === 0 && bad > 0 ? 1 : code;
}
