import { createPublicKey } from "node:crypto";
import { KeysError } from "@aloft/core/errors";
import type { PublicSigningKey } from "@aloft/core/ports/keys";
import { DescribeKeyCommand, GetPublicKeyCommand, type KeyMetadata, type KMSClient } from "@aws-sdk/client-kms";
import { type KmsCall, translateKmsError } from "./kms-errors.ts";
import { publicSigningKey } from "./tokens.ts";

/** What KMS says of keys, asked for now and then. */
export interface KmsKeyring {
  readonly region: string;
  /** A key's ARN; asked for unless the id is one. */
  arnOf(keyId: string): Promise<string>;
  describe(keyId: string): Promise<KeyMetadata>;
  /** The public half of a signing key, with the ARN to sign by. */
  publicKeyOf(keyId: string): Promise<{ readonly arn: string; readonly key: PublicSigningKey }>;
  call<T>(call: Omit<KmsCall, "region">, work: () => Promise<T>): Promise<T>;
}

const knownMs = 60 * 60_000;
/** What failed is not asked again at once by everyone who needs it. */
const failedMs = 5_000;

export function kmsKeyring(client: KMSClient, region: string): KmsKeyring {
  const call: KmsKeyring["call"] = async (asked, work) => {
    try {
      return await work();
    } catch (error) {
      throw translateKmsError(error, { ...asked, region });
    }
  };
  const describe = (keyId: string): Promise<KeyMetadata> =>
    call({ action: "DescribeKey", keyId }, async () => {
      const { KeyMetadata: found } = await client.send(new DescribeKeyCommand({ KeyId: keyId }));
      if (found === undefined) throw new TypeError("KMS describes a key that it knows");
      return found;
    });
  const arns = remembered(async (keyId) => (await describe(keyId)).Arn ?? "");
  const publicKeys = remembered((keyId) =>
    call({ action: "GetPublicKey", keyId }, async () => {
      const { PublicKey, KeyId = keyId } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }));
      const der = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" });
      if (der.asymmetricKeyType === "ed25519") return { arn: KeyId, key: publicSigningKey(der) };
      const message = `The KMS key ${keyId} in ${region} is no Ed25519 key. KMS_SIGNING_KEY_ID needs one of ECC_NIST_EDWARDS25519.`;
      throw new KeysError("key_unavailable", message);
    }),
  );
  return {
    region,
    arnOf: async (keyId) => (/^arn:[^:]+:kms:[^:]*:[^:]*:key\//.test(keyId) ? keyId : arns(keyId)),
    describe,
    publicKeyOf: publicKeys,
    call,
  };
}

/** What was found is kept for an hour, and beyond it while it cannot be had again. */
function remembered<T>(find: (keyId: string) => Promise<T>): (keyId: string) => Promise<T> {
  const asked = new Map<string, { value: Promise<T>; until: number }>();
  const ask = async (keyId: string, before: Promise<T> | undefined): Promise<T> => {
    try {
      return await find(keyId);
    } catch (error) {
      const known = asked.get(keyId);
      if (known !== undefined) known.until = performance.now() + failedMs;
      try {
        if (before !== undefined) return await before;
      } catch {
        // It could not be had before either: what is wrong now is what counts.
      }
      throw error;
    }
  };
  return (keyId) => {
    const last = asked.get(keyId);
    if (last !== undefined && performance.now() < last.until) return last.value;
    const value = ask(keyId, last?.value);
    asked.set(keyId, { value, until: performance.now() + knownMs });
    return value;
  };
}
