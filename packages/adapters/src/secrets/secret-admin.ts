import { randomUUID } from "node:crypto";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { SecretsEnvironment } from "@aloft/core/secrets/names";
import { SecretsError } from "@aloft/core/secrets/problems";
import { type AwsClients, type AwsOptions, openAwsClients } from "./aws-clients.ts";
import { changedMeanwhile, saysDeleted, secretProblem, tooLarge } from "./aws-problems.ts";
import { type FoundSecret, foundValue, placeOf, readAws, type WantedSecret } from "./read-aws.ts";

/** What is known of a secret without reading it. */
export interface SecretFacts {
  readonly exists: boolean;
  readonly changedAt: Date | undefined;
}

/** Reads and writes secrets for whoever looks after them. Each call has the whole of `timeoutMs` for itself. */
export interface SecretAdmin {
  readonly region: string;
  readonly environment: string;
  /** All of them, in as few requests as at a start. @throws {SecretsError} AWS could not be asked. */
  read(wanted: readonly WantedSecret[]): Promise<ReadonlyMap<string, FoundSecret>>;
  /** Secrets of Secrets Manager one by one, for a role that may not read them in a batch. */
  readEach(wanted: readonly WantedSecret[]): Promise<ReadonlyMap<string, FoundSecret>>;
  /**
   * Makes the secret, or writes its next version; the one before stays as AWSPREVIOUS.
   * @param expected the version that was read; undefined: there was none
   * @throws {SecretsError} `changed_meanwhile`: somebody else wrote after it was read. What they wrote stays, or is put
   * back if it was overwritten in the same moment.
   */
  write(one: WantedSecret, text: string, expected: string | undefined): Promise<void>;
  /** Whether it is there, and since when as it is; undefined if this role may not ask. */
  facts(one: WantedSecret): Promise<SecretFacts | undefined>;
  /** Names of up to 100 secrets in this region; none if this role may not ask. */
  names(): Promise<readonly string[]>;
}

const maxSecretBytes = 65_536;
const maxParameterBytes = 4096;

/** @throws {SecretsError} there is no region, or there are no credentials. */
export async function openSecretAdmin(
  env: SecretsEnvironment,
  environment: string,
  options: AwsOptions = {},
): Promise<SecretAdmin> {
  const using = async <T>(work: (aws: AwsClients) => Promise<T>): Promise<T> => {
    using aws = await openAwsClients(env, environment, options);
    return work(aws);
  };
  const region = await using(async ({ region }) => region);
  return {
    region,
    environment,
    read: (wanted) => using((aws) => readAws(aws, environment, wanted)),
    readEach: (wanted) => using((aws) => readEach(aws, environment, wanted)),
    write: (one, text, expected) => using((aws) => write({ aws, environment, one }, text, expected)),
    facts: (one) => using((aws) => facts({ aws, environment, one })),
    names: () => using((aws) => names(aws, environment)),
  };
}

interface Target {
  readonly aws: AwsClients;
  readonly environment: string;
  readonly one: WantedSecret;
}

/** Calls for one secret of Secrets Manager. What it says of that secret is told as the secret's problem. */
async function call<T>(
  { aws, environment, one }: Target,
  action: string,
  send: (client: SecretsManagerClient, abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const client = await aws.secretsManager();
  return aws.call({ action: `secretsmanager:${action}`, environment, secret: one.name }, async (signal) => {
    try {
      return await send(client, signal);
    } catch (error) {
      const { name = "", message = "" } = error instanceof Error ? error : {};
      const place = placeOf(aws, environment, one);
      if (name === "ResourceExistsException") throw conflict({ aws, environment, one });
      if (!/^(?:ResourceNotFound|DecryptionFailure)/.test(name) && !saysDeleted(message) && !/kms/i.test(message))
        throw error;
      throw new SecretsError("AWS refused:", [secretProblem(name, message, place)]);
    }
  });
}

function conflict({ aws, environment, one }: Target, what?: string): SecretsError {
  return new SecretsError("Nothing of others is overwritten:", [
    changedMeanwhile(placeOf(aws, environment, one), what),
  ]);
}

async function readEach(
  aws: AwsClients,
  environment: string,
  wanted: readonly WantedSecret[],
): Promise<ReadonlyMap<string, FoundSecret>> {
  const { GetSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
  const read = async (one: WantedSecret): Promise<[string, FoundSecret]> => {
    const place = placeOf(aws, environment, one);
    try {
      const value = await call({ aws, environment, one }, "GetSecretValue", (client, abortSignal) =>
        client.send(new GetSecretValueCommand({ SecretId: one.name }), { abortSignal }),
      );
      return [one.name, foundValue(value, place)];
    } catch (error) {
      const [problem] = error instanceof SecretsError ? error.problems : [];
      if (problem === undefined) throw error;
      return [one.name, { problem: { ...problem, secret: one.name, variables: place.variables } }];
    }
  };
  return new Map(await Promise.all(wanted.map(read)));
}

async function write(target: Target, text: string, expected: string | undefined): Promise<void> {
  const { aws, environment, one } = target;
  const isSecret = one.secret.place === "secrets-manager";
  const maxBytes = isSecret ? maxSecretBytes : maxParameterBytes;
  if (Buffer.byteLength(text) > maxBytes) {
    throw new SecretsError("Nothing was written.", [tooLarge(placeOf(aws, environment, one), maxBytes)]);
  }
  if (!isSecret) return writeParameter(target, text, expected);
  return expected === undefined ? createSecret(target, text) : replaceSecret(target, text, expected);
}

async function createSecret(target: Target, SecretString: string): Promise<void> {
  const { CreateSecretCommand } = await import("@aws-sdk/client-secrets-manager");
  const { name: Name, secret } = target.one;
  const described = secret.description === "" ? {} : { Description: secret.description };
  await call(target, "CreateSecret", (client, abortSignal) =>
    client.send(new CreateSecretCommand({ Name, SecretString, ...described }), { abortSignal }),
  );
}

/**
 * Secrets Manager has no conditional write. So the version is looked at right before, and right after what was there
 * right before the write: if that was somebody else's, it is put back.
 */
async function replaceSecret(target: Target, SecretString: string, expected: string): Promise<void> {
  const { DescribeSecretCommand, PutSecretValueCommand, UpdateSecretVersionStageCommand } =
    await import("@aws-sdk/client-secrets-manager");
  const SecretId = target.one.name;
  const stages = async (): Promise<(stage: string) => string | undefined> => {
    const { VersionIdsToStages = {} } = await call(target, "DescribeSecret", (client, abortSignal) =>
      client.send(new DescribeSecretCommand({ SecretId }), { abortSignal }),
    );
    return (stage) => Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes(stage));
  };
  if ((await stages())("AWSCURRENT") !== expected) throw conflict(target);
  const token = randomUUID();
  await call(target, "PutSecretValue", (client, abortSignal) =>
    client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken: token }), { abortSignal }),
  );
  const after = await stages();
  const before = after("AWSPREVIOUS");
  if (after("AWSCURRENT") !== token || before === expected || before === undefined) return;
  const restore = new UpdateSecretVersionStageCommand({
    SecretId,
    VersionStage: "AWSCURRENT",
    MoveToVersionId: before,
    RemoveFromVersionId: token,
  });
  try {
    await call(target, "UpdateSecretVersionStage", (client, abortSignal) => client.send(restore, { abortSignal }));
  } catch {
    const stage = `--version-id ${before}`;
    throw conflict(target, `was changed by somebody else in the same moment, and is in doubt: theirs is ${stage}.`);
  }
  throw conflict(target);
}

