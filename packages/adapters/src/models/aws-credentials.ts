import { readFile } from "node:fs/promises";
import { ModelError } from "@aloft/core/ports/models";
import type { AwsCredentials } from "./config.ts";

const containerHost = "http://169.254.170.2";
const containerTimeoutMs = 5_000;
/** Credentials this close to their end are fetched anew. */
const renewBeforeMs = 5 * 60_000;

interface Held {
  readonly credentials: AwsCredentials;
  readonly expiresAt: number;
}

let held: Held | undefined;

/**
 * AWS credentials without the AWS SDK: the environment's, else those of the container's role, kept until they near
 * their end.
 * @throws {ModelError} `model_not_configured` naming what to set
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export async function awsCredentials(): Promise<AwsCredentials> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
    const keys = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
    return AWS_SESSION_TOKEN ? { ...keys, sessionToken: AWS_SESSION_TOKEN } : keys;
  }
  if (held !== undefined && held.expiresAt - renewBeforeMs > Date.now()) return held.credentials;
  held = await containerCredentials();
  return held.credentials;
}

async function containerCredentials(): Promise<Held> {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } = process.env;
  const url = relative ? containerHost + relative : full;
  if (!url) {
    throw new ModelError(
      "model_not_configured",
      "Amazon Bedrock needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK, or run with a task role.",
    );
  }
  try {
    const token = await authorizationToken();
    const answer = await fetch(url, {
      headers: token === undefined ? {} : { authorization: token },
      signal: AbortSignal.timeout(containerTimeoutMs),
    });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return heldFrom(await answer.json());
  } catch (error) {
    // what fails here may quote the answer, keys included: its kind alone is told
    const why = error instanceof Error && /^HTTP \d+$/.test(error.message) ? error.message : "no usable answer";
    throw new ModelError(
      "model_not_configured",
      `The credentials of the container's role cannot be read (${why}): check that the task has a role.`,
    );
  }
}

async function authorizationToken(): Promise<string | undefined> {
  const { AWS_CONTAINER_AUTHORIZATION_TOKEN: token, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file } = process.env;
  return file ? (await readFile(file, "utf8")).trim() : token;
}

function heldFrom(answer: unknown): Held {
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = answer as Record<string, unknown>;
  if (typeof AccessKeyId !== "string" || typeof SecretAccessKey !== "string") throw new Error("no keys in the answer");
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
  return {
    credentials: typeof Token === "string" ? { ...keys, sessionToken: Token } : keys,
    expiresAt: typeof Expiration === "string" ? Date.parse(Expiration) : Date.now(),
  };
}
