import { describe, expect, test } from "vitest";
import { amountOf, asUsd, sumUsd, times } from "./money.ts";

describe("money", () => {
  test("[landing.price.exact] the smallest unit prices are kept to the last digit", () => {
    // A million read units in Frankfurt: 0.1525.
    expect(asUsd(times(amountOf("0.0000001525"), 1_000_000))).toBe(0.1525);
    expect(asUsd(times(amountOf("0.000000023"), 1_000_000_000))).toBe(23);
  });

  test("[landing.price.exact] sums have no dust", () => {
    const dimes = Array.from({ length: 10 }, () => 0.1);
    expect(dimes.reduce((sum, dime) => sum + dime, 0)).not.toBe(1);
    expect(sumUsd(dimes)).toBe(1);
    expect(sumUsd([36.5, -7.356])).toBe(29.144);
  });

  test("[landing.price.exact] what is no price is refused", () => {
    for (const bad of ["", "-1", "1e-7", "0,05", "0.1234567890123", "NaN"]) {
      expect(() => amountOf(bad)).toThrow(RangeError);
    }
  });
});
