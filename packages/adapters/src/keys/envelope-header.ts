import { KeysError } from "@aloft/core/errors";

/** What an envelope says of itself. Only once it was decrypted is any of it proven. */
export interface EnvelopeHeader {
  /** The shared part of what it was sealed for. */
  readonly context: ReadonlyMap<string, string>;
  readonly provider: string;
  /** The wrapping key's name in bytes: what a provider appends to it is its own. */
  readonly keyInfo: Buffer;
}

const messageVersion = 2;
/** AES-256-GCM with HKDF-SHA-512 and key commitment, unsigned. */
export const committingSuite = 0x0478;
const messageIdBytes = 32;
const framed = 2;
const commitmentBytes = 32;
const sequenceBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;
const finalFrame = 0xffffffff;
/** Bytes of plaintext in a frame of an envelope; the last has what is left. */
export const frameBytes = 64 * 1024;

/**
 * Reads what must be known of an envelope before any key is asked, and that it ends where its frames do: the SDK decrypts
 * a message and passes over what comes behind it.
 * @throws {KeysError} `changed`: it is no envelope of ours, or not a whole one.
 * @see https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
 */
export function readHeader(sealed: Uint8Array): EnvelopeHeader {
  const read = reader(sealed);
  if (read.number(1) !== messageVersion || read.number(2) !== committingSuite) throw noEnvelope();
  read.bytes(messageIdBytes);
  const context = new Map<string, string>();
  const contextBytes = read.number(2);
  if (contextBytes > 0) {
    for (let left = read.number(2); left > 0; left--) context.set(read.text(), read.text());
  }
  if (read.number(2) !== 1) throw noEnvelope();
  const provider = read.text();
  const keyInfo = read.bytes(read.number(2));
  read.bytes(read.number(2));
  if (read.number(1) !== framed || read.number(4) !== frameBytes) throw noEnvelope();
  read.bytes(commitmentBytes + tagBytes);
  while (read.number(4) !== finalFrame) read.bytes(nonceBytes + frameBytes + tagBytes);
  read.bytes(sequenceBytes + nonceBytes);
  read.bytes(read.number(4) + tagBytes);
  if (!read.atEnd()) throw noEnvelope();
  return { context, provider, keyInfo };
}

function reader(sealed: Uint8Array) {
  const buffer = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  let at = 0;
  const bytes = (count: number): Buffer => {
    if (at + count > buffer.length) throw noEnvelope();
    at += count;
    return buffer.subarray(at - count, at);
  };
  const number = (count: 1 | 2 | 4): number => bytes(count).readUIntBE(0, count);
  return { bytes, number, text: () => bytes(number(2)).toString("utf8"), atEnd: () => at === buffer.length };
}

export function noEnvelope(cause?: unknown): KeysError {
  const message = "The sealed value is damaged, or was never sealed by Aloft. Restore it from a backup.";
  return new KeysError("changed", message, { cause });
}

/** @throws {KeysError} `changed`: it is not base64 as this library writes it. */
export function bytesOf(sealed: Uint8Array | string): Uint8Array {
  if (typeof sealed !== "string") return sealed;
  const bytes = Buffer.from(sealed, "base64");
  if (bytes.toString("base64") !== sealed) throw noEnvelope();
  return bytes;
}
