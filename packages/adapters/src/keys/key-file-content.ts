import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { publicSigningKey, type SigningPeriods } from "./tokens.ts";

const formatVersion = 1;
const keyBytes = 32;

export interface SealingKey {
  /** 1 is the first. */
  readonly version: number;
  /** Names the key in every envelope: of one length, so that no name begins another. */
  readonly id: string;
  readonly key: string;
  readonly createdAt: string;
}

export interface SigningKey {
  readonly kid: string;
  /** The private key. */
  readonly d: string;
  readonly x: string;
  readonly createdAt: string;
  readonly signsFrom: string;
  /** When the next one signs. */
  readonly signsUntil?: string;
  readonly publishedUntil?: string;
}

/** What a key file holds, the newest keys last. */
export interface KeyFileContent {
  readonly about: string;
  readonly format: typeof formatVersion;
  /** What older versions sealed is refused. */
  readonly minimumVersion: number;
  readonly sealing: readonly SealingKey[];
  readonly signing: readonly SigningKey[];
}

const about =
  "The keys of Aloft: what they sealed cannot be opened without them. Keep a copy where this data is not, and show it to nobody.";

/** What a new file holds. */
export function firstKeys(now: Date): KeyFileContent {
  return {
    about,
    format: formatVersion,
    minimumVersion: 1,
    sealing: [newSealingKey(1, now)],
    signing: [newSigningKey(now, now)],
  };
}

/** `newer`: written by a later version of Aloft. Undefined: damaged. */
export function parseKeyFile(text: string): KeyFileContent | "newer" | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (isKeyFile(value)) return value;
  const { format } = Object(value) as { format?: unknown };
  return typeof format === "number" && format > formatVersion ? "newer" : undefined;
}

function isKeyFile(value: unknown): value is KeyFileContent {
  const { format, minimumVersion, sealing, signing } = Object(value) as Partial<Record<string, unknown>>;
  if (format !== formatVersion || !Array.isArray(sealing) || !Array.isArray(signing)) return false;
  if (sealing.length === 0 || signing.length === 0) return false;
  if (!sealing.every(isSealingKey) || !signing.every(isSigningKey)) return false;
  const first = sealing[0]?.version ?? 1;
  const inOrder = sealing.every(({ version }, i) => version === first + i);
  const last = first + sealing.length - 1;
  return inOrder && Number.isInteger(minimumVersion) && Number(minimumVersion) >= 1 && Number(minimumVersion) <= last;
}

function isSealingKey(value: unknown): value is SealingKey {
  const { version, id, key, createdAt } = Object(value) as Partial<Record<string, unknown>>;
  return (
    Number.isInteger(version) &&
    /^k[0-9a-f]{24}$/.test(String(id)) &&
    typeof key === "string" &&
    Buffer.from(key, "base64").length === keyBytes &&
    isTime(createdAt)
  );
}

/** Whether it is a key pair under the name of its thumbprint. */
function isSigningKey(value: unknown): value is SigningKey {
  const { kid, d, x, createdAt, signsFrom, signsUntil, publishedUntil } = Object(value) as Partial<
    Record<string, unknown>
  >;
  if (typeof d !== "string" || typeof x !== "string" || !isTime(createdAt) || !isTime(signsFrom)) return false;
  if (![signsUntil, publishedUntil].every((at) => at === undefined || isTime(at))) return false;
  try {
    const key = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", d, x }, format: "jwk" });
    const own = publicSigningKey(createPublicKey(key));
    return own.x === x && own.kid === kid;
  } catch {
    return false;
  }
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

/** A new version on top of those there are. */
export function withNewSealingKey(content: KeyFileContent, now: Date, minimumVersion?: number): KeyFileContent {
  const version = currentSealingKey(content).version + 1;
  return {
    ...content,
    minimumVersion: minimumVersion ?? content.minimumVersion,
    sealing: [...content.sealing, newSealingKey(version, now)],
  };
}

/**
 * A new key that signs once everybody can know it. The one before stays published until its last token has ended, and
 * what is no longer published goes.
 */
export function withNewSigningKey(content: KeyFileContent, now: Date, periods: SigningPeriods): KeyFileContent {
  const signsFrom = new Date(now.getTime() + periods.publishMs);
  const last = content.signing.at(-1);
  if (last === undefined) throw new TypeError("a key file has a signing key");
  const ended: SigningKey = {
    ...last,
    signsUntil: signsFrom.toISOString(),
    publishedUntil: new Date(signsFrom.getTime() + periods.maxTokenMs).toISOString(),
  };
  const kept = content.signing.slice(0, -1).filter((key) => isPublished(key, now));
  return { ...content, signing: [...kept, ended, newSigningKey(now, signsFrom)] };
}

export function currentSealingKey({ sealing }: KeyFileContent): SealingKey {
  const current = sealing.at(-1);
  if (current === undefined) throw new TypeError("a key file has a sealing key");
  return current;
}

export function currentSigningKey({ signing }: KeyFileContent, now: Date): SigningKey {
  const current = signing.findLast(({ signsFrom }) => Date.parse(signsFrom) <= now.getTime()) ?? signing[0];
  if (current === undefined) throw new TypeError("a key file has a signing key");
  return current;
}

export function isPublished({ publishedUntil }: SigningKey, now: Date): boolean {
  return publishedUntil === undefined || now.getTime() < Date.parse(publishedUntil);
}

function newSealingKey(version: number, now: Date): SealingKey {
  return {
    version,
    id: `k${randomBytes(12).toString("hex")}`,
    key: randomBytes(keyBytes).toString("base64"),
    createdAt: now.toISOString(),
  };
}

function newSigningKey(now: Date, signsFrom: Date): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { d = "" } = privateKey.export({ format: "jwk" });
  const { x, kid } = publicSigningKey(publicKey);
  return { kid, d, x, createdAt: now.toISOString(), signsFrom: signsFrom.toISOString() };
}
