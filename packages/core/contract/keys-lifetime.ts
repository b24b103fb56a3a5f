import { expect, test } from "vitest";
import { UnavailableError } from "../src/errors.ts";
import type { Keys } from "../src/ports/keys.ts";
import { bytesOf, context } from "./keys-helpers.ts";
import type { KeysUnderTest } from "./keys.ts";

export function lifetimePromises(open: () => Promise<KeysUnderTest>): void {
  test("[keys.check] keys that work say so", async () => {
    await using own = await open();
    await own.keys.check();
    const { engine, sealing } = await own.keys.status();
    expect(engine).toBe(own.keys.engine);
    expect(sealing.filter(({ state }) => state === "current")).toHaveLength(1);
  });

  test("[keys.closed] closing twice is no error, and what comes after is unavailable", async () => {
    await using own = await open();
    const { keys } = own;
    const sealed = await keys.seal(bytesOf("x"), context);
    await keys.close();
    await keys.close();
    const calls: ((keys: Keys) => Promise<unknown>)[] = [
      (closed) => closed.seal(bytesOf("x"), context),
      (closed) => closed.open(sealed, context),
      (closed) => closed.sealedBy(sealed),
      (closed) => closed.needsResealing(sealed),
      (closed) => closed.sign({ exp: Math.floor(Date.now() / 1000) + 60 }),
      (closed) => closed.jwks(),
      (closed) => closed.rotate({ what: "sealing" }),
      (closed) => closed.status(),
      (closed) => closed.check(),
    ];
    for (const call of calls) await expect(call(keys)).rejects.toBeInstanceOf(UnavailableError);
    await using again = await own.reopen();
    expect(await again.open(sealed, context)).toHaveLength(1);
  });
}
