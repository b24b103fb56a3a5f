import { SecretsError } from "@aloft/core/secrets/problems";

export interface RefreshOptions {
  /** Reads everything again this often, give or take a tenth, so that many servers do not ask at once. Default: never. */
  readonly refreshSeconds?: number;
  /** Reads everything again when the process gets this signal, such as SIGHUP. Default: none. */
  readonly refreshSignal?: NodeJS.Signals;
}

const firstRetryMs = 5000;
const longestRetryMs = 300_000;

/**
 * Refreshes when it is time, and when the signal says so. A refresh that fails is warned of and tried again after 5 s, 10 s,
 * 20 s … up to the usual time (5 minutes, if there is none); it never throws.
 * @returns ends it
 */
export function keepFresh(
  refresh: () => Promise<unknown>,
  { refreshSeconds, refreshSignal }: RefreshOptions,
  warn: (message: string) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let stopped = false;
  const usualMs = refreshSeconds === undefined ? undefined : refreshSeconds * 1000;
  const again = (): void => {
    clearTimeout(timer);
    const retryMs = Math.min(firstRetryMs * 2 ** Math.min(failures - 1, 8), usualMs ?? longestRetryMs);
    const ms = failures === 0 ? usualMs : retryMs;
    if (ms === undefined || stopped) return;
    timer = setTimeout(() => void now(), ms * (0.9 + Math.random() * 0.2));
    // A program that is done is not kept alive to look after its secrets.
    timer.unref();
  };
  const now = async (): Promise<void> => {
    try {
      await refresh();
      failures = 0;
    } catch (error) {
      failures += 1;
      const why = error instanceof SecretsError ? error.message : error instanceof Error ? error.name : "unknown error";
      if (!stopped) warn(`Secrets could not be refreshed; the last ones stay in use. ${why}`);
    }
    again();
  };
  const onSignal = (): void => void now();
  if (refreshSignal !== undefined) process.on(refreshSignal, onSignal);
  again();
  return () => {
    stopped = true;
    clearTimeout(timer);
    if (refreshSignal !== undefined) process.off(refreshSignal, onSignal);
  };
}
