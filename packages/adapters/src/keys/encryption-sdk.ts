import { randomBytes } from "node:crypto";
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  getLocalCryptographicMaterialsCache,
  type NodeAlgorithmSuite,
  NodeCachingMaterialsManager,
  NodeDecryptionMaterial,
  NodeDefaultCryptographicMaterialsManager,
  NodeEncryptionMaterial,
  unwrapDataKey,
} from "@aws-crypto/client-node";
import { frameBytes } from "./envelope-header.ts";
import type { DataKeyLimits, MasterKeys } from "./envelopes.ts";

type Manager = Pick<NodeDefaultCryptographicMaterialsManager, "getEncryptionMaterials" | "decryptMaterials">;

export interface EncryptionSdk {
  encrypt(plaintext: Buffer, context: Readonly<Record<string, string>>): Promise<Uint8Array>;
  decrypt(
    sealed: Uint8Array,
  ): Promise<{ readonly plaintext: Buffer; readonly context: Readonly<Record<string, string>> }>;
  renew(): void;
}

const suiteId = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY;

/**
 * The AWS Encryption SDK, committing to its keys, unsigned: who opens is who seals, so a signature would prove nothing
 * more, and cost a key pair for each data key.
 * @see https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/supported-algorithms.html
 */
export function encryptionSdk(master: MasterKeys, limits: DataKeyLimits): EncryptionSdk {
  const { encrypt, decrypt } = buildClient({
    commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
    maxEncryptedDataKeys: 1,
  });
  const newCache = () => getLocalCryptographicMaterialsCache<NodeAlgorithmSuite>(limits.capacity);
  const cached = (backing: Manager, cache: ReturnType<typeof newCache>): NodeCachingMaterialsManager =>
    new NodeCachingMaterialsManager({
      backingMaterials: backing,
      cache,
      partition: randomBytes(32).toString("base64"),
      maxAge: limits.maxAgeMs,
      maxMessagesEncrypted: limits.maxMessages,
      maxBytesEncrypted: limits.maxBytes,
    });
  // Kept over rotations: a cache has a timer that nothing ends.
  const sealingCache = newCache();
  const opening = cached(sharedRequests(master), newCache());
  let sealing: { readonly keyId: string; readonly manager: NodeCachingMaterialsManager } | undefined;
  const sealingUnder = (keyId: string): NodeCachingMaterialsManager => {
    if (sealing?.keyId !== keyId) sealing = { keyId, manager: cached(sharedRequests(master, keyId), sealingCache) };
    return sealing.manager;
  };
  return {
    async encrypt(plaintext, context) {
      const manager = sealingUnder(await master.current());
      return (
        await encrypt(manager, plaintext, { suiteId, encryptionContext: { ...context }, frameLength: frameBytes })
      ).result;
    },
    async decrypt(sealed) {
      const { plaintext, messageHeader } = await decrypt(opening, sealed, { maxBodySize: frameBytes });
      return { plaintext, context: messageHeader.encryptionContext };
    },
    renew() {
      sealing = undefined;
    },
  };
}

/**
 * Asks the master key once for however many ask for the same at once: the SDK's own cache lets all of them through until
 * the first has its answer.
 * @see https://github.com/aws/aws-encryption-sdk-javascript/issues/1665
 */
function sharedRequests(master: MasterKeys, sealingKeyId?: string): Manager {
  const wrapping = singleFlight<NodeEncryptionMaterial>();
  const unwrapping = singleFlight<NodeDecryptionMaterial>();
  return {
    async getEncryptionMaterials(request) {
      const keyId = sealingKeyId ?? (await master.current());
      const material = await wrapping(JSON.stringify(request.encryptionContext), () =>
        master.use(keyId, (keyring) =>
          new NodeDefaultCryptographicMaterialsManager(keyring).getEncryptionMaterials(request),
        ),
      );
      return copyForSealing(material);
    },
    async decryptMaterials(request) {
      const [wrapped] = request.encryptedDataKeys;
      if (wrapped === undefined) throw new TypeError("an envelope has one wrapped data key");
      const keyInfo = Buffer.from(wrapped.rawInfo ?? Buffer.from(wrapped.providerInfo));
      const keyId = master.idOf(keyInfo);
      const same = [keyInfo, Buffer.from(wrapped.encryptedDataKey), request.encryptionContext, request.suite.id];
      const material = await unwrapping(JSON.stringify(same), () =>
        master.use(keyId, (keyring) => new NodeDefaultCryptographicMaterialsManager(keyring).decryptMaterials(request)),
      );
      return copyForOpening(material);
    },
  };
}

function singleFlight<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const flights = new Map<string, Promise<T>>();
  return (key, work) => {
    const under = flights.get(key);
    if (under !== undefined) return under;
    const flight = work().finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };
}

/** The SDK wipes what it was given once it is done: everyone needs a copy. */
function copyForSealing(source: NodeEncryptionMaterial): NodeEncryptionMaterial {
  const [generated, ...wrapped] = source.keyringTrace;
  if (generated === undefined) throw new TypeError("a data key tells where it is from");
  const copy = new NodeEncryptionMaterial(source.suite, source.encryptionContext);
  copy.setUnencryptedDataKey(dataKeyOf(source), generated);
  for (const [i, key] of source.encryptedDataKeys.entries())
    copy.addEncryptedDataKey(key, (wrapped[i] ?? generated).flags);
  return copy;
}

function copyForOpening(source: NodeDecryptionMaterial): NodeDecryptionMaterial {
  const [unwrapped] = source.keyringTrace;
  if (unwrapped === undefined) throw new TypeError("a data key tells where it is from");
  return new NodeDecryptionMaterial(source.suite, source.encryptionContext).setUnencryptedDataKey(
    dataKeyOf(source),
    unwrapped,
  );
}

function dataKeyOf(material: NodeEncryptionMaterial | NodeDecryptionMaterial): Uint8Array {
  return new Uint8Array(unwrapDataKey(material.getUnencryptedDataKey()));
}
