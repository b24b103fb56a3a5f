import { AloftError } from "../errors.ts";

/** How long an engine may be away before a mover gives up. What it has done is kept, and the same command goes on. */
const patienceMs = 60_000;
const firstWaitMs = 100;
const longestWaitMs = 5000;

/**
 * Runs something that may be repeated, and repeats it while an engine is throttling or away.
 * @throws what it failed with: at once if trying again cannot help, after a minute if it did not.
 */
export async function patiently<R>(run: () => Promise<R>, signal: AbortSignal | undefined): Promise<R> {
  const until = performance.now() + patienceMs;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
    try {
      return await run();
    } catch (error) {
      const hopeless = !(error instanceof AloftError && error.retryable) || performance.now() > until;
      if (hopeless || signal?.aborted === true) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + Math.random() / 2)));
  }
}
