import { constants } from "node:os";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
  /** What a shell gives for a program that such a signal ended. */
  readonly exitCode: () => number;
}

/** Asks whoever works to stop at the first signal, instead of ending the process. */
export function interruptible(): Interrupt {
  const controller = new AbortController();
  let received: (typeof signals)[number] = "SIGINT";
  const onSignal = (signal: (typeof signals)[number]): void => {
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
