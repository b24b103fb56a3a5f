import type { SealContext } from "@aloft/core/ports/keys";
import { AlgorithmSuiteIdentifier, buildEncrypt, CommitmentPolicy, type KeyringNode } from "@aws-crypto/client-node";
import { bindingOf, sharedContext } from "../binding.ts";

const suites = {
  uncommitted: {
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA256,
    policy: CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
  },
  signed: {
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
    policy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  },
} as const;

/** What would open, were it not for its suite. */
export async function downgraded(
  keyring: KeyringNode,
  suite: keyof typeof suites,
  plaintext: Uint8Array,
  context: SealContext,
): Promise<Uint8Array> {
  const { suiteId, policy } = suites[suite];
  const { encrypt } = buildEncrypt(policy);
  const bound = Buffer.concat([bindingOf(context), plaintext]);
  return (await encrypt(keyring, bound, { suiteId, encryptionContext: sharedContext(context) })).result;
}
