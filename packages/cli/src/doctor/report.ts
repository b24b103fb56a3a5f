import type { Paint } from "../io.ts";
import type { Finding } from "./finding.ts";

const marks = { ok: ["✓", "green"], warning: ["!", "yellow"], failed: ["✗", "red"] } as const;

/** One line a finding, what mends it below. */
export function report(findings: readonly Finding[], paint: Paint): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, status, message, mend }) => {
    const [mark, style] = marks[status];
    const line = `${paint(style, mark)} ${paint("bold", check.padEnd(width))}  ${message}`;
    return mend === undefined ? [line] : [line, `  ${" ".repeat(width)}  ${paint("dim", "→")} ${mend}`];
  });
  return [...lines, "", summary(findings), ""].join("\n");
}

export function summary(findings: readonly Finding[]): string {
  const failures = findings.filter(({ status }) => status === "failed").length;
  const warnings = findings.filter(({ status }) => status === "warning").length;
  if (failures > 0) return `${count(failures, "thing has", "things have")} to be mended.`;
  if (warnings > 0) return `Aloft can start. ${count(warnings, "thing is", "things are")} worth a look.`;
  return "All is well.";
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
