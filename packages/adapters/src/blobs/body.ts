import { TooLargeError, UnavailableError } from "@aloft/core/errors";
import { type BlobBody, blobLimits } from "@aloft/core/ports/blobs";
import { createHash, type Hash } from "node:crypto";

const aborted = Symbol("aborted");

/**
 * The chunks of a body until it ends or the signal aborts, which throws its reason even while a chunk is waited for.
 * @throws {TooLargeError}
 */
export async function* chunksOf(body: BlobBody, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  if (body instanceof Uint8Array) {
    yield body;
    return;
  }
  let total = 0;
  for await (const chunk of untilAborted(body, signal)) {
    total += chunk.length;
    if (total > blobLimits.maxBytes) throw new TooLargeError(`A blob has at most ${blobLimits.maxBytes} bytes.`);
    if (chunk.length > 0) yield chunk;
  }
}

/** Items until the signal aborts, which throws its reason even while one is waited for. */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const { promise, resolve } = Promise.withResolvers<typeof aborted>();
  const onAbort = () => resolve(aborted);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    for (;;) {
      const pending = iterator.next();
      // Nobody may be left to hear of its failure.
      pending.catch(() => {});
      const next = await Promise.race([pending, promise]);
      if (next === aborted) throw signal?.reason;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    // Not waited for: a source that hangs would hang this too.
    iterator.return?.().catch(() => {});
  }
}

/** Chunks as they come, or an error if none comes for `stallMs`. What the reader takes to ask again, does not count. */
export async function* unlessStalled(
  source: AsyncIterable<Uint8Array>,
  stallMs: number,
  describe: () => string,
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await within(stallMs, iterator.next(), describe);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    iterator.return?.().catch(() => {});
  }
}

async function within<T>(ms: number, work: Promise<T>, describe: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new UnavailableError(describe())), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** What passed through, counted and hashed. */
export interface Tally {
  readonly hash: Hash;
  sizeBytes: number;
}

export function tally(): Tally {
  return { hash: createHash("sha256"), sizeBytes: 0 };
}

export function count(tally: Tally, chunk: Uint8Array): void {
  tally.hash.update(chunk);
  tally.sizeBytes += chunk.length;
}
