import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { plainEnv, root } from "../../../test/support/child.ts";

const scratch = mkdtempSync(join(tmpdir(), "aloft-help-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function milliseconds(args: readonly string[]): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore", env: plainEnv() });
  expect(status).toBe(0);
  return performance.now() - started;
}

test("[cli.help.fast] aloft --help takes at most 1.5 times as long as Node itself", () => {
  const empty = join(scratch, "empty.js");
  writeFileSync(empty, "");
  const help = [`${root}packages/cli/bin/aloft.js`, "--help"];
  milliseconds(help);
  const rounds = 25;
  // The two alternate, and the best of each is compared: what else the machine does is not what is measured.
  const times = Array.from({ length: rounds }, () => [milliseconds([empty]), milliseconds(help)] as const);
  const bare = Math.min(...times.map(([first]) => first));
  const ours = Math.min(...times.map(([, second]) => second));
  expect(ours / bare, `${ours.toFixed(1)} ms to ${bare.toFixed(1)} ms`).toBeLessThanOrEqual(1.5);
});
