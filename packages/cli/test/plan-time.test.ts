import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plainEnv, root } from "../../../test/support/child.ts";
import { workspace } from "./support/workspace.ts";

const config = 'export default { name: "chat", topology: "solo", environments: { production: {} } };\n';
const synthesis = `
import { resolveApp } from "@aloft/infra/config/resolve";
import { synthesize } from "@aloft/infra/synthesize";
import config from "./aloft.config.mjs";
synthesize(resolveApp(config, "production"), { folder: "cdk.out" });
`;

function seconds(cwd: string, words: readonly string[]): number {
  const started = performance.now();
  const all = ["--conditions=aloft-source", ...words];
  const { status } = spawnSync(process.execPath, all, { cwd, stdio: "ignore", env: plainEnv() });
  expect(status).toBe(0);
  return (performance.now() - started) / 1000;
}

// A synthesis alone takes 1.2 s on two cores that do nothing else, so these are 3 s and 8 s there.
test.each([
  [["--no-checks"], 2.5],
  [[], 6.5],
] as const)(
  "[landing.plan.fast] aloft plan %j takes at most %d times as long as a synthesis alone",
  { timeout: 300_000 },
  (options, goal) => {
    using space = workspace("chat");
    space.put("aloft.config.mjs", config);
    space.put("synth.mjs", synthesis);
    const plan = [join(root, "packages/cli/bin/aloft.js"), "plan", ...options];
    // The two alternate, and the best of each is compared, over more rounds on a busy machine.
    let [bare, ours] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 1; round <= 2 || (ours / bare > goal && round <= 12); round++) {
      bare = Math.min(bare, seconds(space.folder, ["synth.mjs"]));
      ours = Math.min(ours, seconds(space.folder, plan));
    }
    expect(ours / bare, `${ours.toFixed(2)} s to ${bare.toFixed(2)} s`).toBeLessThanOrEqual(goal);
  },
);
