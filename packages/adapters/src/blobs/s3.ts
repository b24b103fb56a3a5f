import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { checkBlobName, checkBlobPrefix, checkPutOptions, resolveRange } from "@aloft/core/blobs/validate";
import { UnavailableError } from "@aloft/core/errors";
import { blobLimits, type Blobs, BlobsError, type GetBlobOptions } from "@aloft/core/ports/blobs";
import type { BlobsConfig, OpenBlobsOptions } from "./config.ts";
import { type S3Access, sendOptions } from "./s3-access.ts";
import { isMissing, type S3Action, type S3Place, statusOf, translateS3Error } from "./s3-errors.ts";
import { listPage } from "./s3-list.ts";
import { foundBlob, infoOf } from "./s3-read.ts";
import { signedByS3 } from "./s3-sign.ts";
import { uploadTo } from "./s3-upload.ts";

type S3Config = Omit<Extract<BlobsConfig, { type: "s3" }>, "type">;

const defaultStallMs = 30_000;
const defaultCheckMs = 8_000;
const connectionTimeoutMs = 5_000;
const maxAttempts = 4;

/**
 * Blobs as objects in a bucket, over TLS, with a CRC of each part that S3 holds what it stores against. An upload that
 * fails is aborted and leaves no parts; one whose process was killed leaves them to the bucket's lifecycle, which needs
 * the rule `AbortIncompleteMultipartUpload` (one day does).
 *
 * Needs `s3:GetObject`, `s3:PutObject`, `s3:DeleteObject` and `s3:AbortMultipartUpload` on the objects, `s3:ListBucket`
 * on the bucket, and with a KMS key `kms:GenerateDataKey` and `kms:Decrypt`.
 * @throws {BlobsError} `blobs_misconfigured`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export async function s3Blobs(config: S3Config, options: OpenBlobsOptions = {}): Promise<Blobs> {
  const access = accessTo(config, options);
  const { client, bucket: Bucket, keyOf, asking } = access;
  let closed = false;

  /** A HEAD is answered without a reason: asking for a byte tells it. */
  const reasonFor = async (name: string): Promise<undefined> => {
    try {
      await client.send(new GetObjectCommand({ Bucket, Key: keyOf(name), Range: "bytes=0-0" }));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    throw new UnavailableError(`S3 did not say what ${name} is. Try again.`);
  };
  const open = <T>(action: S3Action, work: () => Promise<T>): Promise<T> => {
    if (closed) throw new UnavailableError("The blobs are closed.");
    return asking(action, work);
  };

  const close = async (): Promise<void> => {
    if (!closed) client.destroy();
    closed = true;
  };
  return {
    engine: "s3",
    async put(name, body, putOptions = {}) {
      checkBlobName(name);
      checkPutOptions(putOptions);
      return open("s3:PutObject", () => uploadTo(access, name, body, putOptions));
    },
    async get(name, getOptions = {}) {
      checkBlobName(name);
      return open("s3:GetObject", () => getObject(access, name, getOptions));
    },
    async head(name) {
      checkBlobName(name);
      return open("s3:GetObject", async () => {
        try {
          const head = new HeadObjectCommand({ Bucket, Key: keyOf(name) });
          return infoOf(name, await client.send(head));
        } catch (error) {
          if (statusOf(error) === undefined) throw error;
          return reasonFor(name);
        }
      });
    },
    async delete(name) {
      checkBlobName(name);
      const command = new DeleteObjectCommand({ Bucket, Key: keyOf(name) });
      await open("s3:DeleteObject", () => client.send(command));
    },
    async list(prefix, listOptions = {}) {
      checkBlobPrefix(prefix);
      return open("s3:ListBucket", () => listPage(access, prefix, listOptions));
    },
    ...signedByS3(access, options.now ?? (() => new Date())),
    async check() {
      await open("s3:ListBucket", async () => {
        const abortSignal = AbortSignal.timeout(options.checkMs ?? defaultCheckMs);
        try {
          await client.send(new HeadBucketCommand({ Bucket }), { abortSignal });
        } catch {
          const list = new ListObjectsV2Command({ Bucket, Prefix: keyOf(""), MaxKeys: 1 });
          await client.send(list, { abortSignal }).catch((error: unknown) => {
            throw abortSignal.aborted ? abortSignal.reason : error;
          });
        }
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function accessTo(config: S3Config, options: OpenBlobsOptions): S3Access {
  const { bucket, kmsKeyId, prefix = "" } = config;
  checkPrefix(prefix);
  const client = clientOf(config, options);
  const place: S3Place = { bucket, kmsKeyId, region: () => client.config.region() };
  const translate = (error: unknown, action: S3Action) => translateS3Error(error, action, place);
  return {
    client,
    bucket,
    kmsKeyId,
    stallMs: options.stallMs ?? defaultStallMs,
    keyOf: (name) => prefix + name,
    nameOf: (key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined),
    translate,
    async asking(action, work) {
      try {
        return await work();
      } catch (error) {
        throw await translate(error, action);
      }
    },
  };
}

function clientOf({ region, endpoint }: S3Config, { stallMs = defaultStallMs }: OpenBlobsOptions): S3Client {
  const custom = endpoint ?? process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"];
  return new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    // Elsewhere than at AWS a bucket seldom has a host name of its own.
    forcePathStyle: custom !== undefined && custom !== "",
    maxAttempts,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: stallMs,
      throwOnRequestTimeout: true,
      // It would count a slow reader as a silent service.
      socketTimeout: 0,
    },
  });
}

/** @throws {BlobsError} */
function checkPrefix(prefix: string): void {
  try {
    if (prefix !== "") checkBlobName(prefix.replace(/\/$/, ""));
  } catch (cause) {
    const message = `The prefix ${JSON.stringify(prefix)} (STORAGE_PREFIX) cannot begin a name: ${(cause as Error).message}`;
    throw new BlobsError("blobs_misconfigured", message, { cause });
  }
  if (prefix.length <= blobLimits.maxPrefixBytes) return;
  throw new BlobsError(
    "blobs_misconfigured",
    `The prefix (STORAGE_PREFIX) may have ${blobLimits.maxPrefixBytes} bytes at most.`,
  );
}

async function getObject(access: S3Access, name: string, options: GetBlobOptions): ReturnType<Blobs["get"]> {
  const { client, bucket: Bucket, keyOf } = access;
  const { range, ifNoneMatch = [], signal } = options;
  signal?.throwIfAborted();
  if (range !== undefined) resolveRange(range, Number.MAX_SAFE_INTEGER);
  const [etag] = ifNoneMatch;
  const command = new GetObjectCommand({
    Bucket,
    Key: keyOf(name),
    ChecksumMode: "ENABLED",
    ...(range === undefined ? {} : { Range: rangeHeader(range) }),
    ...(etag === undefined || ifNoneMatch.length > 1 ? {} : { IfNoneMatch: etag }),
  });
  try {
    const found = foundBlob(access, name, await client.send(command, sendOptions(signal)), signal);
    if (!ifNoneMatch.includes(found.info.etag)) return found;
    await found[Symbol.asyncDispose]();
    return notModified(found.info.etag);
  } catch (error) {
    if (statusOf(error) === 304) return notModified(etag ?? "");
    if (isMissing(error)) return undefined;
    signal?.throwIfAborted();
    throw error;
  }
}

function notModified(etag: string) {
  return { status: "not-modified", etag, async [Symbol.asyncDispose]() {} } as const;
}

function rangeHeader(range: NonNullable<GetBlobOptions["range"]>): string {
  return "suffix" in range ? `bytes=-${range.suffix}` : `bytes=${range.first}-${range.last ?? ""}`;
}
