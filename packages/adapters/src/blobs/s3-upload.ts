import { AbortMultipartUploadCommand, type PutObjectCommandInput, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { checksumMismatch, defaultContentType } from "@aloft/core/blobs/validate";
import type { BlobBody, PutBlob, PutBlobOptions } from "@aloft/core/ports/blobs";
import { Readable } from "node:stream";
import { chunksOf, count, tally, type Tally } from "./body.ts";
import { lostTo, type S3Access, sendOptions } from "./s3-access.ts";

const partBytes = 8 * 1024 * 1024;
/** Held in memory: so many parts for each upload. */
const partsAtOnce = 3;

/**
 * Uploads in parts, or at once what fits one. The body itself fails where the checksum does not fit or the signal
 * aborts, before its last part is sent: so nothing is completed, and the parts sent so far are removed.
 */
export async function uploadTo(
  access: S3Access,
  name: string,
  body: BlobBody,
  options: PutBlobOptions,
): Promise<PutBlob> {
  const { bucket: Bucket, kmsKeyId } = access;
  const seen = tally();
  const state: { sourceError?: unknown; sha256?: string } = {};
  const source = Readable.from(verified(name, body, options, seen, state), { objectMode: false });
  const params: PutObjectCommandInput & { readonly ChecksumType: "FULL_OBJECT" } = {
    Bucket,
    Key: access.keyOf(name),
    Body: source,
    ContentType: options.contentType ?? defaultContentType,
    ChecksumAlgorithm: "CRC32",
    // So that the whole object has one checksum, which every reader holds it against.
    ChecksumType: "FULL_OBJECT",
    ...(options.metadata === undefined ? {} : { Metadata: { ...options.metadata } }),
    ...(options.ifNoneMatch === undefined ? {} : { IfNoneMatch: options.ifNoneMatch }),
    ...encryption(kmsKeyId),
  };
  const upload = new Upload({
    client: abortable(access.client, options.signal),
    partSize: partBytes,
    queueSize: partsAtOnce,
    params,
  });
  try {
    const { ETag = "" } = await upload.done();
    return { etag: ETag, sizeBytes: seen.sizeBytes, sha256: state.sha256 ?? "" };
  } catch (error) {
    if ("sourceError" in state) throw state.sourceError;
    options.signal?.throwIfAborted();
    throw lostTo(name, error) ?? error;
  } finally {
    source.destroy();
  }
}

export function encryption(kmsKeyId: string | undefined) {
  if (kmsKeyId === undefined) return {};
  return { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKeyId, BucketKeyEnabled: true } as const;
}

async function* verified(
  name: string,
  body: BlobBody,
  { signal, sha256: expected }: PutBlobOptions,
  seen: Tally,
  state: { sourceError?: unknown; sha256?: string },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunksOf(body, signal)) {
      count(seen, chunk);
      yield chunk;
    }
    state.sha256 = seen.hash.digest("hex");
    if (expected !== undefined && expected !== state.sha256) throw checksumMismatch(name);
  } catch (error) {
    state.sourceError = error;
    throw error;
  }
}

/** A client whose calls end with the signal; but for those that clean up after it. */
function abortable(client: S3Client, signal: AbortSignal | undefined): S3Client {
  if (signal === undefined) return client;
  return new Proxy(client, {
    get(target, property) {
      if (property !== "send") return Reflect.get(target, property, target);
      return (command: Parameters<S3Client["send"]>[0]) =>
        target.send(command, command instanceof AbortMultipartUploadCommand ? {} : sendOptions(signal));
    },
  });
}
