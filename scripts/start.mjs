// Runs on any Node that npm runs on: says what is wrong on one that is too old, installs, and goes on with Node 24.
import { requireNode } from "./lib/require-node.mjs";

requireNode();
const { start } = await import("./lib/start.mjs");
await start(process.argv.slice(2));
