import {
  AloftError,
  InvalidError,
  StorageFullError,
  ThrottledError,
  TooLargeError,
  UnavailableError,
} from "@aloft/core/errors";
import { BlobsError } from "@aloft/core/ports/blobs";

/** What the messages name. */
export interface S3Place {
  readonly bucket: string;
  readonly region: () => Promise<string>;
  readonly kmsKeyId: string | undefined;
}

/** What was asked of S3, by the permission it takes. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
export type S3Action = "s3:PutObject" | "s3:GetObject" | "s3:DeleteObject" | "s3:ListBucket";

interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  readonly Region?: string;
  readonly BucketRegion?: string;
  readonly code?: string;
}

export function statusOf(error: unknown): number | undefined {
  return (error as ServiceError).$metadata?.httpStatusCode;
}

/** Whether S3 said so by name, or, to a HEAD, by the status alone. */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === "NoSuchKey" || (error.name === "NotFound" && statusOf(error) === 404))
  );
}

const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ECONNABORTED",
]);
const noCredentials = /^(CredentialsProviderError|TokenProviderError|ProviderError)$/;
const refusedCredentials = new Set([
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "InvalidToken",
  "TokenRefreshRequired",
]);
const throttling = new Set([
  "SlowDown",
  "ServiceUnavailable",
  "ThrottlingException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
]);
const corrupted = new Set(["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"]);

/** S3's error as the port's. Errors that are not S3's stay as they are. */
export async function translateS3Error(error: unknown, action: S3Action, place: S3Place): Promise<unknown> {
  if (error instanceof AloftError || !(error instanceof Error)) return error;
  const options = { cause: error };
  const { name } = error;
  const status = statusOf(error);
  if (noCredentials.test(name)) {
    const message =
      "There are no AWS credentials for S3. Sign in (aws sso login, with AWS_PROFILE set), set AWS_ACCESS_KEY_ID and " +
      "AWS_SECRET_ACCESS_KEY, or run with a task role.";
    return new BlobsError("blobs_no_credentials", message, options);
  }
  const known = (await bucketProblem(error, place)) ?? keyProblem(error, place) ?? credentialProblem(error, options);
  if (known !== undefined) return known;
  if (name === "AccessDenied" || name === "Forbidden" || status === 403) return denied(error, action, place);
  if (throttling.has(name) || status === 429 || status === 503) {
    return new ThrottledError(`S3 asks to slow down on the bucket ${place.bucket}. Try again in a moment.`, options);
  }
  if (name === "EntityTooLarge")
    return new TooLargeError("S3 holds no object this large: nothing was stored.", options);
  if (name === "QuotaExceeded" || status === 507) {
    return new StorageFullError(`The bucket ${place.bucket} is full: nothing was stored.`, options);
  }
  if (corrupted.has(name)) {
    return new UnavailableError("What S3 received was not what was sent: nothing was stored. Send it again.", options);
  }
  if (name === "InvalidRange" || status === 416)
    return new InvalidError("There are no such bytes in this blob.", [], options);
  return isUnavailable(error, status) ? unavailable(error, place) : error;
}

function isUnavailable(error: ServiceError, status: number | undefined): boolean {
  return (
    (status !== undefined && status >= 400) ||
    networkCodes.has(error.code ?? "") ||
    error.name === "TimeoutError" ||
    error.message === "aborted" ||
    /checksum|socket hang up|Parse Error|deserializ/i.test(error.message)
  );
}

function unavailable(error: ServiceError, { bucket }: S3Place): UnavailableError {
  const cause = error.name === "Error" ? (error.code ?? error.message) : error.name;
  const hint = "Check the network, and AWS_ENDPOINT_URL_S3 if it is set; then try again.";
  return new UnavailableError(`S3 did not do what was asked of the bucket ${bucket} (${cause}). ${hint}`, {
    cause: error,
  });
}

async function bucketProblem(error: ServiceError, { bucket, region }: S3Place): Promise<BlobsError | undefined> {
  const options = { cause: error };
  if (error.name === "NoSuchBucket") {
    const message = `There is no bucket ${bucket}. Create it: aws s3 mb s3://${bucket} --region ${await region()}; or correct STORAGE_BUCKET.`;
    return new BlobsError("blobs_bucket_not_found", message, options);
  }
  const status = statusOf(error);
  const elsewhere =
    error.name === "PermanentRedirect" || error.name === "AuthorizationHeaderMalformed" || status === 301;
  if (!elsewhere && error.name !== "IllegalLocationConstraintException") return undefined;
  const actual = error.$response?.headers?.["x-amz-bucket-region"] ?? error.Region ?? error.BucketRegion;
  const where = actual === undefined ? "in another region" : `in ${actual}`;
  const set = actual === undefined ? "the one it is in (aws s3api get-bucket-location)" : actual;
  const message = `The bucket ${bucket} is ${where}, not in ${await region()}. Set STORAGE_REGION to ${set}.`;
  return new BlobsError("blobs_wrong_region", message, options);
}

const kmsName = /^KMS\.|^Kms|^KMS(?!$)/;
const kmsPermissions = "kms:GenerateDataKey and kms:Decrypt";

/** S3 passes on what KMS said, under its name or as a denial that names a permission of KMS. */
function keyProblem(error: ServiceError, { kmsKeyId, bucket }: S3Place): BlobsError | undefined {
  const key = kmsKeyId ?? `of the bucket ${bucket}`;
  const aboutKms = kmsName.test(error.name) || /\bkms:|KMS|key id/i.test(error.message);
  if (!aboutKms) return undefined;
  const options = { cause: error };
  if (
    error.name === "AccessDenied" ||
    error.name === "KMS.AccessDeniedException" ||
    /not authorized/i.test(error.message)
  ) {
    const message = `The KMS key ${key} may not be used. Allow ${kmsPermissions} on it, in its key policy or in the role's policy.`;
    return new BlobsError("blobs_access_denied", message, options);
  }
  if (/NotFound/.test(error.name) || /does not exist|invalid keyid|not found|invalid/i.test(error.message)) {
    const message = `There is no KMS key ${key} in this region. Look it up (aws kms list-aliases) and correct STORAGE_KMS_KEY_ID.`;
    return new BlobsError("blobs_key_unusable", message, options);
  }
  const message = `The KMS key ${key} cannot be used now (${error.name}): enable it (aws kms enable-key), or choose another by STORAGE_KMS_KEY_ID.`;
  return new BlobsError("blobs_key_unusable", message, options);
}

function credentialProblem(error: ServiceError, options: { cause: unknown }): BlobsError | undefined {
  if (error.name === "RequestTimeTooSkewed" || error.name === "RequestExpired") {
    const message =
      "This machine's clock is off by more than AWS takes (15 minutes). Set it: timedatectl set-ntp true.";
    return new BlobsError("blobs_clock_skewed", message, options);
  }
  if (!refusedCredentials.has(error.name)) return undefined;
  const message = `AWS refused the credentials (${error.name}): sign in again, or correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
  return new BlobsError("blobs_credentials_refused", message, options);
}

function denied(error: ServiceError, action: S3Action, { bucket }: S3Place): BlobsError {
  const resource = action === "s3:ListBucket" ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/*`;
  const also = action === "s3:PutObject" ? " (and s3:AbortMultipartUpload)" : "";
  const message = `S3 denied the access to the bucket ${bucket}. Allow ${action}${also} on ${resource} in the role's policy, and see that the bucket's policy does not deny it.`;
  return new BlobsError("blobs_access_denied", message, { cause: error });
}
