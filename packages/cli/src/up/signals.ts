import { constants } from "node:os";
import type { Io } from "../io.ts";

type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";
/** npm and a terminal each deliver the same Ctrl-C: within this time it is one. */
const sameSignalMs = 400;
const patienceMs = 3000;

/**
 * Closes at the first signal, and ends the process at once at a second. Settles when closed.
 * @param signals those that stop; SIGHUP may mean something else.
 */
export async function closeOnSignal(
  io: Io,
  server: { close(): Promise<void> },
  signals: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"],
): Promise<void> {
  await new Promise<void>((resolve) => {
    let askedAt: number | undefined;
    const onSignal = (signal: StopSignal): void => {
      if (askedAt === undefined) {
        askedAt = performance.now();
        resolve();
      } else if (performance.now() - askedAt > sameSignalMs) {
        process.exit(128 + constants.signals[signal]);
      }
    };
    for (const signal of signals) process.on(signal, onSignal);
  });
  const notice = setTimeout(
    () => io.err.write("Finishing what is under way. Ctrl-C again stops at once.\n"),
    patienceMs,
  );
  try {
    await server.close();
  } finally {
    clearTimeout(notice);
  }
}
