import { usageError } from "../../errors.ts";
import { type Io, painter } from "../../io.ts";
import { interruptible } from "../../moving/interrupt.ts";
import type { LoadedApp } from "../app-config.ts";
import { loadInfra } from "../load-infra.ts";

export interface LogsSettings {
  readonly since: string | undefined;
  readonly filter: string | undefined;
  readonly follow: boolean;
  readonly migration: boolean;
  readonly json: boolean;
}

/** Prints what the program logs, a line each. */
export async function runLogs(io: Io, { app }: LoadedApp, settings: LogsSettings): Promise<number> {
  const sinceMs = milliseconds(settings.since ?? "10m");
  const { logLines } = await loadInfra(() => import("@aloft/infra/deploying/logs"));
  const paint = painter(io.out, io.env);
  using interrupt = interruptible();
  const { filter, follow, json } = settings;
  const of = settings.migration ? "migration" : "server";
  for await (const line of logLines({ app, of, sinceMs, filter, follow, signal: interrupt.signal })) {
    const task = line.stream.slice(-6);
    io.out.write(json ? `${JSON.stringify(line)}\n` : `${paint("dim", `${line.at} ${task}`)} ${line.text}\n`);
  }
  return 0;
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws {CliError} it is no span of time. */
export function milliseconds(text: string): number {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const factor = units[unit];
  if (count !== undefined && factor !== undefined) return Number(count) * factor;
  throw usageError("invalid_value", `--since cannot be "${text}": it is a number with s, m, h or d, such as 30m.`);
}
