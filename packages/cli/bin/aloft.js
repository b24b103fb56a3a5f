#!/usr/bin/env node
import { existsSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const source = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
const checkout = existsSync(source);
const condition = "--conditions=aloft-source";

/** In a checkout the packages' sources are what runs, and Node has to be told so when it starts. */
function needsCondition() {
  const end = process.argv.indexOf("--");
  const args = process.argv.slice(2, end < 0 ? undefined : end);
  const answeredAlone = args.length === 0 || /^(-h|--help|--version|help|completions)$/.test(args[0] ?? "");
  return checkout && !answeredAlone && !args.includes("--help") && !process.execArgv.includes(condition);
}

async function runAgainWithCondition() {
  const args = [...process.execArgv, condition, ...process.argv.slice(1)];
  if (process.execve !== undefined && process.platform !== "win32") {
    // The same process: signals and exit codes are nobody else's.
    process.execve(process.execPath, [process.execPath, ...args], process.env);
  }
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, args, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`aloft needs Node 22.18 or newer, and this is ${process.version}. See https://nodejs.org.\n`);
  process.exitCode = 1;
} else if (needsCondition()) {
  await runAgainWithCondition();
} else {
  module.enableCompileCache(
    checkout
      ? fileURLToPath(new URL("../../../node_modules/.cache/aloft", import.meta.url))
      : join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "aloft"),
  );
  await import(checkout ? "../src/bin.ts" : "../dist/bin.js");
}
