import type { Paint } from "../../io.ts";
import { paragraph } from "../../text.ts";
import type { Fate, PlannedFile } from "./files.ts";

/** What became of a file, or would. */
export type Outcome = Exclude<Fate, "differs"> | "overwritten" | "kept";

export interface Reported {
  readonly path: string;
  readonly outcome: Outcome;
}

/** A line for each file. */
export function filesText(files: readonly Reported[], paint: Paint): string {
  const width = Math.max(...files.map(({ outcome }) => outcome.length));
  const colour = {
    created: "green",
    extended: "green",
    overwritten: "yellow",
    kept: "yellow",
    unchanged: "dim",
  } as const;
  const lines = files.map(({ path, outcome }) => {
    const why = outcome === "kept" ? "  (it differs; --force overwrites it)" : "";
    return `  ${paint(colour[outcome], outcome.padEnd(width))}  ${path}${why}\n`;
  });
  return lines.join("");
}

/** The files' texts, for a dry run. */
export function textsOf(files: readonly PlannedFile[], paint: Paint): string {
  const shown = files.filter(({ fate }) => fate !== "unchanged");
  return shown.map(({ shown, text }) => `\n${paint("bold", `--- ${shown}`)}\n${text}`).join("");
}

export function stepsText(steps: readonly string[], paint: Paint): string {
  return `\n${paint("bold", "Next")}\n${steps.map((step, i) => `${stepText(step, `  ${i + 1}. `)}\n`).join("")}`;
}

/** A command on a line of its own, and what it does below it where both do not fit. */
function stepText(step: string, first: string): string {
  if (first.length + step.length <= columns) return `${first}${step}`;
  const [command = "", ...words] = step.split(/ {2,}/);
  const more = words.length === 0 ? [] : [paragraph(words.join(" "), columns, first.length + 2)];
  return [words.length === 0 ? paragraph(command, columns, first.length, first) : `${first}${command}`, ...more].join(
    "\n",
  );
}

const columns = 80;
