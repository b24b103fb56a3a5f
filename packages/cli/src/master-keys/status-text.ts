import type { KeysStatus, MasterKeyStatus, SigningKeyStatus } from "@aloft/core/ports/keys";
import type { Paint } from "../io.ts";

/** What `aloft keys status` prints for people. */
export function statusText(status: KeysStatus, paint: Paint): string {
  const { engine, where, sealing, signing } = status;
  const place = engine === "kms" ? `KMS in ${where}` : where;
  const loss =
    engine === "kms"
      ? "If a key of KMS is deleted, nothing can open what it sealed."
      : "Keep a copy of this file where the data is not: without it, nothing can open what it sealed.";
  return [
    `${paint("bold", "Keys")} in ${place}`,
    paint("dim", loss),
    "",
    ...table(["SEALING", "VERSION", "STATE", "SINCE"], sealing.map(sealingRow), paint),
    "",
    ...(signing.length === 0
      ? ["No signing key is configured: KMS_SIGNING_KEY_ID is not set."]
      : table(["SIGNING", "STATE", "SIGNS FROM", "PUBLISHED UNTIL"], signing.map(signingRow), paint)),
    "",
  ].join("\n");
}

function sealingRow({ keyId, version, state, createdAt }: MasterKeyStatus): readonly string[] {
  return [keyId, String(version ?? ""), state, day(createdAt)];
}

function signingRow({ keyId, state, signsFrom, publishedUntil }: SigningKeyStatus): readonly string[] {
  return [keyId, state, minute(signsFrom), publishedUntil === undefined ? "" : minute(publishedUntil)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string[] {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [paint("bold", line(head)), ...rows.map(line)];
}

function day(at: Date | undefined): string {
  return at?.toISOString().slice(0, 10) ?? "";
}

/** To the minute, in UTC. */
export function minute(at: Date | undefined): string {
  return at === undefined ? "" : `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
