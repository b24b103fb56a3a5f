import { expect, test } from "vitest";
import { InvalidError, TooLargeError } from "../src/errors.ts";
import type { SealContext } from "../src/ports/keys.ts";
import { bytesOf, context, faultOf, holds, textOf } from "./keys-helpers.ts";
import type { KeysUnderTest } from "./keys.ts";

const sizes = [0, 1, 2048, 64 * 1024 - 34, 64 * 1024 - 33, 64 * 1024, 300_000, 1024 * 1024];

export function sealingPromises(trial: () => KeysUnderTest): void {
  test.each(sizes)("[keys.seal.whole] %i bytes come back as they were", async (size) => {
    const { keys } = trial();
    const plaintext = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) % 256);
    const sealed = await keys.seal(plaintext, context);
    expect(sealed.length).toBeGreaterThan(size);
    expect(Buffer.compare(await keys.open(sealed, context), plaintext)).toBe(0);
  });

  test("[keys.seal.whole] text comes back from base64, whatever its characters", async () => {
    const { keys } = trial();
    for (const text of ["", "token-äöü-𝛑-\u0000-end", "x".repeat(5000)]) {
      const sealed = await keys.sealText(text, context);
      expect(sealed).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
      expect(await keys.openText(sealed, context)).toBe(text);
    }
  });

  test("[keys.seal.whole] neither the plaintext nor the record shows in the envelope", async () => {
    const sealed = await trial().keys.seal(bytesOf("gho_averysecrettokenofsomebody"), context);
    for (const secret of ["gho_averysecrettoken", "usr_1", "github"])
      expect(holds(sealed, bytesOf(secret))).toBe(false);
    expect(holds(sealed, bytesOf("linked_accounts.tokens"))).toBe(true);
  });

  test("[keys.seal.fresh] the same value gives another envelope every time", async () => {
    const { keys } = trial();
    const sealed = await Promise.all(Array.from({ length: 20 }, () => keys.sealText("same", context)));
    expect(new Set(sealed).size).toBe(20);
    for (const one of sealed) expect(await keys.openText(one, context)).toBe("same");
  });

  test("[keys.seal.limits] a value over 1 MiB is refused", async () => {
    await expect(trial().keys.seal(new Uint8Array(1024 * 1024 + 1), context)).rejects.toBeInstanceOf(TooLargeError);
  });

  test.each<[string, SealContext]>([
    ["no purpose", { ...context, purpose: "" }],
    ["an empty tenant", { ...context, tenant: "" }],
    ["no record", { ...context, record: {} }],
    ["an empty name", { ...context, record: { "": "x" } }],
    ["an empty value", { ...context, record: { id: "" } }],
    ["half a character", { ...context, record: { id: "\ud800" } }],
    ["a name without end", { ...context, record: { id: "x".repeat(1025) } }],
  ])("[keys.seal.limits] %s is refused", async (_what, wrong) => {
    await expect(trial().keys.seal(bytesOf("x"), wrong)).rejects.toBeInstanceOf(InvalidError);
  });

  test("[keys.shared] another process with the same keys opens it, and the other way round", async () => {
    const { keys, reopen } = trial();
    await using other = await reopen();
    expect(textOf(await other.open(await keys.seal(bytesOf("there"), context), context))).toBe("there");
    expect(textOf(await keys.open(await other.seal(bytesOf("and back"), context), context))).toBe("and back");
  });

  test("[keys.sealed-by] who sealed it is told without opening it, and the same everywhere", async () => {
    const { keys, reopen } = trial();
    const sealed = await keys.seal(bytesOf("x"), context);
    const { keyId, version } = await keys.sealedBy(sealed);
    expect(version).toBeGreaterThanOrEqual(1);
    const { sealing } = await keys.status();
    expect(sealing.find(({ state }) => state === "current")).toMatchObject({ keyId, version });
    await using other = await reopen();
    expect(await other.sealedBy(await other.sealText("y", context))).toEqual({ keyId, version });
    expect(await keys.needsResealing(sealed)).toBe(false);
  });

  test("[keys.open.stranger] what somebody else's key sealed does not open, and says by whom it was sealed", async () => {
    const { keys, stranger } = trial();
    await using other = await stranger();
    const theirs = await other.seal(bytesOf("theirs"), context);
    expect(await faultOf(keys, theirs)).toBe("key_unavailable");
    const { keyId, version } = await keys.sealedBy(theirs);
    expect(version).toBeUndefined();
    await expect(keys.open(theirs, context)).rejects.toThrow(keyId);
    expect(await keys.needsResealing(theirs)).toBe(true);
  });
}
