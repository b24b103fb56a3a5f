import type { GetObjectCommandOutput, HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { defaultContentType } from "@aloft/core/blobs/validate";
import { UnavailableError } from "@aloft/core/errors";
import type { BlobInfo, FoundBlob } from "@aloft/core/ports/blobs";
import { Readable } from "node:stream";
import { untilAborted, unlessStalled } from "./body.ts";
import type { S3Access } from "./s3-access.ts";

export function infoOf(name: string, answer: HeadObjectCommandOutput | GetObjectCommandOutput): BlobInfo {
  const [, total] = /\/(\d+)$/.exec(answer.ContentRange ?? "") ?? [];
  return {
    name,
    sizeBytes: total === undefined ? (answer.ContentLength ?? 0) : Number(total),
    contentType: answer.ContentType ?? defaultContentType,
    etag: answer.ETag ?? "",
    modifiedAt: answer.LastModified ?? new Date(0),
    metadata: answer.Metadata ?? {},
  };
}

export function foundBlob(
  access: S3Access,
  name: string,
  answer: GetObjectCommandOutput,
  signal: AbortSignal | undefined,
): FoundBlob {
  const stream = answer.Body;
  if (!(stream instanceof Readable)) throw new UnavailableError(`S3 answered without the bytes of ${name}. Try again.`);
  // What fails while nobody reads is told to whoever reads then.
  stream.on("error", () => {});
  const part = rangeOf(answer.ContentRange);
  return {
    status: "found",
    info: infoOf(name, answer),
    ...(part === undefined ? {} : { range: part }),
    body: chunks(access, name, stream, answer.ContentLength ?? 0, signal),
    async [Symbol.asyncDispose]() {
      stream.destroy();
    },
  };
}

function rangeOf(header: string | undefined): { first: number; last: number } | undefined {
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(header ?? "") ?? [];
  return first === undefined || last === undefined ? undefined : { first: Number(first), last: Number(last) };
}

function closed(name: string): UnavailableError {
  return new UnavailableError(`${name} was closed before it was read to its end.`);
}

async function* chunks(
  { stallMs, translate, bucket }: S3Access,
  name: string,
  stream: Readable,
  expectedBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let missing = expectedBytes;
  const stalled = () => `S3 sent nothing more of ${name} in ${bucket} for ${stallMs} ms. Try again.`;
  try {
    if (stream.destroyed) throw closed(name);
    for await (const chunk of unlessStalled(untilAborted<Uint8Array>(stream, signal), stallMs, stalled)) {
      missing -= chunk.length;
      yield chunk;
    }
    if (missing > 0) throw new UnavailableError(`S3 ended ${name} ${missing} bytes too early. Try again.`);
  } catch (error) {
    signal?.throwIfAborted();
    throw await translate(error, "s3:GetObject");
  } finally {
    stream.destroy();
  }
}
