import { beforeAll, expect, test } from "vitest";
import { KeysError } from "../src/errors.ts";
import type { SealContext } from "../src/ports/keys.ts";
import { bytesOf, context, faultOf, textOf } from "./keys-helpers.ts";
import type { KeysUnderTest } from "./keys.ts";

const secret = "gho_averysecrettokenofsomebody";

export function openingPromises(trial: () => KeysUnderTest): void {
  let sealed: Uint8Array;
  beforeAll(async () => {
    sealed = await trial().keys.seal(bytesOf(secret), context);
    expect(textOf(await trial().keys.open(sealed, context))).toBe(secret);
  });

  const { tenant: _tenant, ...ofNobody } = context;
  test.each<[string, SealContext]>([
    ["another purpose", { ...context, purpose: "linked_accounts.token" }],
    ["another tenant", { ...context, tenant: "org_2" }],
    ["no tenant", ofNobody],
    ["another user", { ...context, record: { ...context.record, userId: "usr_2" } }],
    ["another attribute of the record", { ...context, record: { ...context.record, attribute: "refresh" } }],
    ["a pair less", { ...context, record: { userId: "usr_1", provider: "github" } }],
    ["a pair more", { ...context, record: { ...context.record, account: "1" } }],
    ["no pairs", { ...context, record: {} }],
    ["names and values that run into each other", { ...context, record: { ...context.record, userId: 'usr_1"],["x' } }],
    ["values exchanged", { ...context, record: { userId: "github", provider: "usr_1", attribute: "tokens" } }],
  ])("[keys.open.elsewhere] it does not open for %s", async (_what, moved) => {
    expect(await faultOf(trial().keys, sealed, moved)).toBe("elsewhere");
  });

  test("[keys.open.elsewhere] the order of the pairs does not matter", async () => {
    const record = Object.fromEntries(Object.entries(context.record).toReversed());
    expect(textOf(await trial().keys.open(sealed, { ...context, record }))).toBe(secret);
  });

  test("[keys.open.flipped] with any one byte flipped it does not open", { timeout: 120_000 }, async () => {
    const { keys } = trial();
    const faults = new Set<string>();
    for (let at = 0; at < sealed.length; at++) {
      const flipped = Uint8Array.from(sealed);
      flipped[at] = (flipped[at] ?? 0) ^ 0xff;
      faults.add(await faultOf(keys, flipped));
    }
    expect(faults).toContain("changed");
    expect(textOf(await keys.open(sealed, context))).toBe(secret);
  });

  test("[keys.open.flipped] with any one bit of its last 64 bytes flipped it does not open", async () => {
    const { keys } = trial();
    for (let bit = 0; bit < 64 * 8; bit++) {
      const flipped = Uint8Array.from(sealed);
      const at = flipped.length - 1 - (bit >> 3);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
      expect(await faultOf(keys, flipped)).toBe("changed");
    }
  });

  test("[keys.open.cut] cut at any byte it does not open", { timeout: 120_000 }, async () => {
    const { keys } = trial();
    for (let length = 0; length < sealed.length; length++) {
      expect(await faultOf(keys, sealed.slice(0, length))).toBe("changed");
    }
  });

  test("[keys.open.cut] with anything behind it, or twice in a row, it does not open", async () => {
    const { keys } = trial();
    for (const tail of [Uint8Array.of(0), Uint8Array.of(1, 2, 3), new Uint8Array(5000), sealed]) {
      expect(await faultOf(keys, Uint8Array.from([...sealed, ...tail]))).toBe("changed");
    }
  });

  test("[keys.open.cut] what was never an envelope does not open", async () => {
    const { keys } = trial();
    for (const junk of ["", "plain text", "\u0002\u0004x", "AgV4"]) {
      expect(await faultOf(keys, bytesOf(junk))).toBe("changed");
      await expect(keys.openText(junk, context)).rejects.toMatchObject({ code: "keys", reason: "changed" });
      await expect(keys.sealedBy(bytesOf(junk))).rejects.toMatchObject({ code: "keys", reason: "changed" });
    }
  });

  test("[keys.open.cut] base64 that was touched is refused, even where it decodes to the same", async () => {
    const { keys } = trial();
    const text = await keys.sealText(secret, context);
    for (const touched of [`${text}\n`, ` ${text}`, `${text}====`, text.replaceAll("+", "-").concat("!")]) {
      await expect(keys.openText(touched, context)).rejects.toMatchObject({ code: "keys", reason: "changed" });
    }
  });

  test.each(["uncommitted", "signed"] as const)(
    "[keys.open.downgraded] a message of the suite '%s' does not open",
    async (suite) => {
      const { keys, downgraded } = trial();
      expect(await faultOf(keys, await downgraded(suite, bytesOf(secret), context))).toBe("changed");
    },
  );

  test("[keys.open.opaque] no error holds plaintext, the record or the envelope", async () => {
    const { keys } = trial();
    const flipped = Uint8Array.from(sealed);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    const moved = { ...context, record: { ...context.record, userId: "usr_2" } };
    for (const [given, under] of [
      [flipped, context],
      [sealed, moved],
      [sealed.slice(0, 100), context],
    ] as const) {
      const error: unknown = await keys.open(given, under).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(KeysError);
      const said = `${String(error)} ${String((error as KeysError).cause)} ${JSON.stringify(error)}`;
      for (const hidden of [secret, "usr_1", "usr_2", Buffer.from(given).toString("base64").slice(0, 40)]) {
        expect(said).not.toContain(hidden);
      }
    }
  });
}
