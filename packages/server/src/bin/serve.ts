import { constants } from "node:os";
import { startServer } from "../index.ts";
import { type Environment, secretsEnabled } from "../config/env.ts";

/**
 * Serves until SIGTERM or SIGINT, then ends what is under way. The first process of a container gets no signal that it
 * has no handler for, so they are there before anything else. A second signal ends the process at once.
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
    process.on("SIGTERM", stop).on("SIGINT", stop);
    // With secrets kept on AWS it asks to read them again; otherwise there is nothing that it could mean.
    if (!secretsEnabled(env)) process.on("SIGHUP", () => undefined);
  });
}
