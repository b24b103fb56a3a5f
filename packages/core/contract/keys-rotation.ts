import { expect, test } from "vitest";
import { bytesOf, context, textOf } from "./keys-helpers.ts";
import type { KeysUnderTest } from "./keys.ts";

export function rotationPromises(open: () => Promise<KeysUnderTest>): void {
  test("[keys.rotate.readable] the new key seals, the old one still opens, and is told apart", async () => {
    await using own = await open();
    const before = await own.keys.seal(bytesOf("before"), context);
    const old = await own.keys.sealedBy(before);
    await using renewed = await own.renew();
    const after = await renewed.seal(bytesOf("after"), context);
    expect((await renewed.sealedBy(after)).keyId).not.toBe(old.keyId);
    expect((await renewed.sealedBy(after)).version).toBeGreaterThan(old.version ?? 0);
    expect(await renewed.sealedBy(before)).toMatchObject({ keyId: old.keyId });
    expect([await renewed.needsResealing(before), await renewed.needsResealing(after)]).toEqual([true, false]);
    expect(textOf(await renewed.open(before, context))).toBe("before");
    expect(textOf(await renewed.open(after, context))).toBe("after");
  });

  test("[keys.rotate.readable] it goes on over many rotations", async () => {
    await using own = await open();
    const sealed: Uint8Array[] = [];
    let keys = own.keys;
    for (let round = 0; round < 4; round++) {
      sealed.push(await keys.seal(bytesOf(`round ${round}`), context));
      keys = await own.renew();
    }
    for (const [round, one] of sealed.entries()) expect(textOf(await keys.open(one, context))).toBe(`round ${round}`);
    const ids = await Promise.all(sealed.map(async (one) => (await keys.sealedBy(one)).keyId));
    expect(new Set(ids).size).toBe(4);
  });
}
