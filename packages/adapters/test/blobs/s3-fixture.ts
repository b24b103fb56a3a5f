import type { BlobsDefect, BlobsFixture } from "@aloft/core/contract/blobs";
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { randomUUID } from "node:crypto";
import { type BlobsConfig, openBlobs, type OpenBlobsOptions } from "../../src/blobs/index.ts";

type S3Config = Extract<BlobsConfig, { type: "s3" }>;

export const region = "eu-central-1";

// ministack checks signatures against these.
process.env["AWS_ACCESS_KEY_ID"] = "test";
process.env["AWS_SECRET_ACCESS_KEY"] = "test";

export interface Bucket extends AsyncDisposable {
  readonly name: string;
  readonly client: S3Client;
  readonly config: S3Config;
  /** Uploads that were begun and neither completed nor aborted. */
  openUploads(): Promise<readonly string[]>;
}

export function plainClient(endpoint: string): S3Client {
  return new S3Client({ region, endpoint, forcePathStyle: true });
}

/** A bucket of its own on an emulator. */
export async function createBucket(endpoint: string): Promise<Bucket> {
  const client = plainClient(endpoint);
  const name = `aloft-${randomUUID()}`;
  await client.send(
    new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: region } }),
  );
  return {
    name,
    client,
    config: { type: "s3", bucket: name, region, endpoint },
    async openUploads() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: name }));
      return Uploads.map(({ Key = "" }) => Key);
    },
    async [Symbol.asyncDispose]() {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: name }));
      const Objects = Contents.map(({ Key }) => ({ Key }));
      if (Objects.length > 0) await client.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects } }));
      client.destroy();
    },
  };
}

/** Blobs in a bucket of their own, behind a prefix, with what the emulator is known to get wrong. */
export async function s3Fixture(
  endpoint: string,
  defects: readonly BlobsDefect[],
  options: OpenBlobsOptions = {},
): Promise<BlobsFixture & { readonly bucket: Bucket }> {
  const bucket = await createBucket(endpoint);
  const reopen = () => openBlobs({ ...bucket.config, prefix: "tests/" }, options);
  const blobs = await reopen();
  return {
    bucket,
    blobs,
    reopen,
    largeBytes: 17_000_000,
    defects,
    async [Symbol.asyncDispose]() {
      await blobs.close();
      await bucket[Symbol.asyncDispose]();
    },
  };
}
