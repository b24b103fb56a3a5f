import { stripVTControlCharacters } from "node:util";
import { ToolkitError } from "@aws-cdk/toolkit-lib";
import { AloftError } from "@aloft/core/errors";
import { DeployError, type DeployFault } from "./deploy-error.ts";

interface Translation {
  readonly names: RegExp;
  readonly code: DeployFault;
  readonly say: (doing: string, words: string) => string;
}

const signIn = "aws sso login, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

function noCredentials(): string {
  const { AWS_PROFILE: profile = "" } = process.env;
  return profile === "" ? "There are no AWS credentials here" : `The profile "${profile}" gives no AWS credentials`;
}

/** The first that matches an error's name or words is what it is. */
const translations: readonly Translation[] = [
  {
    names: /ExpiredToken|TokenExpired|RequestExpired|token.*(?:has|is) expired|session has expired|SSO.*expired/i,
    code: "credentials_expired",
    say: (doing) =>
      `The credentials have expired while ${doing}. Renew them (${signIn}) and give the same command again.`,
  },
  {
    names:
      /CredentialsProviderError|Could not load credentials|Unable to resolve AWS account|AuthenticationError|NoCredentials/i,
    code: "credentials_missing",
    say: (doing) => `${noCredentials()} for ${doing}. Run ${signIn}.`,
  },
  {
    names: /InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure/i,
    code: "credentials_missing",
    say: (doing) => `AWS does not know these credentials (${doing}). Run ${signIn}.`,
  },
  {
    names: /AccessDenied|UnauthorizedOperation|not authorized|Forbidden/i,
    code: "access_denied",
    say: (doing, words) => `These credentials may not do this: ${doing}. AWS says: ${words}`,
  },
  {
    names: /Throttl|TooManyRequests|Rate exceeded|RequestLimitExceeded/i,
    code: "throttled",
    say: (doing) => `AWS asked to slow down while ${doing}. Wait a minute and give the same command again.`,
  },
  {
    names: /ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|ECONNRESET|TimeoutError|socket hang up/i,
    code: "unreachable",
    say: (doing) =>
      `AWS cannot be reached (${doing}). Look at the network, a proxy, and AWS_ENDPOINT_URL if it is set.`,
  },
];

/**
 * What an error of AWS's SDK or of the CDK means here.
 * What is not AWS's is given back as it is.
 * @param doing what was being done, as in "reading the state of chat-dev-data".
 */
export function translated(error: unknown, doing: string): Error {
  if (error instanceof AloftError) return error;
  const chain = causes(error);
  const text = chain.map(({ name, message }) => `${name} ${message}`).join(" ");
  const words = plain(chain[0]?.message ?? String(error));
  const found = translations.find(({ names }) => names.test(text));
  if (found !== undefined) return new DeployError(found.code, found.say(doing, words), { cause: error });
  // What neither AWS nor the CDK says is somebody else's to explain.
  if (error instanceof Error && !isVendors(error)) return error;
  return new DeployError("aws", `AWS refused (${doing}): ${words}`, { cause: error });
}

/** Runs what asks AWS. @throws {DeployError} in plain words. */
export async function asking<T>(doing: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw translated(error, doing);
  }
}

/** Whether AWS says that the thing asked for is not there. */
export function isAbsent(error: unknown): boolean {
  const text = causes(error)
    .map(({ name, message }) => `${name} ${message}`)
    .join(" ");
  return /NotFound|NoSuch|does not exist|ResourceNotFound|not found/i.test(text);
}

/** Asks for what may not be there. */
export async function ifThere<T>(doing: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw translated(error, doing);
  }
}

function isVendors(error: Error): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ("$metadata" in at || "$fault" in at || ToolkitError.isToolkitError(at)) return true;
  }
  return false;
}

interface Named {
  readonly name: string;
  readonly message: string;
}

function causes(error: unknown): readonly Named[] {
  const chain: Named[] = [];
  for (let at = error; at instanceof Error && chain.length < 5; at = at.cause) {
    const code = "code" in at && typeof at.code === "string" ? `${at.code} ` : "";
    chain.push({ name: `${code}${at.name}`, message: at.message });
  }
  return chain;
}

const oneParagraph = 600;

function plain(message: string): string {
  // The CDK adds colours and signs of its own.
  const text = stripVTControlCharacters(message).replaceAll(/[❌✅]/gu, "");
  return text.replaceAll(/\s+/g, " ").trim().slice(0, oneParagraph);
}
