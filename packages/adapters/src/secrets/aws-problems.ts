import type { SecretFault, SecretProblem } from "@aloft/core/secrets/problems";

/** Which secret, where: for what is said about it. */
export interface SecretPlaceName {
  readonly name: string;
  readonly region: string;
  readonly environment: string;
  readonly variables: readonly string[];
}

export interface FailedCall {
  readonly action: string;
  readonly region: string;
  readonly environment: string;
  /** The one secret that the call was about, if it was about one. */
  readonly secret?: string;
}

/** The fields by which errors of AWS, of the SDK and of the network are told apart. Their words may quote anything. */
interface Fault {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

function faultOf(error: unknown): Fault {
  const fields = typeof error === "object" && error !== null ? (error as Record<string, unknown>) : {};
  const { cause, errors } = fields as { cause?: unknown; errors?: unknown };
  const nested: unknown = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  const code = typeof fields["code"] === "string" ? fields["code"] : "";
  return {
    name: typeof fields["name"] === "string" ? fields["name"] : "",
    code: code === "" && nested !== undefined ? faultOf(nested).code : code,
    message: typeof fields["message"] === "string" ? fields["message"] : "",
  };
}

/** A machine's word for an error, safe to show. */
function wordOf({ name, code }: Fault): string {
  const word = code === "" ? name : code;
  return /^[\w.-]{1,60}$/.test(word) ? word : "unknown error";
}

function whole(fault: SecretFault, region: string | undefined, message: string, mend: string): SecretProblem {
  return { fault, secret: undefined, key: undefined, variables: [], region, message, mend };
}

export function regionMissing(): SecretProblem {
  return whole("region", undefined, "No AWS region is set.", "Set AWS_REGION, such as AWS_REGION=eu-central-1.");
}

const giveCredentials =
  "Give the task or instance a role, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.";

export function slowCredentials(region: string): SecretProblem {
  return whole(
    "credentials_missing",
    region,
    "No AWS credentials: whoever gives them to this machine does not answer.",
    giveCredentials,
  );
}

/** What a failed search for credentials means. */
export function credentialsProblem(error: unknown, region: string, profile: string | undefined): SecretProblem {
  const { name, message } = faultOf(error);
  if (/expired/i.test(name) || /token is expired|has expired|session.*expired/i.test(message)) {
    return whole("credentials_expired", region, "The AWS credentials have expired.", "Sign in again: aws sso login");
  }
  if (profile !== undefined) {
    const mend = "Check AWS_PROFILE (aws configure list-profiles shows what there is), or sign in: aws sso login";
    return whole("credentials_missing", region, `The AWS profile "${profile}" gives no credentials.`, mend);
  }
  return whole("credentials_missing", region, "There are no AWS credentials.", giveCredentials);
}

const refusedNames =
  /^(?:UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|InvalidAccessKeyId|MissingAuthenticationToken|NotAuthorized|OptInRequired)/;
const expiredNames = /^(?:Expired|RequestExpired)/;
const throttledNames = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/;
const networkNames = /^(?:E(?!RR_)[A-Z]+|TimeoutError|AbortError|NetworkingError|CERT_|UND_)/;

/** What a call that failed as a whole means. */
export function callProblem(error: unknown, call: FailedCall): SecretProblem {
  const fault = faultOf(error);
  const { name, code, message } = fault;
  const { region, action } = call;
  const service = action.startsWith("ssm:") ? "Parameter Store" : "Secrets Manager";
  if (expiredNames.test(name) || /signature expired|token.*expired/i.test(message)) {
    const mend = "Sign in again (aws sso login), or check this machine's clock.";
    return whole("credentials_expired", region, "The AWS credentials have expired.", mend);
  }
  if (refusedNames.test(name)) {
    const mend = "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the role.";
    return whole(
      "credentials_refused",
      region,
      `${service} does not know the AWS credentials (${wordOf(fault)}).`,
      mend,
    );
  }
  if (name.startsWith("AccessDenied")) return deniedProblem(fault, call);
  if (throttledNames.test(name)) {
    return whole("throttled", region, `${service} in ${region} asks for fewer requests.`, "Try again in a moment.");
  }
  if (code === "ENOTFOUND") {
    const message = `There is no address of ${service} for the region "${region}".`;
    return whole("region", region, message, "Check AWS_REGION, and that this machine resolves names.");
  }
  if (networkNames.test(code) || networkNames.test(name)) return unreachable(service, region, fault);
  return whole("failed", region, `${service} in ${region} failed (${wordOf(fault)}).`, "Try again in a while.");
}

function unreachable(service: string, region: string, fault: Fault): SecretProblem {
  const why = /Timeout|Abort|ETIMEDOUT/.test(fault.name + fault.code)
    ? "does not answer"
    : `cannot be reached (${wordOf(fault)})`;
  const mend = "Check the network: a private subnet needs a route to it (an interface endpoint, or NAT).";
  return whole("unreachable", region, `${service} in ${region} ${why}.`, mend);
}

function deniedProblem({ message }: Fault, { action, region, secret, environment }: FailedCall): SecretProblem {
  if (/kms/i.test(message)) return keyDenied({ name: secret ?? "", region, environment, variables: [] });
  const fault = action.endsWith(":BatchGetSecretValue")
    ? "batch_denied"
    : /:(?:Get|Describe|List)/.test(action)
      ? "read_denied"
      : "write_denied";
  const of = secret === undefined ? "" : ` on "${secret}"`;
  const mend =
    fault === "batch_denied"
      ? `Allow ${action} on Resource "*" (AWS takes no narrower one), and secretsmanager:GetSecretValue on each secret.`
      : `Allow ${action} to this role.`;
  return { ...whole(fault, region, `The AWS role may not ${action}${of} in ${region}.`, mend), secret };
}

function keyDenied({ name, region, variables }: SecretPlaceName): SecretProblem {
  const message = `secret "${name}" in ${region} cannot be decrypted: the role may not use its key, or the key is disabled.`;
  const mend = "Allow kms:Decrypt on the secret's KMS key, in the role's policy and in the key's.";
  return { ...whole("key_denied", region, message, mend), secret: name === "" ? undefined : name, variables };
}

const doctor = (environment: string): string => `aloft secrets doctor --env ${environment}`;

/** Whether the words of an InvalidRequestException are about a scheduled deletion: it has other causes too. */
export function saysDeleted(message: string): boolean {
  return /deletion|marked deleted/i.test(message);
}

/** A secret of Secrets Manager that could not be read, by the code of its own error. */
export function secretProblem(code: string, message: string, place: SecretPlaceName): SecretProblem {
  const { name, region, environment, variables } = place;
  const say = (fault: SecretFault, what: string, mend: string): SecretProblem => ({
    ...whole(fault, region, `secret "${name}" ${what}`, mend),
    secret: name,
    variables,
  });
  if (code.startsWith("ResourceNotFound")) {
    const mend = `Make it: aloft secrets push .env --env ${environment} (or is AWS_REGION another?)`;
    return say("not_found", `is not in ${region}.`, mend);
  }
  if (saysDeleted(message)) {
    const mend = `Bring it back: aws secretsmanager restore-secret --secret-id ${name} --region ${region}`;
    return say("pending_deletion", `in ${region} is scheduled for deletion.`, mend);
  }
  if (code.startsWith("DecryptionFailure") || (code.startsWith("AccessDenied") && /kms/i.test(message))) {
    return keyDenied(place);
  }
  if (code.startsWith("AccessDenied")) {
    const arn = `arn:aws:secretsmanager:${region}:<account>:secret:${name}-??????`;
    return say(
      "read_denied",
      `in ${region} may not be read by this role, or has another name.`,
      `Allow secretsmanager:GetSecretValue on ${arn}, or check the name.`,
    );
  }
  const word = /^[A-Za-z]{1,60}$/.test(code) ? code : "unknown error";
  return say("failed", `in ${region} could not be read (${word}).`, `Look closer: ${doctor(environment)}`);
}

export function binarySecret({ name, region, environment, variables }: SecretPlaceName): SecretProblem {
  const message = `secret "${name}" in ${region} is binary.`;
  const mend = `Store it as text: aloft secrets push .env --env ${environment}`;
  return { ...whole("binary", region, message, mend), secret: name, variables };
}

/** A parameter that GetParameters does not know. */
export function parameterMissing({ name, region, environment, variables }: SecretPlaceName): SecretProblem {
  const message = `parameter "${name}" is not in ${region}.`;
  const mend = `Make it: aloft secrets push .env --env ${environment} (or is AWS_REGION another?)`;
  return { ...whole("not_found", region, message, mend), secret: name, variables };
}

/** Somebody else wrote between the reading and the writing. */
export function changedMeanwhile(
  { name, region, environment, variables }: SecretPlaceName,
  what = "was changed by somebody else meanwhile; what they wrote stays.",
): SecretProblem {
  const mend = `Look at the difference again: aloft secrets diff .env --env ${environment}`;
  return { ...whole("changed_meanwhile", region, `"${name}" in ${region} ${what}`, mend), secret: name, variables };
}

/** AWS would not take a text of that size. */
export function tooLarge({ name, region, variables }: SecretPlaceName, maxBytes: number): SecretProblem {
  const message = `"${name}" would be larger than the ${maxBytes} bytes that AWS takes.`;
  return { ...whole("too_large", region, message, "Part it into several secrets."), secret: name, variables };
}
