import { ensureConsole } from "./console.mjs";
import { ensureInstalled } from "./install.mjs";
import { condition, node24, root } from "./paths.mjs";
import { run } from "./run.mjs";

const launcher = `${root}packages/cli/bin/aloft.js`;

/** `aloft up` from source: in this process if it is the right Node, started the right way, else in one that is. */
export async function start(args) {
  await ensureInstalled();
  const [major] = process.versions.node.split(".");
  if (major !== "24" || !process.execArgv.includes(condition)) {
    const stdio = ["inherit", "inherit", "inherit", "ipc"];
    process.exitCode = await run(node24, [condition, `${root}scripts/start.mjs`, ...args], { stdio });
    return;
  }
  await ensureConsole();
  endWithParent();
  process.argv = [process.execPath, launcher, "up", ...args];
  await import("../../packages/cli/bin/aloft.js");
}

/** A server whose first process was killed must not stay behind, holding the port and the data folder. */
function endWithParent() {
  if (process.channel === undefined) return;
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}
