import { createPrivateKey, createPublicKey, sign as signBytes } from "node:crypto";
import { InvalidError, KeysError, UnavailableError } from "@aloft/core/errors";
import type { Keys, KeysStatus, RotateOptions, Rotation } from "@aloft/core/ports/keys";
import { createEnvelopes, type DataKeyLimits, defaultDataKeyLimits, type MasterKeys, providers } from "./envelopes.ts";
import { openKeyFile, type KeyFile } from "./key-file.ts";
import {
  currentSealingKey,
  currentSigningKey,
  isPublished,
  type KeyFileContent,
  type SealingKey,
  type SigningKey,
  withNewSealingKey,
  withNewSigningKey,
} from "./key-file-content.ts";
import { defaultSigningPeriods, publicSigningKey, type SigningPeriods, signToken } from "./tokens.ts";

export interface FileKeysOptions {
  /** The key file. Made if it is not there, in a folder that is. */
  readonly path: string;
  readonly now?: () => Date;
  readonly dataKeys?: Partial<DataKeyLimits>;
  readonly signing?: Partial<SigningPeriods>;
  /** Told what somebody should know, though the keys work. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Keys in a file that its owner alone may read. Whoever loses the file loses what it sealed: keep a copy of it.
 * @throws {KeysError} the file is damaged or cannot be read. @throws {StorageFullError} it cannot be made.
 */
export async function fileKeys(options: FileKeysOptions): Promise<Keys> {
  const { path, now = () => new Date(), onNotice = () => {} } = options;
  const periods = { ...defaultSigningPeriods, ...options.signing };
  const file = await openKeyFile(path, now, onNotice);
  let closed = false;
  const whileOpen = (): KeyFile => {
    if (closed) throw new UnavailableError("The keys are closed.");
    return file;
  };
  const envelopes = createEnvelopes(masterKeys(whileOpen, path), { ...defaultDataKeyLimits, ...options.dataKeys });
  const close = async (): Promise<void> => {
    closed = true;
    envelopes.close();
  };
  return {
    engine: "file",
    ...envelopes,
    async sealedBy(sealed) {
      const keyId = envelopes.keyIdOf(sealed);
      return { keyId, version: (await find(whileOpen(), keyId))?.version };
    },
    needsResealing: async (sealed) => envelopes.keyIdOf(sealed) !== currentSealingKey(await whileOpen().recent()).id,
    async sign(claims, { type = "JWT" } = {}) {
      const at = now();
      const key = currentSigningKey(await whileOpen().recent(), at);
      const header = { kid: key.kid, type, now: at, maxTokenMs: periods.maxTokenMs };
      return signToken(claims, header, async (bytes) => signBytes(null, bytes, privateKeyOf(key)));
    },
    async jwks() {
      const { signing } = await whileOpen().read();
      return { keys: signing.filter((key) => isPublished(key, now())).map(published) };
    },
    rotate: async (asked) => rotate(whileOpen(), asked, now(), periods),
    status: async () => statusOf(await whileOpen().read(), path, now()),
    check: async () => void (await whileOpen().read()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function masterKeys(file: () => KeyFile, path: string): MasterKeys {
  const permitted = async (keyId: string): Promise<SealingKey> => {
    const key = await find(file(), keyId);
    if (key === undefined) {
      const message = `The value was sealed by key ${keyId}, which is not in ${path}. Restore the file that has it.`;
      throw new KeysError("key_unavailable", message);
    }
    const { minimumVersion } = await file().recent();
    if (key.version >= minimumVersion) return key;
    const message =
      `The value was sealed by version ${key.version} of the key, and ${path} refuses what is older than version ` +
      `${minimumVersion}. If it is to be opened all the same, lower minimumVersion there and run: aloft keys reseal`;
    throw new KeysError("key_unavailable", message);
  };
  return {
    provider: providers.file,
    idOf: (keyInfo) => keyInfo.subarray(0, keyInfo.length - wrappingParametersBytes).toString("latin1"),
    current: async () => currentSealingKey(await file().recent()).id,
    permit: async (keyId) => void (await permitted(keyId)),
    async use(keyId, work) {
      const { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } = await import("@aws-crypto/client-node");
      const { key } = await permitted(keyId);
      return work(
        new RawAesKeyringNode({
          keyNamespace: providers.file,
          keyName: keyId,
          unencryptedMasterKey: new Uint8Array(Buffer.from(key, "base64")),
          wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
        }),
      );
    },
  };
}

/** Tag length, nonce length and nonce, which the SDK writes behind the key's name. */
const wrappingParametersBytes = 4 + 4 + 12;

/** A key that is not known may be one that another process has just made. */
async function find(file: KeyFile, keyId: string): Promise<SealingKey | undefined> {
  const named = ({ sealing }: KeyFileContent) => sealing.find(({ id }) => id === keyId);
  return named(await file.recent()) ?? named(await file.read());
}

async function rotate(file: KeyFile, asked: RotateOptions, now: Date, periods: SigningPeriods): Promise<Rotation> {
  if (asked.what === "signing") {
    const { signing } = await file.change((content) => withNewSigningKey(content, now, periods));
    const [previous, next] = signing.slice(-2);
    if (next === undefined) throw new TypeError("a rotation leaves the key before and the new one");
    const from = new Date(next.signsFrom);
    return { what: "signing", keyId: next.kid, previousKeyId: previous?.kid, from, resealing: false };
  }
  const { minimumVersion } = asked;
  const { sealing } = await file.change((content) => {
    const { version } = currentSealingKey(content);
    if (minimumVersion !== undefined && !(minimumVersion >= 1 && minimumVersion <= version + 1)) {
      throw new InvalidError(`The minimum version must be from 1 to ${version + 1}, the version that this makes.`);
    }
    return withNewSealingKey(content, now, minimumVersion);
  });
  const [previous, next] = sealing.slice(-2);
  if (next === undefined) throw new TypeError("a rotation leaves the key before and the new one");
  return { what: "sealing", keyId: next.id, previousKeyId: previous?.id, from: now, resealing: true };
}

function privateKeyOf({ d, x }: SigningKey) {
  return createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", d, x }, format: "jwk" });
}

function published({ x }: SigningKey) {
  return publicSigningKey(createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }));
}

function statusOf(content: KeyFileContent, path: string, now: Date): KeysStatus {
  const { minimumVersion } = content;
  const current = currentSealingKey(content);
  const signing = currentSigningKey(content, now);
  return {
    engine: "file",
    where: path,
    minimumVersion,
    sealing: content.sealing.map((key) => ({
      keyId: key.id,
      version: key.version,
      state: key === current ? "current" : key.version < minimumVersion ? "refused" : "previous",
      createdAt: new Date(key.createdAt),
    })),
    signing: content.signing
      .filter((key) => isPublished(key, now))
      .map((key) => ({
        keyId: key.kid,
        state: key === signing ? "current" : Date.parse(key.signsFrom) > now.getTime() ? "next" : "previous",
        signsFrom: new Date(key.signsFrom),
        publishedUntil: key.publishedUntil === undefined ? undefined : new Date(key.publishedUntil),
      })),
  };
}
