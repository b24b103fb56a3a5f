import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openStream, rateHeaders, refuseUnlessAllowed, slots, tokenBuckets } from "./limits.ts";
import { HttpError } from "./problem.ts";

test("[api.limits.bucket] a bucket gives its burst at once, then its rate, and never more", () => {
  let nowMs = 0;
  const buckets = tokenBuckets({ perSecond: 50, burst: 200 }, () => nowMs);
  const takeAll = () => {
    let taken = 0;
    while (buckets.take("a").allowed) taken++;
    return taken;
  };
  expect(takeAll()).toBe(200);
  nowMs += 1000;
  expect(takeAll()).toBe(50);
  nowMs += 60_000;
  expect(takeAll()).toBe(200);
  expect(buckets.peek("b")).toEqual({ allowed: true, remaining: 200, retryAfterMs: 0 });
});

test("[api.limits.bucket] whatever the arrivals, no window passes more than burst plus rate times its length", () => {
  const arrivals = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 });
  fc.assert(
    fc.property(arrivals, (gaps) => {
      let nowMs = 0;
      const buckets = tokenBuckets({ perSecond: 5, burst: 10 }, () => nowMs);
      const passed: number[] = [];
      for (const gap of gaps) {
        nowMs += gap;
        if (buckets.take("a").allowed) passed.push(nowMs);
      }
      for (const [first, start] of passed.entries()) {
        for (const [last, end] of passed.entries()) {
          if (last >= first) expect(last - first + 1).toBeLessThanOrEqual(10 + ((end - start) / 1000) * 5 + 1e-6);
        }
      }
    }),
  );
});

test("[api.limits.bucket] waiting as long as told is enough", () => {
  let nowMs = 0;
  const buckets = tokenBuckets({ perSecond: 3, burst: 1 }, () => nowMs);
  buckets.take("a");
  const refused = buckets.take("a");
  expect(refused.allowed).toBe(false);
  nowMs += refused.retryAfterMs;
  expect(buckets.take("a").allowed).toBe(true);
});

test("[api.limits.bucket] buckets that are full again are forgotten", () => {
  let nowMs = 0;
  const buckets = tokenBuckets({ perSecond: 1000, burst: 1 }, () => nowMs);
  for (let i = 0; i < 50_000; i++) {
    nowMs += 1;
    expect(buckets.take(`address-${i}`).allowed).toBe(true);
  }
  expect(buckets.size()).toBeLessThanOrEqual(11_000);
});

test("[api.limits.rate] a refusal says when to come back, in headers that programs read", () => {
  const rate = { perSecond: 2, burst: 4 };
  const state = { allowed: false, remaining: 0, retryAfterMs: 1500 };
  expect(rateHeaders("user", rate, state)).toEqual({
    "ratelimit-policy": '"user";q=4;w=2',
    ratelimit: '"user";r=0;t=2',
  });
  const error = (() => {
    try {
      refuseUnlessAllowed("user", rate, state);
      return undefined;
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(HttpError);
  expect((error as HttpError).code).toBe("rate_limited");
  expect((error as HttpError).headers["retry-after"]).toBe("2");
});

test("[api.limits.streams] a user has only so many streams open, and closing one twice frees one place", () => {
  const streams = slots(2);
  const close = openStream(streams, "ann");
  openStream(streams, "ann");
  expect(() => openStream(streams, "ann")).toThrow("2 streams open");
  openStream(streams, "bob");
  close();
  close();
  openStream(streams, "ann");
  expect(() => openStream(streams, "ann")).toThrow(HttpError);
});
