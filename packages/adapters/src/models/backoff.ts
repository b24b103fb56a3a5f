import { setTimeout } from "node:timers/promises";
import type { Failure } from "./ai-sdk-errors.ts";
import type { ModelRetries } from "./config.ts";

/**
 * The pause before a failed call is made again, or undefined when it should not be. The pause doubles with each
 * attempt, less up to half of it at random, and is never shorter than what the provider asked for.
 * @param attempt the one that failed, from 1
 */
export function retryDelayMs(failure: Failure, attempt: number, retries: ModelRetries): number | undefined {
  const { maxRetries = 3, baseDelayMs = 500, maxDelayMs = 30_000 } = retries;
  const asked = failure.retryAfterMs ?? 0;
  if (!failure.error.retryable || attempt > maxRetries || asked > maxDelayMs) return undefined;
  const doubled = Math.min(baseDelayMs * 2 ** (attempt - 1), maxDelayMs);
  return Math.round(Math.max(asked, doubled * (1 - Math.random() / 2)));
}

/** @throws the signal's reason when it is aborted meanwhile */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/**
 * How long the answer's headers ask to wait.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function retryAfterMs(headers: Readonly<Record<string, string | undefined>>): number | undefined {
  const exact = Number(headers["retry-after-ms"] ?? Number.NaN);
  if (exact >= 0) return exact;
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (seconds >= 0) return Math.ceil(seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(date - Date.now(), 0);
}
