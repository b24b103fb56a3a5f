import type { Keys, RotateOptions, Rotation } from "@aloft/core/ports/keys";
import { CliError, usageError } from "../errors.ts";
import { type Io, printJson } from "../io.ts";
import { confirm } from "../confirm.ts";
import { openMasterKeys } from "./open-master-keys.ts";
import { presentReseal, resealData } from "./run-reseal.ts";
import { countSealedBelow } from "./sealed-below.ts";
import { minute } from "./status-text.ts";

export interface AskedRotation {
  readonly rotation: RotateOptions;
  readonly reseal: boolean;
}

/** How long a running server may go on with the key it knows. */
const noticedMs = 3_000;

/** @throws {CliError} with exit code 2, naming what is wrong. */
export function parseRotation(given: {
  readonly what: string;
  readonly minimum: string | undefined;
  readonly reseal: boolean;
}): AskedRotation {
  const { what, minimum, reseal } = given;
  if (what !== "sealing" && what !== "signing") {
    throw usageError("invalid_value", `What is rotated is "sealing" or "signing", not "${what}".`);
  }
  if (what === "signing") {
    if (minimum === undefined && !reseal) return { rotation: { what }, reseal };
    throw usageError("invalid_option", "--minimum and --reseal are about what is sealed: signing keys have neither.");
  }
  if (minimum === undefined) return { rotation: { what }, reseal };
  if (!/^[1-9]\d{0,5}$/.test(minimum)) {
    throw usageError(
      "invalid_value",
      `--minimum cannot be "${minimum}": it is a version, as aloft keys status shows it.`,
    );
  }
  return { rotation: { what, minimumVersion: Number(minimum) }, reseal };
}

/** @returns the exit code. @throws {CliError} @throws {AloftError} nothing was changed. */
export async function runRotation(
  io: Io,
  { rotation, reseal }: AskedRotation,
  { data, yes, json }: { readonly data: string | undefined; readonly yes: boolean; readonly json: boolean },
): Promise<number> {
  await using keys = await openMasterKeys(io, data);
  const minimum = rotation.what === "sealing" ? rotation.minimumVersion : undefined;
  if (minimum !== undefined) await refuseWhileSealedBelow(io, keys, data, minimum);
  if (!(await confirm(io, await questionOf(keys, rotation), yes))) {
    if (json) printJson(io, { ok: true, rotated: false });
    else io.out.write("Nothing was changed.\n");
    return 0;
  }
  const done = await keys.rotate(rotation);
  if (!json) io.out.write(rotationText(done, reseal));
  if (!reseal || !done.resealing) {
    if (json) printJson(io, { ok: true, rotated: true, ...done });
    return 0;
  }
  await new Promise((resolve) => setTimeout(resolve, noticedMs));
  const resealed = await resealData(io, keys, { data, silent: json, perSecond: undefined });
  return presentReseal(io, resealed, { json, before: { rotated: true, ...done } });
}

async function refuseWhileSealedBelow(io: Io, keys: Keys, data: string | undefined, minimum: number): Promise<void> {
  const below = await countSealedBelow(io, keys, data, minimum);
  if (below === 0) return;
  const values = below === 1 ? "1 value is" : `${below} values are`;
  const message = `${values} still sealed by keys older than version ${minimum}, and could not be opened any more. Run first: aloft keys reseal`;
  throw new CliError("still_sealed", message);
}

async function questionOf(keys: Keys, rotation: RotateOptions): Promise<string> {
  const { engine, where } = await keys.status();
  if (rotation.what === "signing") return `Make a new signing key in ${where}?`;
  if (engine === "kms") return `Rotate the key in KMS (${where})? AWS charges each rotation, and allows 25 for a key.`;
  const { minimumVersion } = rotation;
  const refusing = minimumVersion === undefined ? "" : `, and refuse what was sealed before version ${minimumVersion}`;
  return `Make a new sealing key in ${where}${refusing}?`;
}

function rotationText({ what, keyId, from, resealing }: Rotation, reseal: boolean): string {
  if (what === "signing") {
    return `${keyId} is published from now on, and signs from ${minute(from)}. Nothing is left to do.\n`;
  }
  const copy = "Keep a new copy of the key file.";
  if (!resealing) return `KMS rotates ${keyId}. What it sealed before still opens; nothing is left to do.\n`;
  return reseal
    ? `${keyId} seals from now on. ${copy}\n`
    : `${keyId} seals from now on. ${copy} Then: aloft keys reseal\n`;
}
