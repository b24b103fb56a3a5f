import { constants } from "node:os";

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

export interface Interrupted {
  readonly signal: AbortSignal;
  /** Dies by the signal that came. As the first process of a container nobody can: then its exit code is returned. */
  readonly end: () => number;
}

/** Asks who prepares to stop when the process is told to end. */
export function untilInterrupted(): Interrupted {
  const controller = new AbortController();
  let received: (typeof signals)[number] = "SIGTERM";
  const onSignal = (signal: (typeof signals)[number]): void => {
    received = signal;
    controller.abort();
  };
  for (const signal of signals) process.once(signal, onSignal);
  return {
    signal: controller.signal,
    end: () => {
      for (const signal of signals) process.removeListener(signal, onSignal);
      process.kill(process.pid, received);
      return 128 + constants.signals[received];
    },
  };
}
