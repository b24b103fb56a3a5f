import { AloftError, KeysError, ThrottledError, TooLargeError, UnavailableError } from "@aloft/core/errors";
import { noEnvelope } from "./envelope-header.ts";

/** What was asked of KMS: named as its IAM action is, without `kms:`. */
export interface KmsCall {
  readonly action: "GenerateDataKey" | "Decrypt" | "Sign" | "GetPublicKey" | "DescribeKey" | "RotateKeyOnDemand";
  readonly keyId: string;
  readonly region: string;
}

const refusedCredentials = [
  "CredentialsProviderError",
  "TokenProviderError",
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "IncompleteSignature",
  "ExpiredTokenException",
  "ExpiredToken",
];
const throttled = ["ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"];
const damaged = ["InvalidCiphertextException", "IncorrectKeyException"];

/** What KMS said, in words of what to do about it. */
export function translateKmsError(error: unknown, call: KmsCall): AloftError {
  if (error instanceof AloftError) return error;
  const name = error instanceof Error ? error.name : "";
  if (call.action === "Decrypt" && damaged.includes(name)) return noEnvelope();
  if (throttled.includes(name)) {
    const message = `KMS in ${call.region} asks to slow down kms:${call.action}. Ask AWS for a higher quota if it goes on.`;
    return new ThrottledError(message, { cause: error });
  }
  const problem = problemOf(name, error, call);
  if (problem !== undefined) return new KeysError("key_unavailable", problem, { cause: error });
  const code = error instanceof Error && "code" in error ? String(error.code) : name;
  const message =
    `KMS in ${call.region} did not answer kms:${call.action} for key ${call.keyId} (${code}). Check the network, KMS_REGION ` +
    "and AWS_ENDPOINT_URL_KMS; in a private subnet KMS needs a route out, or a VPC endpoint.";
  return new UnavailableError(message, { cause: error });
}

function problemOf(name: string, error: unknown, call: KmsCall): string | undefined {
  const { action, keyId, region } = call;
  const key = `the KMS key ${keyId} in ${region}`;
  const cli = (command: string): string => `aws kms ${command} --key-id ${keyId} --region ${region}`;
  if (refusedCredentials.includes(name)) {
    return `AWS did not take the credentials for kms:${action} on ${key}: there are none, or they are wrong or expired. Run: aws sts get-caller-identity`;
  }
  switch (name) {
    case "NotFoundException":
      return (
        `KMS in ${region} has no key ${keyId}. A key lives in one region: check KMS_KEY_ID, KMS_PREVIOUS_KEY_IDS, ` +
        `KMS_SIGNING_KEY_ID and KMS_REGION. Run: ${cli("describe-key")}`
      );
    case "DisabledException":
      return `kms:${action} was refused: ${key} is disabled. Run: ${cli("enable-key")}`;
    case "KMSInvalidStateException":
      return (
        `kms:${action} was refused: ${key} is not in use, and may be about to be deleted. Without it, nothing that it sealed ` +
        `can be opened. Run: ${cli("describe-key")}, and if it is pending deletion: ${cli("cancel-key-deletion")} and ${cli("enable-key")}`
      );
    case "AccessDeniedException":
    case "AccessDenied":
      return `This process may not call kms:${action} on ${key}. Allow it in the policy of its IAM role, and in the key's own policy.`;
    case "InvalidKeyUsageException":
    case "UnsupportedOperationException":
    case "ValidationException":
    case "InvalidArnException":
      return (
        `${key[0]?.toUpperCase()}${key.slice(1)} cannot be used for kms:${action}: KMS_KEY_ID needs a symmetric key that encrypts, ` +
        `KMS_SIGNING_KEY_ID one of ECC_NIST_EDWARDS25519 that signs. Run: ${cli("describe-key")}`
      );
    case "LimitExceededException":
    case "ConflictException":
      return `kms:${action} was refused for ${key}: ${error instanceof Error ? error.message : name}`;
    default:
      return undefined;
  }
}

/** @throws {KeysError} the ARN names another region than the one that is configured. */
export function checkRegion(keyId: string, region: string): void {
  const named = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):/.exec(keyId)?.[1];
  if (named === undefined || named === region) return;
  const message = `The KMS key ${keyId} is in ${named}, and KMS_REGION is ${region}. A key is used in its own region: set KMS_REGION=${named}.`;
  throw new KeysError("key_unavailable", message);
}

/** The most that KMS signs at once. @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html */
const maxSignedBytes = 4096;

/** @throws {TooLargeError} */
export function checkSignedBytes(bytes: Uint8Array): void {
  if (bytes.byteLength <= maxSignedBytes) return;
  throw new TooLargeError(`KMS signs at most ${maxSignedBytes} bytes at once; this token has ${bytes.byteLength}.`);
}
