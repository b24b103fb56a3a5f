import type { Io, Paint } from "../io.ts";
import { usageError } from "../errors.ts";
import { type Mask, masker } from "./mask.ts";

/**
 * How values are shown: masked, unless somebody at a terminal asks to see them.
 * @throws {CliError} `--show-values` into a file, a pipe or JSON.
 */
export function maskFor(io: Io, showValues: boolean | undefined, json: boolean | undefined): Mask {
  if (showValues !== true) return masker();
  if (json === true || io.out.isTTY !== true) {
    throw usageError(
      "values_not_shown",
      "--show-values works at a terminal only, so that no file or log gets a value.",
    );
  }
  return (value) => JSON.stringify(value);
}

/** Columns as wide as their widest cell. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

const marks = { new: "+", changed: "~", same: "=", kept: "·" } as const;
const styles = { new: "green", changed: "yellow", same: "dim", kept: "dim" } as const;

export interface ShownDifference {
  readonly variable: string;
  readonly name: string;
  readonly key: string | undefined;
  readonly status: keyof typeof marks;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** One line a variable, and what it is on both sides. */
export function differenceLines(
  differences: readonly ShownDifference[],
  words: Readonly<Record<keyof typeof marks, string>>,
  mask: Mask,
  paint: Paint,
): readonly string[] {
  const rows = differences.map(({ variable, name, key, status, before, after }) => {
    const values = [before, after].flatMap((value) => (value === undefined ? [] : [mask(value)]));
    const shown = status === "changed" ? values.join(" → ") : (values[0] ?? "");
    return [marks[status], variable, key === undefined ? name : `${name} · ${key}`, words[status], shown];
  });
  return columns(rows).map((line, i) => paint(styles[differences[i]?.status ?? "same"], `  ${line}`));
}
