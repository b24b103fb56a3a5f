import { InvalidError, KeysError, UnavailableError } from "@aloft/core/errors";
import type { Keys, PublicSigningKey, RotateOptions, Rotation } from "@aloft/core/ports/keys";
import { KMSClient, RotateKeyOnDemandCommand, SignCommand } from "@aws-sdk/client-kms";
import { createEnvelopes, type DataKeyLimits, defaultDataKeyLimits } from "./envelopes.ts";
import { checkRegion, checkSignedBytes } from "./kms-errors.ts";
import { type KmsKeyring, kmsKeyring } from "./kms-key.ts";
import { kmsMasterKeys, versionsOf } from "./kms-master-keys.ts";
import { checkKmsKeys, kmsStatus } from "./kms-status.ts";
import { defaultSigningPeriods, type SigningPeriods, signToken } from "./tokens.ts";

export interface KmsKeyNames {
  readonly keyId: string;
  readonly previousKeyIds: readonly string[];
  readonly signingKeyId: string | undefined;
  readonly publishedSigningKeyIds: readonly string[];
}

export interface KmsKeysOptions extends Partial<Omit<KmsKeyNames, "keyId">> {
  readonly region?: string;
  readonly endpoint?: string;
  /** What seals: a symmetric key, by ARN, id or alias. */
  readonly keyId: string;
  readonly now?: () => Date;
  readonly dataKeys?: Partial<DataKeyLimits>;
  readonly signing?: Partial<SigningPeriods>;
  /** Told what somebody should know, though the keys work. */
  readonly onNotice?: (notice: string) => void;
}

const connectionTimeoutMs = 2_000;
const requestTimeoutMs = 4_000;
/** The probe asks KMS no more often. */
const checkEveryMs = 30_000;

/**
 * Keys that never leave KMS. What seals and what signs are different keys of it.
 * @throws {KeysError} a key's ARN names another region.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html
 */
export async function kmsKeys(options: KmsKeysOptions): Promise<Keys> {
  const client = new KMSClient({
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  });
  const region = await regionOf(client);
  const { keyId, previousKeyIds = [], signingKeyId, publishedSigningKeyIds = [] } = options;
  const names: KmsKeyNames = { keyId, previousKeyIds, signingKeyId, publishedSigningKeyIds };
  for (const id of [keyId, ...previousKeyIds, signingKeyId ?? "", ...publishedSigningKeyIds]) checkRegion(id, region);
  return composeKeys(client, kmsKeyring(client, region), names, options);
}

