import { KeysError } from "@aloft/core/errors";
import {
  DecryptCommand,
  type DecryptCommandInput,
  EncryptCommand,
  type EncryptCommandInput,
  GenerateDataKeyCommand,
  type GenerateDataKeyCommandInput,
  type KMSClient,
} from "@aws-sdk/client-kms";
import { type MasterKeys, providers } from "./envelopes.ts";
import type { KmsKeyring } from "./kms-key.ts";
import type { KmsKeyNames } from "./kms.ts";

/** Data keys wrapped by keys of KMS. */
export function kmsMasterKeys(client: KMSClient, kms: KmsKeyring, names: KmsKeyNames): MasterKeys {
  return {
    provider: providers.kms,
    idOf: (keyInfo) => keyInfo.toString("utf8"),
    current: () => kms.arnOf(names.keyId),
    async permit(arn) {
      if (arn === (await kms.arnOf(names.keyId)) || (await versionsOf(kms, names)).has(arn)) return;
      const message =
        `The value was sealed by the KMS key ${arn}, which is neither KMS_KEY_ID nor in KMS_PREVIOUS_KEY_IDS in ${kms.region}. ` +
        "Add it there to open what it sealed.";
      throw new KeysError("key_unavailable", message);
    },
    async use(arn, work) {
      const { KmsKeyringNode } = await import("@aws-crypto/client-node");
      const heard = listening(client, kms, arn);
      const keyring = new KmsKeyringNode({ generatorKeyId: arn, clientProvider: () => heard.client as never });
      try {
        return await work(keyring);
      } catch (error) {
        throw heard.failure() ?? error;
      }
    },
  };
}

/** The client as the SDK calls it. It turns what KMS says into text; what KMS said is kept. */
function listening(client: KMSClient, kms: KmsKeyring, keyId: string) {
  let failure: unknown;
  const hear = async <T>(action: "GenerateDataKey" | "Decrypt", work: () => Promise<T>): Promise<T> => {
    try {
      return await kms.call({ action, keyId }, work);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  return {
    failure: () => failure,
    client: {
      generateDataKey: (input: GenerateDataKeyCommandInput) =>
        hear("GenerateDataKey", () => client.send(new GenerateDataKeyCommand(input))),
      decrypt: (input: DecryptCommandInput) => hear("Decrypt", () => client.send(new DecryptCommand(input))),
      encrypt: (input: EncryptCommandInput) => client.send(new EncryptCommand(input)),
    },
  };
}

/** The version of each key that opens, the oldest being 1. A previous one that KMS does not tell of opens nothing. */
export async function versionsOf(
  kms: KmsKeyring,
  { keyId, previousKeyIds }: KmsKeyNames,
): Promise<ReadonlyMap<string, number>> {
  const current = await kms.arnOf(keyId);
  const previous = await Promise.all(
    previousKeyIds.map((id) =>
      kms.arnOf(id).catch((error: unknown) => {
        if (error instanceof KeysError) return undefined;
        throw error;
      }),
    ),
  );
  const versions = new Map<string, number>();
  for (const [i, arn] of previous.entries()) if (arn !== undefined) versions.set(arn, i + 1);
  return versions.set(current, previousKeyIds.length + 1);
}
