import type { KeysUnderTest } from "@aloft/core/contract/keys";
import type { Keys } from "@aloft/core/ports/keys";
import { KmsKeyringNode } from "@aws-crypto/client-node";
import { type CreateKeyCommandInput, CreateKeyCommand, KMS } from "@aws-sdk/client-kms";
import { type KmsKeysOptions, kmsKeys } from "../kms.ts";
import { downgraded } from "./downgraded.ts";

export const region = "eu-central-1";

/** Emulators take any credentials, and the SDK wants some. */
export function useEmulatorCredentials(): void {
  process.env["AWS_ACCESS_KEY_ID"] = "test";
  process.env["AWS_SECRET_ACCESS_KEY"] = "test";
}

export function kmsClient(endpoint: string): KMS {
  return new KMS({ region, endpoint, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
}

export async function createKmsKey(endpoint: string, input: CreateKeyCommandInput = {}): Promise<string> {
  const client = kmsClient(endpoint);
  try {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ KeyUsage: "ENCRYPT_DECRYPT", ...input }));
    if (KeyMetadata?.Arn === undefined) throw new Error("the emulator made no key");
    return KeyMetadata.Arn;
  } finally {
    client.destroy();
  }
}

/** Keys of their own at an emulator of KMS. */
export async function openKmsKeys(endpoint: string, signs: boolean): Promise<KeysUnderTest> {
  const opened: Keys[] = [];
  const keyIds = [await createKmsKey(endpoint)];
  const signing = signs
    ? { signingKeyId: await createKmsKey(endpoint, { KeySpec: "ECC_NIST_EDWARDS25519", KeyUsage: "SIGN_VERIFY" }) }
    : {};
  const open = async (options: Pick<KmsKeysOptions, "keyId" | "previousKeyIds">): Promise<Keys> => {
    const keys = await kmsKeys({ region, endpoint, ...signing, ...options });
    opened.push(keys);
    return keys;
  };
  const current = () => ({ keyId: keyIds.at(-1) ?? "", previousKeyIds: keyIds.slice(0, -1) });
  return {
    keys: await open(current()),
    reopen: () => open(current()),
    stranger: async () => open({ keyId: await createKmsKey(endpoint) }),
    async renew() {
      keyIds.push(await createKmsKey(endpoint));
      return open(current());
    },
    async downgraded(suite, plaintext, context) {
      const client = kmsClient(endpoint);
      const keyring = new KmsKeyringNode({ generatorKeyId: current().keyId, clientProvider: () => client as never });
      return downgraded(keyring, suite, plaintext, context).finally(() => client.destroy());
    },
    async [Symbol.asyncDispose]() {
      for (const keys of opened) await keys.close();
    },
  };
}