function composeKeys(client: KMSClient, kms: KmsKeyring, names: KmsKeyNames, options: KmsKeysOptions): Keys {
  const { now = () => new Date(), onNotice = () => {} } = options;
  const { maxTokenMs } = { ...defaultSigningPeriods, ...options.signing };
  const limits = { ...defaultDataKeyLimits, ...options.dataKeys };
  const master = kmsMasterKeys(client, kms, names);
  const envelopes = createEnvelopes(master, limits);
  let closed = false;
  let checked: { readonly result: Promise<void>; readonly atMs: number } | undefined;
  const whileOpen = (): KmsKeyring => {
    if (closed) throw new UnavailableError("The keys are closed.");
    return kms;
  };
  const close = async (): Promise<void> => {
    closed = true;
    envelopes.close();
    client.destroy();
  };
  return {
    engine: "kms",
    ...envelopes,
    async sealedBy(sealed) {
      const arn = envelopes.keyIdOf(sealed);
      return { keyId: arn, version: (await versionsOf(whileOpen(), names)).get(arn) };
    },
    needsResealing: async (sealed) => envelopes.keyIdOf(sealed) !== (await whileOpen().arnOf(names.keyId)),
    async sign(claims, { type = "JWT" } = {}) {
      const { arn, key } = await whileOpen().publicKeyOf(signingKeyIdOf(names));
      const header = { kid: key.kid, type, now: now(), maxTokenMs };
      return signToken(claims, header, (bytes) => signByKms(client, kms, arn, bytes));
    },
    jwks: async () => ({ keys: await publishedKeys(whileOpen(), names, onNotice) }),
    async rotate(asked) {
      const rotation = await rotate(client, whileOpen(), names, asked, now());
      envelopes.renew();
      return rotation;
    },
    status: async () => kmsStatus(whileOpen(), names),
    async check() {
      const keyring = whileOpen();
      if (checked === undefined || performance.now() - checked.atMs > checkEveryMs) {
        checked = { result: checkKmsKeys(keyring, names), atMs: performance.now() };
      }
      return checked.result;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function regionOf(client: KMSClient): Promise<string> {
  try {
    return await client.config.region();
  } catch (cause) {
    throw new KeysError("key_unavailable", "KMS needs a region: set KMS_REGION or AWS_REGION.", { cause });
  }
}

function signingKeyIdOf({ signingKeyId }: KmsKeyNames): string {
  if (signingKeyId !== undefined) return signingKeyId;
  const message =
    "Nothing can be signed: no signing key is configured. Make one, and set KMS_SIGNING_KEY_ID to it: " +
    "aws kms create-key --key-spec ECC_NIST_EDWARDS25519 --key-usage SIGN_VERIFY";
  throw new KeysError("key_unavailable", message);
}

/** `RAW`: KMS hashes as Ed25519 asks, and signs what RFC 8037 verifies. */
async function signByKms(client: KMSClient, kms: KmsKeyring, arn: string, bytes: Buffer): Promise<Uint8Array> {
  checkSignedBytes(bytes);
  return kms.call({ action: "Sign", keyId: arn }, async () => {
    const { Signature } = await client.send(
      new SignCommand({ KeyId: arn, Message: bytes, MessageType: "RAW", SigningAlgorithm: "ED25519_SHA_512" }),
    );
    if (Signature === undefined) throw new TypeError("KMS signs or says why it does not");
    return Signature;
  });
}

/** The signing key, and those beside it: one of those that cannot be had must not hide the others. */
async function publishedKeys(
  kms: KmsKeyring,
  { signingKeyId, publishedSigningKeyIds }: KmsKeyNames,
  onNotice: (notice: string) => void,
): Promise<PublicSigningKey[]> {
  const signing = signingKeyId === undefined ? [] : [(await kms.publicKeyOf(signingKeyId)).key];
  const beside = await Promise.all(
    publishedSigningKeyIds.map(async (keyId) => {
      try {
        return [(await kms.publicKeyOf(keyId)).key];
      } catch (error) {
        onNotice(`A signing key is not published. ${error instanceof Error ? error.message : ""}`);
        return [];
      }
    }),
  );
  const byName = new Map([...signing, ...beside.flat()].map((key) => [key.kid, key]));
  return [...byName.values()];
}

async function rotate(
  client: KMSClient,
  kms: KmsKeyring,
  { keyId }: KmsKeyNames,
  asked: RotateOptions,
  now: Date,
): Promise<Rotation> {
  if (asked.what === "signing") {
    throw new InvalidError(
      "KMS does not rotate signing keys. Make a new one (aws kms create-key --key-spec ECC_NIST_EDWARDS25519 --key-usage " +
        "SIGN_VERIFY), publish it beside the one that signs, after an hour let it sign and publish the old one beside it, " +
        "and drop that after a day.",
    );
  }
  if (asked.minimumVersion !== undefined) {
    throw new InvalidError("On KMS, leave a key out of KMS_PREVIOUS_KEY_IDS to refuse what it sealed.");
  }
  const arn = await kms.arnOf(keyId);
  await kms.call({ action: "RotateKeyOnDemand", keyId: arn }, () =>
    client.send(new RotateKeyOnDemandCommand({ KeyId: arn })),
  );
  return { what: "sealing", keyId: arn, previousKeyId: arn, from: now, resealing: false };
}
