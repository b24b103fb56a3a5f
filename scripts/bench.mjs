// npm run bench [path …] [-- --json]: what we measure ourselves against, each in one run with its peer.
import { requireNode } from "./lib/require-node.mjs";

requireNode();
const [{ ensureInstalled }, { benchFolder, condition, node24 }, { existsSync }, { run }] = await Promise.all([
  import("./lib/install.mjs"),
  import("./lib/paths.mjs"),
  import("node:fs"),
  import("./lib/run.mjs"),
]);
await ensureInstalled();
if (!existsSync(`${benchFolder}node_modules/.package-lock.json`)) {
  process.stderr.write("Installing what Aloft is measured against.\n");
  const code = await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: benchFolder, stdio: ["ignore", 2, 2] });
  if (code !== 0) process.exit(code);
}
process.exitCode = await run(node24, [condition, `${benchFolder}run.ts`, ...process.argv.slice(2)]);
