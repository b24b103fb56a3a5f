import { ModelError } from "@aloft/core/ports/models";
import { expect, test } from "vitest";
import { retryAfterMs, retryDelayMs } from "./backoff.ts";

const passing = { error: new ModelError("model_overloaded", "busy") };

test("[models.backoff.delay] pauses double, jitter takes up to half, and a limit holds", () => {
  const retries = { maxRetries: 20, baseDelayMs: 100, maxDelayMs: 1_000 };
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    const whole = Math.min(100 * 2 ** (attempt - 1), 1_000);
    const delays = Array.from({ length: 200 }, () => retryDelayMs(passing, attempt, retries) ?? Number.NaN);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(whole / 2);
    expect(Math.max(...delays)).toBeLessThanOrEqual(whole);
    expect(new Set(delays).size).toBeGreaterThan(10);
  }
});

test("[models.backoff.delay] nothing is retried past the limit, or that will not pass by itself", () => {
  expect(retryDelayMs(passing, 3, { maxRetries: 3 })).toBeTypeOf("number");
  expect(retryDelayMs(passing, 4, { maxRetries: 3 })).toBeUndefined();
  expect(retryDelayMs({ error: new ModelError("model_key_refused", "no") }, 1, {})).toBeUndefined();
  expect(retryDelayMs({ ...passing, retryAfterMs: 31_000 }, 1, {})).toBeUndefined();
  expect(retryDelayMs({ ...passing, retryAfterMs: 29_000 }, 1, {})).toBe(29_000);
});

test("[models.fault.retry-after] it is read in seconds, in milliseconds and as a date", () => {
  expect(retryAfterMs({})).toBeUndefined();
  expect(retryAfterMs({ "retry-after": "1.5" })).toBe(1_500);
  expect(retryAfterMs({ "retry-after": "2", "retry-after-ms": "70" })).toBe(70);
  const date = retryAfterMs({ "retry-after": new Date(Date.now() + 10_000).toUTCString() });
  expect(date).toBeGreaterThan(8_000);
  expect(date).toBeLessThanOrEqual(10_000);
  expect(retryAfterMs({ "retry-after": new Date(0).toUTCString() })).toBe(0);
  expect(retryAfterMs({ "retry-after": "soon" })).toBeUndefined();
});
