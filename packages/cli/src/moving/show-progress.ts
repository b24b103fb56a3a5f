import type { OnProgress, Phase, Progress } from "@aloft/core/moving/progress";
import type { Io } from "../io.ts";

const names: Readonly<Record<Phase, string>> = {
  loading: "Copying",
  "reading-back": "Reading what is there",
  "catching-up": "Catching up",
  frozen: "Last pass, writers wait",
  search: "Letting the target finish its indexes",
  verifying: "Verifying",
};

const redrawMs = 100;
const lineMs = 5000;
const barWidth = 20;

export interface ProgressDisplay {
  readonly show: OnProgress;
  /** Takes the bar away. */
  readonly end: () => void;
}

/** A bar that is redrawn on a terminal; elsewhere a line for each phase, and every five seconds. */
export function progressDisplay(io: Io, { silent }: { readonly silent: boolean }): ProgressDisplay {
  if (silent) return { show: () => undefined, end: () => undefined };
  const terminal = io.err.isTTY === true;
  const everyMs = terminal ? redrawMs : lineMs;
  let phase: Phase | undefined;
  let began = { at: 0, items: 0 };
  let shownAt = 0;
  const show = (progress: Progress): void => {
    const now = performance.now();
    const fresh = progress.phase !== phase;
    if (fresh) {
      phase = progress.phase;
      began = { at: now, items: progress.items };
    }
    const finished = progress.tablesDone === progress.tables && progress.table === undefined;
    if (!fresh && !finished && now - shownAt < everyMs) return;
    shownAt = now;
    const rate = now > began.at ? ((progress.items - began.items) / (now - began.at)) * 1000 : 0;
    const line = `${bar(progress)} ${describe(progress, rate)}`;
    // A line that wraps could not be drawn over.
    if (terminal) io.err.write(`\r\u001b[K${line.slice(0, (io.err.columns ?? 200) - 1)}`);
    else io.err.write(`${describe(progress, rate)}\n`);
    if (terminal && finished) io.err.write("\n");
  };
  return { show, end: () => void (terminal && io.err.write("\r\u001b[K")) };
}

function bar({ items, total }: Progress): string {
  const full = total === undefined || total === 0 ? 0 : Math.min(barWidth, Math.round((items / total) * barWidth));
  return `[${"█".repeat(full)}${"░".repeat(barWidth - full)}]`;
}

/** One line: the phase, how far it is, how fast, and for how long yet. */
export function describe(progress: Progress, rate: number): string {
  const { phase, table, tablesDone, tables, items, total } = progress;
  if (phase === "search") return `${names[phase]} …`;
  const of = total === undefined ? "" : ` of ${count(Math.max(total, items))}`;
  const parts = [`${names[phase]}: ${count(items)}${of} items`, `${tablesDone}/${tables} tables`];
  if (rate > 0) parts.push(`${count(Math.round(rate))} items/s`);
  if (rate > 0 && total !== undefined && total > items) parts.push(`${duration((total - items) / rate)} left`);
  if (table !== undefined) parts.push(table);
  return parts.join(", ");
}

export function count(number: number): string {
  return number.toLocaleString("en-US");
}

export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
