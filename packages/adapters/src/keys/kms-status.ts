import { KeysError } from "@aloft/core/errors";
import type { KeysStatus, MasterKeyStatus, SigningKeyStatus } from "@aloft/core/ports/keys";
import type { KeyMetadata } from "@aws-sdk/client-kms";
import { translateKmsError } from "./kms-errors.ts";
import type { KmsKeyring } from "./kms-key.ts";
import type { KmsKeyNames } from "./kms.ts";

/** @throws {KeysError} a key that is needed now cannot be used, with what to do about it. */
export async function checkKmsKeys(kms: KmsKeyring, { keyId, signingKeyId }: KmsKeyNames): Promise<void> {
  checkUsable(await kms.describe(keyId), keyId, kms.region, "ENCRYPT_DECRYPT");
  if (signingKeyId === undefined) return;
  checkUsable(await kms.describe(signingKeyId), signingKeyId, kms.region, "SIGN_VERIFY");
}

function checkUsable(
  { KeyState, KeyUsage }: KeyMetadata,
  keyId: string,
  region: string,
  usage: NonNullable<KeyMetadata["KeyUsage"]>,
): void {
  const action = usage === "SIGN_VERIFY" ? "Sign" : "GenerateDataKey";
  const refused = (name: string): Error =>
    translateKmsError(Object.assign(new Error(`The key is ${KeyState}.`), { name }), { action, keyId, region });
  if (KeyUsage !== usage) throw refused("InvalidKeyUsageException");
  if (KeyState === "Disabled") throw refused("DisabledException");
  if (KeyState !== "Enabled") throw refused("KMSInvalidStateException");
}

export async function kmsStatus(kms: KmsKeyring, names: KmsKeyNames): Promise<KeysStatus> {
  const { keyId, previousKeyIds, signingKeyId, publishedSigningKeyIds } = names;
  const sealing = [...previousKeyIds, keyId].map(async (id, i): Promise<MasterKeyStatus> => {
    const isCurrent = i === previousKeyIds.length;
    const found = await kms.describe(id).catch((error: unknown) => {
      if (isCurrent || !(error instanceof KeysError)) throw error;
      return undefined;
    });
    const state = isCurrent ? "current" : found?.KeyState === "Enabled" ? "previous" : "refused";
    return { keyId: found?.Arn ?? id, version: i + 1, state, createdAt: found?.CreationDate };
  });
  const signing = [...publishedSigningKeyIds, ...(signingKeyId === undefined ? [] : [signingKeyId])].map(
    async (id): Promise<SigningKeyStatus> => {
      const { key } = await kms.publicKeyOf(id);
      const state = id === signingKeyId ? "current" : "published";
      return { keyId: key.kid, state, signsFrom: undefined, publishedUntil: undefined };
    },
  );
  return {
    engine: "kms",
    where: kms.region,
    minimumVersion: 1,
    sealing: await Promise.all(sealing),
    signing: await Promise.all(signing),
  };
}
