import { constants } from "node:os";
import { startServer } from "../index.ts";
import { type Environment, secretsEnabled } from "../config/env.ts";

/**
 * Serves until SIGTERM or SIGINT, then ends what is under way; one that comes while it starts is not lost. A second signal
 * ends the process at once.
 */
export async function serve(env: Environment): Promise<number> {
  const asked = signalled(env);
  const server = await startServer({ env });
  await asked;
  await server.close();
  return 0;
}

function signalled(env: Environment): Promise<void> {
  return new Promise((resolve) => {
    let first = true;
    const stop = (signal: NodeJS.Signals): void => {
      if (!first) process.exit(128 + constants.signals[signal]);
      first = false;
      resolve();
    };
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.removeAllListeners(signal).on(signal, stop);
    // With secrets kept on AWS it asks to read them again; otherwise there is nothing that it could mean.
    if (!secretsEnabled(env)) process.on("SIGHUP", () => undefined);
  });
}
