import {
  AloftError,
  ConflictError,
  InvalidError,
  ThrottledError,
  TooLargeError,
  UnavailableError,
} from "@aloft/core/errors";

/** What was asked of DynamoDB, for messages. */
export interface Asked {
  readonly operation: string;
  /** The name of the table, its prefix included; empty if it is about none. */
  readonly table: string;
  readonly region: string;
  /** Where it was asked; undefined for AWS's own. */
  readonly endpoint: string | undefined;
}

/**
 * What an error means for trying again. `throttled` and `unsent`: nothing was done, and it may succeed later.
 * `doubtful`: nobody knows whether it was done. `contended`: a transaction on the same item is under way, and nothing
 * was done. `final`: it would only fail again.
 */
export type Fault = "throttled" | "unsent" | "doubtful" | "contended" | "final";

const throttling = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "Throttling",
  "ThrottledException",
  "RequestThrottled",
  "RequestThrottledException",
  "RequestLimitExceeded",
  "LimitExceededException",
  "TooManyRequestsException",
  "SlowDown",
  "PriorRequestNotComplete",
  "BandwidthLimitExceeded",
]);
const unreachable = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
]);
const cut = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE", "ERR_SSL_EOF"]);

interface Vendor {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly syscall?: string;
  readonly $fault?: string;
  readonly $response?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean };
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return "final";
  const { name, code, syscall, message, $metadata: answer, $fault, $response } = error as Vendor;
  const status = answer?.httpStatusCode ?? 0;
  if (throttling.has(name) || status === 429) return "throttled";
  if (answer?.clockSkewCorrected === true) return "unsent";
  if (name === "TransactionConflictException" || name === "ReplicatedWriteConflictException") return "contended";
  if (name === "TransactionInProgressException") return "doubtful";
  if (status >= 500 || name === "InternalServerError" || name === "ServiceUnavailable") return "doubtful";
  if (code !== undefined && (unreachable.has(code) || (cut.has(code) && syscall === "connect"))) return "unsent";
  if (name === "TimeoutError" && message.includes("establish")) return "unsent";
  if (name === "TimeoutError" || name === "AbortError" || (code !== undefined && cut.has(code))) return "doubtful";
  if (/socket hang up|aborted|other side closed/.test(message) && $fault === undefined) return "doubtful";
  return $fault === undefined && ($response !== undefined || error instanceof SyntaxError) ? "doubtful" : "final";
}

/** The error once trying again has not helped. */
export function exhausted(error: unknown, fault: Fault, asked: Asked, forMs: number): unknown {
  const options = { cause: error };
  const { operation, table } = asked;
  const what = table === "" ? operation : `${operation} on ${table}`;
  const seconds = Math.max(1, Math.round(forMs / 1000));
  switch (fault) {
    case "throttled":
      return new ThrottledError(
        `DynamoDB (${asked.region}) still throttled ${what} after ${seconds} s: ${reasonOf(error)} Try again later. A new ` +
          "on-demand table takes minutes to grow, and one key takes at most 1,000 write units a second.",
        options,
      );
    case "contended":
      return new ConflictError(
        `Other transactions kept changing the same item: ${what} did not get through in ${seconds} s.`,
        { reason: "contention", table },
        options,
      );
    case "unsent":
      return new UnavailableError(`${unreachableMessage(asked)} (${reasonOf(error)})`, options);
    case "doubtful":
      return new UnavailableError(
        `DynamoDB at ${placeOf(asked)} did not answer ${what} for ${seconds} s: ${reasonOf(error)}`,
        options,
      );
    default:
      return translateError(error, asked);
  }
}

/** The error for a write that may or may not have been done, and that would be done twice if it was tried again. */
export function inDoubt(error: unknown, asked: Asked): UnavailableError {
  return new UnavailableError(
    `The connection failed during ${asked.operation} on ${asked.table}: it is unknown whether it was done. Read the item ` +
      `before you try again. (${reasonOf(error)})`,
    { cause: error },
  );
}

const askedBy = new WeakMap<object, Asked>();

/** Remembers what an error was the answer to, for whoever translates it later. */
export function remember(error: object, asked: Asked): void {
  askedBy.set(error, asked);
}

