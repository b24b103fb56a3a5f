import { main } from "./main.ts";

// A reader that goes away (`aloft key list | head -1`, a supervisor that died) is no reason to fall over.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

process.exitCode = await main(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  env: process.env,
});
// Whoever was stopped by a signal does not wait for what goes on elsewhere.
if (process.exitCode > 128) process.exit();
