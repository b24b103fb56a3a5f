import { runCommand } from "./run-command.ts";

// Whoever reads the log may go away.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

process.exit(await runCommand(process.argv.slice(2), process.env));
