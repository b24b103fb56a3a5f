import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { cursorAfter, isBlobName, nameOfCursor, pageLimit } from "@aloft/core/blobs/validate";
import type { BlobPage } from "@aloft/core/ports/blobs";
import type { S3Access } from "./s3-access.ts";

/** A page of names. Objects that others put there under names that no blob has, are left out. */
export async function listPage(
  { client, bucket, keyOf, nameOf }: S3Access,
  prefix: string,
  options: { readonly limit?: number; readonly cursor?: string },
): Promise<BlobPage> {
  const after = options.cursor === undefined ? undefined : nameOfCursor(options.cursor, prefix);
  const { Contents = [], IsTruncated } = await client.send(
    new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: keyOf(prefix),
      MaxKeys: pageLimit(options.limit),
      ...(after === undefined ? {} : { StartAfter: keyOf(after) }),
    }),
  );
  const items = Contents.flatMap(({ Key = "", Size = 0, ETag = "", LastModified = new Date(0) }) => {
    const name = nameOf(Key);
    if (name === undefined || !isBlobName(name)) return [];
    return [{ name, sizeBytes: Size, etag: ETag, modifiedAt: LastModified }];
  });
  const last = nameOf(Contents.at(-1)?.Key ?? "");
  return { items, ...(IsTruncated === true && last !== undefined ? { next: cursorAfter(last) } : {}) };
}