async function callParameters<T>(
  target: Target,
  action: string,
  send: (client: SSMClient, abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { aws, environment, one } = target;
  const client = await aws.parameterStore();
  return aws.call({ action: `ssm:${action}`, environment, secret: one.name }, async (signal) => {
    try {
      return await send(client, signal);
    } catch (error) {
      throw error instanceof Error && error.name === "ParameterAlreadyExists" ? conflict(target) : error;
    }
  });
}

async function writeParameter(target: Target, Value: string, expected: string | undefined): Promise<void> {
  const { GetParametersCommand, PutParameterCommand } = await import("@aws-sdk/client-ssm");
  const Name = target.one.name;
  if (expected !== undefined) {
    const { Parameters } = await callParameters(target, "GetParameters", (client, abortSignal) =>
      client.send(new GetParametersCommand({ Names: [Name] }), { abortSignal }),
    );
    if (String(Parameters?.[0]?.Version) !== expected) throw conflict(target);
  }
  const kind = expected === undefined ? { Type: "String" as const } : { Overwrite: true };
  const { Version = 0 } = await callParameters(target, "PutParameter", (client, abortSignal) =>
    client.send(new PutParameterCommand({ Name, Value, ...kind }), { abortSignal }),
  );
  if (expected !== undefined && Version !== Number(expected) + 1) {
    throw conflict(
      target,
      `was written by somebody else in the same moment: their version ${Version - 1} is in its history.`,
    );
  }
}

async function facts(target: Target): Promise<SecretFacts | undefined> {
  const { aws, environment, one } = target;
  if (one.secret.place === "parameter-store") {
    const found = (await readAws(aws, environment, [one])).get(one.name);
    if (found?.problem !== undefined && found.problem.fault !== "not_found") return undefined;
    return { exists: found?.text !== undefined, changedAt: undefined };
  }
  const { DescribeSecretCommand } = await import("@aws-sdk/client-secrets-manager");
  try {
    const { LastChangedDate, CreatedDate, DeletedDate } = await call(target, "DescribeSecret", (client, abortSignal) =>
      client.send(new DescribeSecretCommand({ SecretId: one.name }), { abortSignal }),
    );
    return { exists: DeletedDate === undefined, changedAt: LastChangedDate ?? CreatedDate };
  } catch (error) {
    const fault = error instanceof SecretsError ? error.problems[0]?.fault : undefined;
    if (fault === "not_found") return { exists: false, changedAt: undefined };
    if (fault === "read_denied") return undefined;
    throw error;
  }
}

async function names(aws: AwsClients, environment: string): Promise<readonly string[]> {
  const { ListSecretsCommand } = await import("@aws-sdk/client-secrets-manager");
  const client = await aws.secretsManager();
  try {
    const { SecretList = [] } = await aws.call({ action: "secretsmanager:ListSecrets", environment }, (abortSignal) =>
      client.send(new ListSecretsCommand({ MaxResults: 100 }), { abortSignal }),
    );
    return SecretList.flatMap(({ Name }) => (Name === undefined ? [] : [Name]));
  } catch (error) {
    if (error instanceof SecretsError) return [];
    throw error;
  }
}
