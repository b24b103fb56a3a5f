import { existsSync } from "node:fs";
import { node24, root } from "./paths.mjs";
import { run } from "./run.mjs";

const build = `${root}packages/console/scripts/build.mjs`;

/** Builds the console if it is missing or older than its sources. */
export async function ensureConsole({ required = false } = {}) {
  if (!existsSync(build)) return;
  const code = await run(node24, [build], { cwd: root, stdio: ["ignore", 2, 2] });
  if (code === 0) return;
  process.stderr.write("The console could not be built, for the reason above.\n");
  if (required) process.exit(code);
}
