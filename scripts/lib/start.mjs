import { ensureConsole } from "./console.mjs";
import { ensureInstalled } from "./install.mjs";
import { condition, node24, root } from "./paths.mjs";
import { run } from "./run.mjs";

const launcher = `${root}packages/cli/bin/aloft.js`;

/** `aloft up` from source: in this process if it is the right Node, started the right way, else in one that is. */
export async function start(args) {
  await ensureInstalled();
  await ensureConsole();
  const [major] = process.versions.node.split(".");
  if (major === "24" && process.execArgv.includes(condition)) {
    process.argv = [process.execPath, launcher, "up", ...args];
    await import("../../packages/cli/bin/aloft.js");
  } else {
    process.exitCode = await run(node24, [condition, launcher, "up", ...args]);
  }
}
