import { hash as digest } from "node:crypto";

/** The first 128 bits of a text's SHA-256. */
export function sha256Words(text: string): Uint32Array {
  const bytes = digest("sha256", text, "buffer");
  return Uint32Array.of(bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12));
}
