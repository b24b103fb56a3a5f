import type { Blobs, FoundBlob, GetBlobOptions } from "../src/ports/blobs.ts";

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Bytes that follow no pattern which a mixed up order of parts could hide. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.slice(from, from + size);
}

export async function sha256Of(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes.slice());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function found(blobs: Blobs, name: string, options?: GetBlobOptions): Promise<FoundBlob> {
  const answer = await blobs.get(name, options);
  if (answer?.status !== "found") throw new Error(`${name}: ${answer?.status ?? "absent"}`);
  return answer;
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

export async function read(blobs: Blobs, name: string, options?: GetBlobOptions): Promise<string> {
  return new TextDecoder().decode(await collect((await found(blobs, name, options)).body));
}

export async function namesOf(blobs: Blobs, prefix = "", limit = 1000): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await blobs.list(prefix, { limit, ...(cursor === undefined ? {} : { cursor }) });
    names.push(...page.items.map((item) => item.name));
    cursor = page.next;
  } while (cursor !== undefined);
  return names;
}
