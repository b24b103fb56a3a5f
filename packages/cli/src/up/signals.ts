import { constants } from "node:os";
import type { Io } from "../io.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** npm and a terminal each deliver the same Ctrl-C: within this time it is one. */
const sameSignalMs = 400;
const patienceMs = 3000;

/** Closes at the first signal, and ends the process at once at a second. Settles when closed. */
export async function closeOnSignal(io: Io, server: { close(): Promise<void> }): Promise<void> {
  await new Promise<void>((resolve) => {
    let askedAt: number | undefined;
    const onSignal = (signal: (typeof signals)[number]): void => {
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
