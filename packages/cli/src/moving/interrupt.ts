import { constants } from "node:os";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
  /** What a shell gives for a program that such a signal ended. */
  readonly exitCode: () => number;
}

/** npm and a terminal each deliver the same Ctrl-C: within this time it is one. */
const sameSignalMs = 400;

/** Asks whoever works to stop at the first signal; a second ends the process at once. */
export function interruptible(): Interrupt {
  const controller = new AbortController();
  let received: (typeof signals)[number] = "SIGINT";
  let receivedAt: number | undefined;
  const onSignal = (signal: (typeof signals)[number]): void => {
    if (receivedAt !== undefined && performance.now() - receivedAt > sameSignalMs) {
      process.exit(128 + constants.signals[signal]);
    }
    receivedAt ??= performance.now();
    received = signal;
    controller.abort();
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: controller.signal,
    exitCode: () => 128 + constants.signals[received],
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
