import { AloftError, KeysError, TooLargeError, UnavailableError } from "@aloft/core/errors";
import type { SealContext } from "@aloft/core/ports/keys";
import type { KeyringNode } from "@aws-crypto/client-node";
import { bindingOf, checkContext, elsewhere, sharedContext, unbind } from "./binding.ts";
import { bytesOf, noEnvelope, readHeader } from "./envelope-header.ts";
import type { EncryptionSdk } from "./encryption-sdk.ts";

/** How long and how often a data key is used. */
export interface DataKeyLimits {
  /** Default 5 minutes. */
  readonly maxAgeMs: number;
  /** Values sealed under one data key. Default 10,000. */
  readonly maxMessages: number;
  /** Bytes sealed under one data key. Default 256 MiB. */
  readonly maxBytes: number;
  /** Data keys held at once, for each direction. Default 1,000. */
  readonly capacity: number;
}

export const defaultDataKeyLimits: DataKeyLimits = {
  maxAgeMs: 5 * 60_000,
  maxMessages: 10_000,
  maxBytes: 256 * 1024 * 1024,
  capacity: 1_000,
};

/** The keys that wrap data keys. */
export interface MasterKeys {
  /** What the SDK writes before the key's name. */
  readonly provider: string;
  /** The key's id, of what an envelope says of it. */
  readonly idOf: (keyInfo: Buffer) => string;
  readonly current: () => Promise<string>;
  /** @throws {KeysError} `key_unavailable`: it is not known, or no longer to be used. */
  readonly permit: (keyId: string) => Promise<void>;
  /** Works with one key. @throws {AloftError} what the key's keeper said, translated. */
  readonly use: <T>(keyId: string, work: (keyring: KeyringNode) => Promise<T>) => Promise<T>;
}

export interface Envelopes {
  seal(plaintext: Uint8Array, context: SealContext): Promise<Uint8Array>;
  open(sealed: Uint8Array, context: SealContext): Promise<Uint8Array>;
  sealText(text: string, context: SealContext): Promise<string>;
  openText(sealed: string, context: SealContext): Promise<string>;
  /** The id of the master key that sealed it. */
  keyIdOf(sealed: Uint8Array | string): string;
  /** From now on other data keys are used. */
  renew(): void;
  close(): void;
}

const maxPlaintextBytes = 1024 * 1024;

/** Seals and opens under the given master keys. The AWS Encryption SDK is loaded when something is first sealed. */
export function createEnvelopes(master: MasterKeys, limits: DataKeyLimits): Envelopes {
  let sdk: Promise<EncryptionSdk> | undefined;
  let closed = false;
  const loaded = (): Promise<EncryptionSdk> => {
    if (closed) throw new UnavailableError("The keys are closed.");
    sdk ??= import("./encryption-sdk.ts").then(({ encryptionSdk }) => encryptionSdk(master, limits));
    return sdk;
  };

  const seal = async (plaintext: Uint8Array, context: SealContext): Promise<Uint8Array> => {
    checkContext(context);
    if (plaintext.byteLength > maxPlaintextBytes) throw new TooLargeError("At most 1 MiB can be sealed at once.");
    const loadedSdk = await loaded();
    return loadedSdk.encrypt(Buffer.concat([bindingOf(context), plaintext]), sharedContext(context));
  };

  const open = async (sealed: Uint8Array, context: SealContext): Promise<Uint8Array> => {
    const shared = sharedContext(context);
    const keyId = keyIdOf(sealed, shared);
    const loadedSdk = await loaded();
    await master.permit(keyId);
    const { plaintext, context: proven } = await loadedSdk.decrypt(sealed).catch((error: unknown) => {
      throw error instanceof AloftError ? error : noEnvelope();
    });
    if (!isSame(new Map(Object.entries(proven)), shared)) throw elsewhere();
    return unbind(plaintext, context);
  };

  const keyIdOf = (sealed: Uint8Array, expected?: Readonly<Record<string, string>>): string => {
    const header = readHeader(sealed);
    if (expected !== undefined && !isSame(header.context, expected)) throw elsewhere();
    if (header.provider !== master.provider) throw otherProvider(header.provider);
    return master.idOf(header.keyInfo);
  };

  return {
    seal,
    open,
    sealText: async (text, context) => Buffer.from(await seal(Buffer.from(text, "utf8"), context)).toString("base64"),
    openText: async (sealed, context) => Buffer.from(await open(bytesOf(sealed), context)).toString("utf8"),
    keyIdOf: (sealed) => keyIdOf(bytesOf(sealed)),
    renew: () => void sdk?.then((loadedSdk) => loadedSdk.renew()),
    close() {
      closed = true;
      sdk = undefined;
    },
  };
}

function isSame(found: ReadonlyMap<string, string>, expected: Readonly<Record<string, string>>): boolean {
  const pairs = Object.entries(expected);
  return found.size === pairs.length && pairs.every(([name, value]) => found.get(name) === value);
}

/** Who wraps data keys, as envelopes name them. */
export const providers = { kms: "aws-kms", file: "aloft-file" } as const;

function otherProvider(found: string): KeysError {
  if (found !== providers.kms && found !== providers.file) return noEnvelope();
  const where = found === providers.kms ? "KMS (KEYS_TYPE=kms)" : "a key file (KEYS_TYPE=file)";
  const message = `The value was sealed under ${where}, which is not what is configured. Configure that to open it.`;
  return new KeysError("key_unavailable", message);
}
