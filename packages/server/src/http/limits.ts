import type { RateConfig } from "../config/config.ts";
import { HttpError } from "./problem.ts";

export interface BucketState {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Until the next token is there; 0 while there is one. */
  readonly retryAfterMs: number;
}

export interface Buckets {
  readonly rate: RateConfig;
  /** Takes a token of this key's bucket, if there is one. */
  take(key: string): BucketState;
  /** What `take` would say, taking nothing. */
  peek(key: string): BucketState;
  /** Buckets held now. */
  size(): number;
}

interface Bucket {
  tokens: number;
  updatedMs: number;
}

const sweepAbove = 10_000;
const sweepEveryMs = 1000;

/**
 * Token buckets by key: each holds `burst` tokens and gains `perSecond` a second. Full buckets are forgotten.
 * @param nowMs a clock that never goes back.
 */
export function tokenBuckets(rate: RateConfig, nowMs: () => number): Buckets {
  const buckets = new Map<string, Bucket>();
  const refilled = ({ tokens, updatedMs }: Bucket, now: number) =>
    Math.min(rate.burst, tokens + ((now - updatedMs) / 1000) * rate.perSecond);
  const state = (tokens: number, allowed: boolean): BucketState => ({
    allowed,
    remaining: Math.floor(tokens),
    retryAfterMs: tokens >= 1 ? 0 : ((1 - tokens) / rate.perSecond) * 1000,
  });
  let sweptMs = nowMs();
  const sweep = (now: number) => {
    sweptMs = now;
    for (const [key, bucket] of buckets) if (refilled(bucket, now) >= rate.burst) buckets.delete(key);
  };
  const tokensOf = (key: string, now: number) => {
    const bucket = buckets.get(key);
    return bucket === undefined ? rate.burst : refilled(bucket, now);
  };

  return {
    rate,
    size: () => buckets.size,
    peek(key) {
      const tokens = tokensOf(key, nowMs());
      return state(tokens, tokens >= 1);
    },
    take(key) {
      const now = nowMs();
      const tokens = tokensOf(key, now);
      if (tokens < 1) return state(tokens, false);
      if (buckets.size >= sweepAbove && now - sweptMs >= sweepEveryMs) sweep(now);
      buckets.set(key, { tokens: tokens - 1, updatedMs: now });
      return state(tokens - 1, true);
    },
  };
}

/** @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
export function rateHeaders(name: string, rate: RateConfig, state: BucketState): Record<string, string> {
  const windowSeconds = Math.max(1, Math.ceil(rate.burst / rate.perSecond));
  const resetSeconds = Math.ceil(state.retryAfterMs / 1000);
  return {
    "ratelimit-policy": `"${name}";q=${rate.burst};w=${windowSeconds}`,
    ratelimit: `"${name}";r=${state.remaining};t=${resetSeconds}`,
  };
}

/** @throws {HttpError} `rate_limited`, when the state is that of an empty bucket. */
export function refuseUnlessAllowed(name: string, rate: RateConfig, state: BucketState): void {
  if (state.allowed) return;
  const seconds = Math.max(1, Math.ceil(state.retryAfterMs / 1000));
  throw new HttpError("rate_limited", `You are over the limit "${name}". Try again in ${seconds} s.`, {
    headers: { "retry-after": String(seconds), ...rateHeaders(name, rate, state) },
  });
}

export interface Slots {
  /** Whether there was a free slot; it is taken now, until `leave` is called once. */
  enter(key?: string): boolean;
  leave(key?: string): void;
  inUse(key?: string): number;
}

/** At most `limit` at once, for each key. */
export function slots(limit: number): Slots {
  const used = new Map<string, number>();
  return {
    inUse: (key = "") => used.get(key) ?? 0,
    enter(key = "") {
      const count = used.get(key) ?? 0;
      if (count >= limit) return false;
      used.set(key, count + 1);
      return true;
    },
    leave(key = "") {
      const count = (used.get(key) ?? 0) - 1;
      if (count > 0) used.set(key, count);
      else used.delete(key);
    },
  };
}

/**
 * Opens a stream for a user, who may have only so many open, and gives back what closes it.
 * @throws {HttpError} `rate_limited`
 */
export function openStream(streams: Slots, userId: string): () => void {
  if (!streams.enter(userId)) {
    const message = `You have ${streams.inUse(userId)} streams open, which is the most one user may. Close one.`;
    throw new HttpError("rate_limited", message, { headers: { "retry-after": "1" } });
  }
  let open = true;
  return () => {
    if (open) streams.leave(userId);
    open = false;
  };
}
