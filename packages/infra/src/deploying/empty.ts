import { BatchDeleteImageCommand, ECRClient, ListImagesCommand } from "@aws-sdk/client-ecr";
import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { ifThere } from "./aws-fault.ts";

/**
 * Deletes everything in a bucket, older versions too. CloudFormation removes only empty ones.
 * @returns how many were there.
 */
export async function emptyBucket(region: string, bucket: string): Promise<number> {
  const client = new S3Client({ region, forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined });
  let deleted = 0;
  for (;;) {
    const page = await ifThere(`listing what is in ${bucket}`, () =>
      client.send(new ListObjectVersionsCommand({ Bucket: bucket })),
    );
    const found = [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])];
    if (found.length === 0) return deleted;
    const objects = found.map(({ Key = "", VersionId }) => (VersionId === undefined ? { Key } : { Key, VersionId }));
    const { Errors = [] } =
      (await ifThere(`emptying ${bucket}`, () =>
        client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } })),
      )) ?? {};
    deleted += found.length - Errors.length;
    if (Errors.length > 0) return deleted;
  }
}

/** Deletes every image of a repository. @returns how many were there. */
export async function emptyRepository(region: string, repositoryName: string): Promise<number> {
  const client = new ECRClient({ region });
  let deleted = 0;
  for (;;) {
    const page = await ifThere(`listing the images of ${repositoryName}`, () =>
      client.send(new ListImagesCommand({ repositoryName, maxResults: 100 })),
    );
    const imageIds = page?.imageIds ?? [];
    if (imageIds.length === 0) return deleted;
    const { failures = [] } =
      (await ifThere(`deleting the images of ${repositoryName}`, () =>
        client.send(new BatchDeleteImageCommand({ repositoryName, imageIds })),
      )) ?? {};
    deleted += imageIds.length - failures.length;
    // An image that is part of an index goes after it: the next round has it.
    if (failures.length >= imageIds.length) return deleted;
  }
}
