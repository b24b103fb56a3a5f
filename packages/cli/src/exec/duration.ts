import { usageError } from "../errors.ts";

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `90`, `90s`, `500ms`, `5m`, `1h` in milliseconds; a bare number is seconds. @throws {CliError} with exit code 2. */
export function durationMs(option: string, text: string): number {
  const [, number, unit = "s"] = /^(\d{1,9}(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  if (number !== undefined) return Math.round(Number(number) * units[unit as keyof typeof units]);
  throw usageError("invalid_value", `${option} cannot be "${text}": it is a time, such as 90s, 5m or 0.`);
}
