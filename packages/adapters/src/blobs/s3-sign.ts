import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import {
  checkBlobName,
  checkContentType,
  checkExpiresIn,
  checkPutOptions,
  checkSignedSize,
} from "@aloft/core/blobs/validate";
import type { Blobs } from "@aloft/core/ports/blobs";
import type { S3Access } from "./s3-access.ts";
import { encryption } from "./s3-upload.ts";

const sha256Header = "x-amz-checksum-sha256";

/**
 * URLs signed by the credentials in use: with those of a role they end when the role's session does, if that is sooner.
 * Type, length and checksum are signed headers: S3 refuses a request that sends others.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
 */
export function signedByS3(access: S3Access, now: () => Date): Pick<Blobs, "signUpload" | "signDownload"> {
  const { bucket: Bucket, keyOf, asking } = access;
  const until = (from: Date, seconds: number) => new Date(from.getTime() + seconds * 1000);
  return {
    async signUpload(name, { expiresInSeconds: expiresIn, contentType, sizeBytes, sha256 }) {
      checkBlobName(name);
      checkExpiresIn(expiresIn);
      checkSignedSize(sizeBytes);
      checkPutOptions({ contentType, ...(sha256 === undefined ? {} : { sha256 }) });
      const checksum = sha256 === undefined ? undefined : Buffer.from(sha256, "hex").toString("base64");
      const command = new PutObjectCommand({
        Bucket,
        Key: keyOf(name),
        ContentType: contentType,
        ContentLength: sizeBytes,
        ...(checksum === undefined ? {} : { ChecksumSHA256: checksum }),
        ...encryption(access.kmsKeyId),
      });
      const headers = {
        "content-type": contentType,
        "content-length": String(sizeBytes),
        ...(checksum === undefined ? {} : { [sha256Header]: checksum }),
        ...encryptionHeaders(access.kmsKeyId),
      };
      const signingDate = now();
      const url = await asking("s3:PutObject", () =>
        getSignedUrl(signingClient(access), command, {
          expiresIn,
          signingDate,
          signableHeaders: new Set([...Object.keys(headers), "host"]),
          unhoistableHeaders: new Set([sha256Header, ...Object.keys(encryptionHeaders(access.kmsKeyId))]),
        }),
      );
      return { method: "PUT", url, headers, expiresAt: until(signingDate, expiresIn) };
    },
    async signDownload(name, { expiresInSeconds: expiresIn, contentType, contentDisposition }) {
      checkBlobName(name);
      checkExpiresIn(expiresIn);
      if (contentType !== undefined) checkContentType(contentType);
      const command = new GetObjectCommand({
        Bucket,
        Key: keyOf(name),
        ...(contentType === undefined ? {} : { ResponseContentType: contentType }),
        ...(contentDisposition === undefined ? {} : { ResponseContentDisposition: contentDisposition }),
      });
      const signingDate = now();
      const url = await asking("s3:GetObject", () =>
        getSignedUrl(signingClient(access), command, { expiresIn, signingDate }),
      );
      return { method: "GET", url, headers: {}, expiresAt: until(signingDate, expiresIn) };
    },
  };
}

/** One that adds no checksum of the body: it is not known yet. */
function signingClient({ client }: S3Access): S3Client {
  const { region, credentials, forcePathStyle, endpoint } = client.config;
  return new S3Client({
    region,
    credentials,
    forcePathStyle,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}

function encryptionHeaders(kmsKeyId: string | undefined): Readonly<Record<string, string>> {
  if (kmsKeyId === undefined) return {};
  return {
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyId,
    "x-amz-server-side-encryption-bucket-key-enabled": "true",
  };
}
