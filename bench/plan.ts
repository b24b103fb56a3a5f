import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench } from "./run.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const rounds = 7;

const config = 'export default { name: "chat", topology: "solo", environments: { production: {} } };\n';
/** What any program of CDK does that synthesizes the same stacks, and nothing else. */
const synthesis = `
import { resolveApp } from "@aloft/infra/config/resolve";
import { synthesize } from "@aloft/infra/synthesize";
import config from "./aloft.config.mjs";
synthesize(resolveApp(config, "production"), { folder: "cdk.out" });
`;

function milliseconds(cwd: string, words: readonly string[]): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, ["--conditions=aloft-source", ...words], { cwd, stdio: "ignore" });
  if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}`);
  return performance.now() - started;
}

function bench(name: string, options: readonly string[], goal: string): Bench {
  return {
    name,
    goal,
    async run() {
      // Below the repository, where its packages are found.
      const parent = join(root, "node_modules/.cache");
      mkdirSync(parent, { recursive: true });
      const folder = mkdtempSync(join(parent, "aloft-bench-plan-"));
      try {
        writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
        writeFileSync(join(folder, "aloft.config.mjs"), config);
        writeFileSync(join(folder, "synth.mjs"), synthesis);
        let [ours, peer] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
        for (let round = 0; round < rounds; round++) {
          peer = Math.min(peer, milliseconds(folder, ["synth.mjs"]));
          ours = Math.min(ours, milliseconds(folder, [join(root, "packages/cli/bin/aloft.js"), "plan", ...options]));
        }
        return { ours, peer, ratio: ours / peer, unit: "ms" };
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

export default bench("plan", [], "with every check: at most 8 s on two cores, 6.5 times a synthesis alone");
export const unchecked = bench(
  "plan-unchecked",
  ["--no-checks"],
  "at most 3 s on two cores, 2.5 times a synthesis alone",
);
