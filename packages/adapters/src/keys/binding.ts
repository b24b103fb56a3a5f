import { createHash, timingSafeEqual } from "node:crypto";
import { InvalidError, KeysError } from "@aloft/core/errors";
import type { SealContext } from "@aloft/core/ports/keys";

/** Marks how the binding is written, and keeps room for another way. */
const bindingVersion = 1;
const digestBytes = 32;
export const bindingBytes = 1 + digestBytes;

/**
 * The part that values share. It is the encryption context of the envelope, which its header shows and its master key is
 * told.
 */
export function sharedContext({ purpose, tenant }: SealContext): Record<string, string> {
  return { purpose, ...(tenant === undefined ? {} : { tenant }) };
}

/** @throws {InvalidError} something of it is empty or reserved, or it names no record. */
export function checkContext({ purpose, tenant, record }: SealContext): void {
  const pairs = Object.entries(record);
  const names = [purpose, ...(tenant === undefined ? [] : [tenant]), ...pairs.flat()];
  if (pairs.length > 0 && names.every((name) => name !== "" && name.length <= 1024 && name.isWellFormed())) return;
  throw new InvalidError(
    "What is sealed must name its purpose and the record it belongs to: no empty names or values, 1,024 characters each.",
  );
}

/**
 * What stands before the plaintext, inside the envelope: a digest of the whole context. It is encrypted and authenticated
 * with the plaintext, so neither can be exchanged, and gives nothing away of the record.
 */
export function bindingOf({ purpose, tenant, record }: SealContext): Buffer {
  const pairs = Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash("sha256")
    .update(JSON.stringify([purpose, tenant ?? null, pairs]))
    .digest();
  return Buffer.concat([Buffer.of(bindingVersion), digest]);
}

/** The plaintext behind its binding. @throws {KeysError} `elsewhere`: it is bound to another context. */
export function unbind(bound: Buffer, context: SealContext): Buffer {
  const binding = bindingOf(context);
  const found = bound.subarray(0, bindingBytes);
  if (found.length !== bindingBytes || !timingSafeEqual(found, binding)) throw elsewhere();
  return bound.subarray(bindingBytes);
}

export function elsewhere(): KeysError {
  const message =
    "The sealed value belongs to another record, purpose or tenant: it was moved here. It was not opened.";
  return new KeysError("elsewhere", message);
}
