import { reseal, type ResealProgress, type ResealResult, type Unreadable } from "@aloft/core/keys/reseal";
import type { Keys } from "@aloft/core/ports/keys";
import { sealedAttributes } from "@aloft/core/sealed";
import { openData } from "../data-folder.ts";
import { usageError } from "../errors.ts";
import { type Io, printJson } from "../io.ts";
import { interruptible } from "../moving/interrupt.ts";
import { count } from "../moving/show-progress.ts";
import { openMasterKeys } from "./open-master-keys.ts";

/** @throws {CliError} with exit code 2. */
export function parseRate(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(given)) return Number(given);
  throw usageError("invalid_value", `--per-second cannot be "${given}": it is a whole number, 1 or more.`);
}

export interface ResealSettings {
  readonly data: string | undefined;
  readonly perSecond: number | undefined;
}

export interface Resealed {
  readonly result: ResealResult;
  readonly unreadable: readonly Unreadable[];
  /** What a shell gives for the signal that stopped it; undefined if none did. */
  readonly stoppedBy: number | undefined;
}

export async function runReseal(
  io: Io,
  { json, ...settings }: ResealSettings & { readonly json: boolean },
): Promise<number> {
  await using keys = await openMasterKeys(io, settings.data);
  return presentReseal(io, await resealData(io, keys, { ...settings, silent: json }), { json });
}

/** Seals the whole store anew, and stops in good order at a signal. */
export async function resealData(
  io: Io,
  keys: Keys,
  { data, perSecond, silent }: ResealSettings & { readonly silent: boolean },
): Promise<Resealed> {
  await using store = await openData(io, data);
  using interrupt = interruptible();
  const unreadable: Unreadable[] = [];
  const display = resealDisplay(io, silent);
  const result = await reseal({
    store,
    keys,
    attributes: sealedAttributes,
    signal: interrupt.signal,
    onProgress: display.show,
    onUnreadable: (value) => unreadable.length < maxListed && unreadable.push(value),
    ...(perSecond === undefined ? {} : { perSecond }),
  });
  display.end();
  return { result, unreadable, stoppedBy: interrupt.signal.aborted ? interrupt.exitCode() : undefined };
}

const maxListed = 20;
const redrawMs = 100;
const lineMs = 5000;

function resealDisplay(io: Io, silent: boolean) {
  const terminal = io.err.isTTY === true;
  let shownAt = performance.now();
  const show = ({ seen, resealed, table, pass }: ResealProgress): void => {
    const now = performance.now();
    if (silent || now - shownAt < (terminal ? redrawMs : lineMs)) return;
    shownAt = now;
    const text = `Re-sealing: ${count(seen)} values seen, ${count(resealed)} sealed anew, ${table}, pass ${pass}`;
    io.err.write(terminal ? `\r\u001b[K${text}` : `${text}\n`);
  };
  return { show, end: () => void (terminal && !silent && io.err.write("\r\u001b[K")) };
}

/** @returns the exit code: not 0 if something is left to do. */
export function presentReseal(
  io: Io,
  { result, unreadable, stoppedBy }: Resealed,
  { json, before = {} }: { readonly json: boolean; readonly before?: object },
): number {
  const { seen, resealed, unreadable: failures, complete } = result;
  const fault = faultOf(result, stoppedBy);
  if (json) {
    const outcome = { ...before, seen, resealed, complete, unreadable: failures, examples: unreadable };
    printJson(io, fault === undefined ? { ok: true, ...outcome } : { ok: false, error: fault, ...outcome });
  } else {
    for (const { table, attribute, key, message } of unreadable) {
      io.err.write(`${table}.${attribute} of ${JSON.stringify(key)}: ${message}\n`);
    }
    io.out.write(`${count(resealed)} sealed anew, ${count(failures)} not opened, ${count(seen)} looked at.\n`);
    if (fault !== undefined) io.err.write(`${fault.message}\n`);
  }
  return stoppedBy ?? (fault === undefined ? 0 : 1);
}

function faultOf(
  { unreadable, complete }: ResealResult,
  stoppedBy: number | undefined,
): { readonly code: string; readonly message: string } | undefined {
  if (stoppedBy !== undefined) {
    return { code: "stopped", message: "It was stopped. Nothing is lost; run it again to do what is left." };
  }
  if (!complete) {
    return {
      code: "incomplete",
      message: "Others kept sealing by an older key. Restart servers that run old settings, then run it again.",
    };
  }
  if (unreadable === 0) return undefined;
  return { code: "unreadable", message: "What could not be opened was left as it is." };
}