/** DynamoDB's error as the port's. Errors that are not DynamoDB's, and those that callers look into, stay as they are. */
export function translateError(error: unknown, askedNow: Asked): unknown {
  if (!(error instanceof Error) || error instanceof AloftError) return error;
  const asked = askedBy.get(error) ?? askedNow;
  const { name, message } = error as Vendor;
  const options = { cause: error };
  const unavailable = (text: string): UnavailableError => new UnavailableError(text, options);
  switch (name) {
    case "AccessDeniedException":
    case "AccessDenied":
      return unavailable(denied(message, asked));
    case "ResourceNotFoundException":
      return unavailable(missing(asked));
    case "ExpiredTokenException":
    case "ExpiredToken":
    case "TokenRefreshRequired":
      return unavailable("The AWS credentials have expired. Sign in again, such as by `aws sso login`.");
    case "UnrecognizedClientException":
    case "InvalidClientTokenId":
    case "MissingAuthenticationTokenException":
    case "IncompleteSignatureException":
      return unavailable(
        `AWS (${asked.region}) does not know these credentials. Check AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN and AWS_PROFILE.`,
      );
    case "InvalidSignatureException":
    case "SignatureDoesNotMatch":
      return unavailable(
        `AWS (${asked.region}) refuses the signature: AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID, or this ` +
          "machine's clock is wrong.",
      );
    case "CredentialsProviderError":
    case "TokenProviderError":
    case "ProviderError":
      return unavailable(
        `No AWS credentials were found for DynamoDB. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ` +
          `give the machine a role. (${message})`,
      );
    case "ItemCollectionSizeLimitExceededException":
      return new TooLargeError(`The items of one partition of ${asked.table} have reached 10 GB.`, options);
    case "ValidationException":
      return invalid(error, asked);
    default:
      if (message === "Region is missing") {
        return unavailable("No AWS region is set for DynamoDB. Set DYNAMODB_REGION, or AWS_REGION.");
      }
      return "$fault" in error ? unavailable(`DynamoDB refused ${whatOf(asked)}: ${name}: ${message}`) : error;
  }
}

/** Items are checked before they are sent, so what DynamoDB finds is mostly about size. */
function invalid(error: Error, asked: Asked): AloftError {
  const options = { cause: error };
  if (/specified index/.test(error.message)) return new UnavailableError(missing(asked), options);
  if (/size (has|limit)|exceeds? |too large|maximum allowed size/i.test(error.message)) {
    return new TooLargeError(`DynamoDB refused ${whatOf(asked)}: ${error.message}`, options);
  }
  return new InvalidError(`DynamoDB refused ${whatOf(asked)}: ${error.message}`, [], options);
}

function whatOf({ operation, table }: Asked): string {
  return table === "" ? operation : `${operation} on ${table}`;
}

export function placeOf({ endpoint, region }: Pick<Asked, "endpoint" | "region">): string {
  return endpoint ?? `AWS's endpoint in ${region}`;
}

function unreachableMessage(asked: Asked): string {
  const advice =
    asked.endpoint === undefined
      ? `Is "${asked.region}" a region of AWS (DYNAMODB_REGION), and is there a way out to it?`
      : "Is something listening there? Check AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL and the region.";
  return `DynamoDB cannot be reached at ${placeOf(asked)}. ${advice}`;
}

/** The permissions that an operation takes. */
const actions: Readonly<Record<string, readonly string[]>> = {
  TransactWriteItems: ["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"],
  TransactGetItems: ["GetItem"],
};

/** @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
function denied(message: string, asked: Asked): string {
  const [, named, resource] = /not authorized to perform: (\S+?)(?: on resource: (\S+))?(?:\s|$)/.exec(message) ?? [];
  const fallback = (actions[asked.operation] ?? [asked.operation]).map((action) => `dynamodb:${action}`).join(", ");
  const action = named ?? fallback;
  const on = resource ?? (asked.table === "" ? "*" : `arn:aws:dynamodb:${asked.region}:<account>:table/${asked.table}`);
  return (
    `AWS denies ${action} on ${asked.table === "" ? on : `the table ${asked.table}`} in ${asked.region}. Add an IAM statement ` +
    `to the role or user that this process runs as: Allow ${action} on ${on}.`
  );
}

export function missing({ table, region, operation }: Pick<Asked, "table" | "region" | "operation">): string {
  return (
    `The table ${table}, or the index of it that ${operation} uses, does not exist in ${region}. Check DYNAMODB_REGION and ` +
    "DYNAMODB_TABLE_PREFIX, or make what is missing: aloft store migrate."
  );
}

function reasonOf(error: unknown): string {
  const { name, message, code } = error as Vendor;
  const text = message === "" || message === undefined ? (code ?? name) : message;
  return `${name === "Error" ? "" : `${name}: `}${text.replace(/\.?$/, ".")}`;
}
