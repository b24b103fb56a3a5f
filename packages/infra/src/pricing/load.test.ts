import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { defaultLoad, LoadError, loadMeaning, parseLoad } from "./load.ts";
import { idleUsage, usageOf } from "./usage.ts";

function faultsOf(text: string): readonly string[] {
  try {
    parseLoad(text);
  } catch (error) {
    if (error instanceof LoadError) return error.issues.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe("the load", () => {
  test("[landing.price.load] names what differs and leaves the rest", () => {
    const load = parseLoad("turnsPerDay=5000, openConnections=300,kilobytesPerRequest=1.5");
    expect(load).toEqual({ ...defaultLoad, turnsPerDay: 5000, openConnections: 300, kilobytesPerRequest: 1.5 });
    expect(parseLoad("")).toEqual(defaultLoad);
  });

  test("[landing.price.load] every fault is told at once, with what would be right", () => {
    const faults = faultsOf(
      "turnsPerDays=3,openConnections=many,busyHoursPerDay=25,uploadsPerDay,acu=-1,monthsKept=1,monthsKept=2",
    );
    expect(faults.map((fault) => fault.split(":")[0])).toEqual([
      "turnsPerDays",
      "openConnections",
      "busyHoursPerDay",
      "uploadsPerDay",
      "acu",
      "monthsKept",
    ]);
    expect(faults[0]).toContain("Did you mean turnsPerDay?");
    expect(faults[1]).toContain(loadMeaning.openConnections);
    expect(faults[2]).toContain("from 0 to 24");
    expect(faults[3]).toContain("uploadsPerDay=50");
  });

  test("[landing.price.load] hours to divide by are more than none", () => {
    expect(faultsOf("busyHoursPerDay=0")).toEqual(["busyHoursPerDay: It has to be more than 0."]);
    expect(faultsOf("turnsPerDay=0")).toEqual([]);
  });

  test("[landing.price.load] a turn asks of tables what docs/costs.md measured", () => {
    const costs = readFileSync(new URL("../../../../docs/costs.md", import.meta.url), "utf8");
    const units = (row: string): readonly number[] => {
      const line = costs.split("\n").find((one) => one.startsWith(`| ${row} |`)) ?? "";
      return line.split("|").slice(3, 5).map(Number);
    };
    const [turn, post, list, stream] = [
      units("the same with its agents looked up"),
      units("`postMessage`"),
      units("`listMessages`"),
      units("`streamEvents`"),
    ];
    const sum = (at: number): number => [turn, post, list, stream].reduce((all, one) => all + (one[at] ?? 0), 0);
    expect(defaultLoad.readUnitsPerTurn).toBe(sum(0));
    // With an Idempotency-Key: 2 more for the message, and 2 for the answer that is stored with it.
    expect(defaultLoad.writeUnitsPerTurn).toBe(sum(1) + 2 + 2);
  });

  test("[landing.price.load] a month of it is counted in the units that are paid", () => {
    const usage = usageOf({ ...defaultLoad, turnsPerDay: 240, requestsPerTurn: 10, busyHoursPerDay: 12 });
    expect(usage.turns).toBe(240 * (730 / 24));
    expect(usage.requests).toBe(73_000);
    expect(usage.requestsPerBusySecond).toBeCloseTo(73_000 / (365 * 3600), 9);
    const idle = idleUsage(defaultLoad);
    expect([idle.turns, idle.requests, idle.uploads, idle.looks, idle.storedGb]).toEqual([0, 0, 0, 0, 0]);
    expect(idle.logGb).toBeGreaterThan(0);
  });
});
