import { afterAll, beforeAll, describe } from "vitest";
import type { Keys, SealContext } from "../src/ports/keys.ts";
import { lifetimePromises } from "./keys-lifetime.ts";
import { openingPromises } from "./keys-opening.ts";
import { rotationPromises } from "./keys-rotation.ts";
import { sealingPromises } from "./keys-sealing.ts";
import { signingPromises } from "./keys-signing.ts";

/** Keys to try, with what only their adapter can do to them. */
export interface KeysUnderTest extends AsyncDisposable {
  readonly keys: Keys;
  /** The same keys once more, as another process has them. Closed by whoever asks. */
  readonly reopen: () => Promise<Keys>;
  /** Keys of the same kind that are somebody else's. Closed by whoever asks. */
  readonly stranger: () => Promise<Keys>;
  /** A new master key seals from now on, and the one before still opens. Gives keys that know. */
  readonly renew: () => Promise<Keys>;
  /** A message of the same master key and format by a suite that is not to be accepted. */
  readonly downgraded: (
    suite: "uncommitted" | "signed",
    plaintext: Uint8Array,
    context: SealContext,
  ) => Promise<Uint8Array>;
}

export interface KeysContractOptions {
  /** False where what the adapter talks to knows no Ed25519 keys; said by a test of its own. Default true. */
  readonly signs?: boolean;
}

/**
 * Every promise of the keys port, tried on one adapter.
 * @param open fresh keys on every call.
 */
export function keysContract(
  engine: string,
  open: () => Promise<KeysUnderTest>,
  { signs = true }: KeysContractOptions = {},
): void {
  describe(`keys contract: ${engine}`, () => {
    let opened: KeysUnderTest;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened[Symbol.asyncDispose]());
    const trial = () => opened;
    describe("sealing", () => sealingPromises(trial));
    describe("opening", () => openingPromises(trial));
    describe("rotation", () => rotationPromises(open));
    if (signs) describe("signing", () => signingPromises(trial));
    describe("lifetime", () => lifetimePromises(open));
  });
}
