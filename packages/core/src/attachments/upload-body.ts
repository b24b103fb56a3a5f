import { TooLargeError } from "../errors.ts";
import { sniffedBytes } from "./kinds.ts";

/** @throws {TooLargeError} as soon as there is more. */
export async function* limited(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of body) {
    seen += chunk.length;
    if (seen > maxBytes) throw tooLarge(maxBytes);
    if (chunk.length > 0) yield chunk;
  }
}

export function tooLarge(maxBytes: number): TooLargeError {
  return new TooLargeError(`A file may have ${Math.floor(maxBytes / 1_000_000)} MB at most.`);
}

/** The first bytes of a body, and all of it, those included. */
export async function beginningOf(
  body: AsyncGenerator<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> {
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < sniffedBytes) {
    const next = await body.next();
    if (next.done === true) break;
    first.push(next.value);
    length += next.value.length;
  }
  const head = new Uint8Array(Math.min(length, sniffedBytes));
  let at = 0;
  for (const chunk of first) {
    const part = chunk.subarray(0, head.length - at);
    head.set(part, at);
    at += part.length;
  }
  return { head, all: joined(first, body) };
}

async function* joined(first: readonly Uint8Array[], rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
