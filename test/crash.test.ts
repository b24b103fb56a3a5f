import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CrashReport, crashRun } from "./support/crash.ts";

const rounds = Number(process.env["ALOFT_CRASH_ROUNDS"] ?? 10);
const seed = Number(process.env["ALOFT_CRASH_SEED"] ?? Date.now() % 1_000_000);
const dataDir = mkdtempSync(join(tmpdir(), "aloft-crash-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

describe(`kill -9 under load, ${rounds} rounds, ALOFT_CRASH_SEED=${seed}`, () => {
  let report: CrashReport;
  beforeAll(async () => {
    report = await crashRun({ dataDir, rounds, seed });
    const { acknowledged, kills, unanswered, replayed, repliesComplete, repliesInterrupted } = report;
    console.log(
      `crash run: ${report.rounds} rounds, ${kills} kills, ${acknowledged} acknowledged writes, ${unanswered} without an ` +
        `answer, ${replayed} asked for again, ${repliesComplete} replies whole, ${repliesInterrupted} cut off`,
    );
  }, rounds * 60_000);

  test("[house.crash.writes] every acknowledged write is there exactly once, and nothing that was refused", () => {
    expect(report.unexpected).toEqual([]);
    expect(report.rounds).toBeGreaterThanOrEqual(rounds);
    expect(report.acknowledged).toBeGreaterThanOrEqual(100 * rounds);
    expect(report.lost).toEqual([]);
    expect(report.doubled).toEqual([]);
    expect(report.refusedButThere).toEqual([]);
  });

  test("[house.crash.idempotent] what was asked for again happened once and was answered the same, to the byte", () => {
    expect(report.unanswered).toBeGreaterThan(0);
    expect(report.replayed).toBeGreaterThanOrEqual(20 * rounds);
    expect(report.answeredOtherwise).toEqual([]);
  });

  test("[house.crash.turns] no turn hangs, every message has one reply, whole or marked as cut off; no gaps", () => {
    expect(report.stuck).toEqual([]);
    expect(report.turnsWithoutOneReply).toEqual([]);
    expect(report.gaps).toEqual([]);
    expect(report.repliesComplete).toBeGreaterThan(0);
    expect(report.repliesInterrupted).toBeGreaterThan(0);
  });
});
