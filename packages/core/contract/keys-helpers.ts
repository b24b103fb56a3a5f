import { expect } from "vitest";
import { KeysError, type KeysFault } from "../src/errors.ts";
import type { Keys, SealContext } from "../src/ports/keys.ts";

export const context: SealContext = {
  purpose: "linked_accounts.tokens",
  tenant: "org_1",
  record: { userId: "usr_1", provider: "github", attribute: "tokens" },
};

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Why it does not open; fails if it opens, or fails in another way. */
export async function faultOf(keys: Keys, sealed: Uint8Array, under: SealContext = context): Promise<KeysFault> {
  const error: unknown = await keys.open(sealed, under).then(
    (opened) => expect.unreachable(`it opened: ${opened.length} bytes`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof KeysError)) throw error;
  return error.reason;
}

/** Where a part of an envelope's start lies. */
export function holds(sealed: Uint8Array, part: Uint8Array): boolean {
  return Array.from(sealed, (_, at) => at).some((at) => part.every((byte, i) => sealed[at + i] === byte));
}
