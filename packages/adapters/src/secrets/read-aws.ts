import type {
  BatchGetSecretValueCommandOutput,
  SecretsManagerClient,
  SecretValueEntry,
} from "@aws-sdk/client-secrets-manager";
import type { Secret } from "@aloft/core/secrets/define-secrets";
import { type SecretProblem, SecretsError } from "@aloft/core/secrets/problems";
import type { AwsClients } from "./aws-clients.ts";
import { binarySecret, parameterMissing, secretProblem, type SecretPlaceName } from "./aws-problems.ts";

/** A secret to be read, under its name in AWS. */
export interface WantedSecret {
  readonly secret: Secret;
  readonly name: string;
}

/** What came of it: its text and the version that the text is, or why there is none. */
export type FoundSecret =
  | { readonly text: string; readonly version: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: SecretProblem };

const secretsACall = 20;
const parametersACall = 10;

/**
 * Reads every secret at once: one BatchGetSecretValue for 20 secrets, one GetParameters for 10 parameters, all in
 * parallel.
 * @returns by the secret's name in AWS
 * @throws {SecretsError} AWS could not be asked at all.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
 */
export async function readAws(
  aws: AwsClients,
  environment: string,
  wanted: readonly WantedSecret[],
): Promise<ReadonlyMap<string, FoundSecret>> {
  const of = (place: Secret["place"]) => wanted.filter(({ secret }) => secret.place === place);
  const read = await Promise.all([
    ...batches(of("secrets-manager"), secretsACall).map((batch) => readSecrets(aws, environment, batch)),
    ...batches(of("parameter-store"), parametersACall).map((batch) => readParameters(aws, environment, batch)),
  ]);
  return new Map(read.flatMap((found) => [...found]));
}

function batches<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

type Found = Map<string, FoundSecret>;

/** For what is said about a secret. */
export function placeOf(aws: AwsClients, environment: string, { secret, name }: WantedSecret): SecretPlaceName {
  return { name, region: aws.region, environment, variables: secret.fills.map(({ variable }) => variable) };
}

async function readSecrets(aws: AwsClients, environment: string, batch: readonly WantedSecret[]): Promise<Found> {
  const client = await aws.secretsManager();
  const ids = batch.map(({ name }) => name);
  const values = new Map<string, SecretValueEntry>();
  const errors = new Map<string, { readonly code: string; readonly message: string }>();
  let next: string | undefined;
  do {
    const page = await sendBatch(aws, client, environment, ids, next);
    for (const value of page.SecretValues ?? []) values.set(value.Name ?? "", value).set(value.ARN ?? "", value);
    for (const { SecretId, ErrorCode, Message } of page.Errors ?? []) {
      errors.set(SecretId ?? "", { code: ErrorCode ?? "", message: Message ?? "" });
    }
    next = page.NextToken;
  } while (next !== undefined);
  return new Map(
    batch.map((one): [string, FoundSecret] => {
      const place = placeOf(aws, environment, one);
      const value = values.get(one.name);
      if (value !== undefined) return [one.name, foundValue(value, place)];
      const { code, message } = errors.get(one.name) ?? { code: "ResourceNotFoundException", message: "" };
      return [one.name, { problem: secretProblem(code, message, place) }];
    }),
  );
}

/** The value as it was answered: its text, unless it is binary. */
export function foundValue(
  { SecretString, VersionId }: Pick<SecretValueEntry, "SecretString" | "VersionId">,
  place: SecretPlaceName,
): FoundSecret {
  if (SecretString === undefined) return { problem: binarySecret(place) };
  return { text: SecretString, version: VersionId ?? "" };
}

async function sendBatch(
  aws: AwsClients,
  client: SecretsManagerClient,
  environment: string,
  ids: string[],
  next: string | undefined,
): Promise<Batch> {
  return aws.call({ action: "secretsmanager:BatchGetSecretValue", environment }, (abortSignal) =>
    readBatch(client, ids, next, abortSignal),
  );
}

type Batch = Pick<BatchGetSecretValueCommandOutput, "SecretValues" | "Errors" | "NextToken">;

/** One secret that is not there, or has no value, is its own fault: the others are read all the same. */
async function readBatch(
  client: SecretsManagerClient,
  ids: string[],
  next: string | undefined,
  abortSignal: AbortSignal,
): Promise<Batch> {
  const { BatchGetSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
  const command = new BatchGetSecretValueCommand({
    SecretIdList: ids,
    ...(next === undefined ? {} : { NextToken: next }),
  });
  try {
    return await client.send(command, { abortSignal });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ResourceNotFoundException") throw error;
    const [only, second] = ids;
    if (second === undefined) return { Errors: [{ SecretId: only, ErrorCode: error.name, Message: error.message }] };
    const alone = await Promise.all(ids.map((id) => readBatch(client, [id], undefined, abortSignal)));
    return {
      SecretValues: alone.flatMap(({ SecretValues = [] }) => SecretValues),
      Errors: alone.flatMap(({ Errors = [] }) => Errors),
    };
  }
}

async function readParameters(aws: AwsClients, environment: string, batch: readonly WantedSecret[]): Promise<Found> {
  const client = await aws.parameterStore();
  const { GetParametersCommand } = await import("@aws-sdk/client-ssm");
  const command = new GetParametersCommand({ Names: batch.map(({ name }) => name), WithDecryption: true });
  try {
    const { Parameters = [] } = await aws.call({ action: "ssm:GetParameters", environment }, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    const found = new Map(Parameters.map((parameter) => [parameter.Name, parameter]));
    return new Map(
      batch.map((one): [string, FoundSecret] => {
        const { Value: text, Version = 0 } = found.get(one.name) ?? {};
        const missing = (): FoundSecret => ({ problem: parameterMissing(placeOf(aws, environment, one)) });
        return [one.name, text === undefined ? missing() : { text, version: String(Version) }];
      }),
    );
  } catch (error) {
    const [denied] = error instanceof SecretsError ? error.problems : [];
    if (denied?.fault !== "read_denied" && denied?.fault !== "key_denied") throw error;
    // Denied as a whole, it still is a matter of these parameters: those that are optional may be done without.
    return new Map(
      batch.map((one): [string, FoundSecret] => {
        const { variables } = placeOf(aws, environment, one);
        return [one.name, { problem: { ...denied, secret: one.name, variables } }];
      }),
    );
  }
}
