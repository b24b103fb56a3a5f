import { constants } from "node:os";
import process from "node:process";

// Whoever reads the log may go away.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

// The first process of a container is not ended by a signal that it has no handler for, so it has them before anything is
// loaded. Whoever has something to finish puts its own in their place.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

const { runCommand } = await import("./run-command.ts");
process.exit(await runCommand(process.argv.slice(2), process.env));
