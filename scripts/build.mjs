import { requireNode } from "./lib/require-node.mjs";

requireNode();
const { build } = await import("./lib/build.mjs");
process.exitCode = await build();
