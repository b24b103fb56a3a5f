import type { CopyReport } from "@aloft/core/moving/copy";
import type { Difference } from "@aloft/core/moving/verify";
import { type Io, printJson } from "../io.ts";
import type { CopyOutcome } from "./run-copy.ts";
import { count, duration } from "./show-progress.ts";

const shownDifferences = 50;

/** Prints how a copy ended and gives the exit code. */
export function presentCopy(io: Io, outcome: CopyOutcome, { json, what }: { json: boolean; what: string }): number {
  if (outcome.interrupted) return presentInterrupted(io, outcome, json);
  const { report, seconds, resumed } = outcome;
  const equal = report.differences.length === 0;
  if (json) {
    const { differences, ...counts } = report;
    const timing = { seconds: Number(seconds.toFixed(3)), itemsPerSecond: rate(report, seconds), resumed };
    const differs = { error: { code: "stores_differ", message: "The target is not equal to what was copied." } };
    printJson(io, { ok: equal, ...(equal ? {} : differs), ...counts, ...timing, differences });
  } else if (equal) io.out.write(`${summary(report, seconds, what)}\n`);
  else io.err.write(`The target is not equal to what was copied:\n${differenceLines(report.differences)}`);
  return equal ? 0 : 1;
}

function presentInterrupted(
  io: Io,
  { journal, exitCode }: Extract<CopyOutcome, { interrupted: true }>,
  json: boolean,
): number {
  const message = `Stopped. What was copied stays there: the same command goes on from here, by the journal ${journal}.`;
  if (json) printJson(io, { ok: false, error: { code: "interrupted", message }, journal });
  else io.err.write(`${message}\n`);
  return exitCode;
}

function summary(report: CopyReport, seconds: number, what: string): string {
  const speed = `${count(rate(report, seconds))} items/s`;
  const lines = [
    `${what} ${count(report.items)} items of ${report.tables.length} tables in ${duration(seconds)}, verification included (${speed}).`,
  ];
  if (report.caughtUp > 0) lines.push(`${count(report.caughtUp)} of them changed meanwhile and were copied again.`);
  if (report.frozenMs !== undefined)
    lines.push(`Writers to the source waited for ${duration(report.frozenMs / 1000)}.`);
  if (!report.searchUpToDate) lines.push("Not all of it can be searched yet: the servers on the target see to that.");
  lines.push("The target was read back: it is equal, item by item.");
  return lines.join("\n");
}

function rate({ items }: CopyReport, seconds: number): number {
  return Math.round(items / Math.max(seconds, 0.001));
}

/** A line for each difference: the table, the key and what differs, never a value. */
export function differenceLines(differences: readonly Difference[]): string {
  const lines = differences.slice(0, shownDifferences).map(({ table, key, kind, attributes }) => {
    const named = attributes === undefined ? "" : `: ${attributes.join(", ")}`;
    return `  ${kind.padEnd(9)}  ${table} ${JSON.stringify(key)}${named}\n`;
  });
  const more = differences.length - shownDifferences;
  if (more > 0) lines.push("  and more: --json lists up to 1,000 of each table\n");
  return lines.join("");
}
