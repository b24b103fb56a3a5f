import { randomBytes, randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Resource, Synthesis } from "@aloft/infra/synthesize";
import type { Place } from "./iam-requests.ts";
import { type Recorder, recorder } from "./recorder.ts";
import { type Known, resolveIn, resourcesOf } from "./values.ts";

export const region = "eu-central-1";
/** That of the emulator that has keys and secrets. */
export const account = "000000000000";

export interface Endpoints {
  readonly dynamodb: string;
  readonly moto: string;
  readonly ministack: string;
}

/** What a template makes, made in emulators, with everything that is asked of it recorded. */
export interface World extends AsyncDisposable {
  readonly recorder: Recorder;
  readonly known: Known;
  readonly place: Place;
  /** The program's environment, as its task has it. */
  environmentOf(program: string): Readonly<Record<string, string>>;
}

export interface NotMade {
  /** What emulators do not make, by `LogicalId.Attribute`. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** As RDS keeps it in a secret of its own. */
  readonly administrator?: { readonly username: string; readonly password: string };
}

export async function makeWorld(
  synthesis: Synthesis,
  endpoints: Endpoints,
  { attributes = {}, administrator }: NotMade = {},
): Promise<World> {
  await using undo = new AsyncDisposableStack();
  const made: Record<string, string> = { ...attributes };
  const known: Known = { account, region, attributes: made };
  const making: Making = { synthesis, known, made, undo };
  const settings = { region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const client = <C extends { destroy(): void }>(one: C): C => undo.adopt(one, () => one.destroy());
  await makeKeys(making, client(new KMSClient({ ...settings, endpoint: endpoints.ministack })));
  const secrets = client(new SecretsManagerClient({ ...settings, endpoint: endpoints.ministack }));
  const arns = await makeSecrets(making, secrets, administrator);
  await makeBuckets(making, client(new S3Client({ ...settings, endpoint: endpoints.moto, forcePathStyle: true })));
  await makeTables(making, client(new DynamoDBClient({ ...settings, endpoint: endpoints.dynamodb })));
  const { dynamodb, ministack, moto } = endpoints;
  const recording = undo.use(
    await recorder({ dynamodb, kms: ministack, secretsmanager: ministack, ssm: moto, s3: moto }),
  );
  const owned = undo.move();
  const dataKey = Object.keys(made).find((attribute) => /^DataKey[0-9A-F]{8}\.Arn$/.test(attribute));
  return {
    recorder: recording,
    known,
    place: { account, region, arns, dataKeyArn: made[dataKey ?? ""] },
    environmentOf: (program) => environmentOf(synthesis, known, program),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Making {
  readonly synthesis: Synthesis;
  readonly known: Known;
  readonly made: Record<string, string>;
  readonly undo: AsyncDisposableStack;
}

/** What the data stack has of a type, with everything in place of references. */
function dataOf({ synthesis, known }: Making, type: string) {
  return resourcesOf(synthesis, type)
    .filter(({ stack }) => stack.part === "Data")
    .map(({ id, stack, resource }) => {
      return { id, properties: resolveIn(synthesis, stack, known, resource.Properties ?? {}) as Record<string, any> };
    });
}

async function makeKeys({ synthesis, made }: Making, kms: KMSClient): Promise<void> {
  for (const { id, stack, resource } of resourcesOf(synthesis, "AWS::KMS::Key")) {
    if (stack.part === "Data") made[`${id}.Arn`] = await makeKey(kms, resource);
  }
}

async function makeSecrets(
  making: Making,
  secrets: SecretsManagerClient,
  administrator: NotMade["administrator"],
): Promise<Readonly<Record<string, string>>> {
  const { synthesis, made, undo } = making;
  const arns: Record<string, string> = {};
  const make = async (Name: string, value: { readonly SecretString?: string }): Promise<string> => {
    const { ARN = "" } = await secrets.send(new CreateSecretCommand({ Name, ...value }));
    const gone = new DeleteSecretCommand({ SecretId: ARN, ForceDeleteWithoutRecovery: true });
    undo.defer(async () => void (await secrets.send(gone)));
    [arns[Name], arns[ARN]] = [ARN, ARN];
    return ARN;
  };
  for (const { properties } of dataOf(making, "AWS::SecretsManager::Secret")) {
    await make(String(properties["Name"]), valueOf(properties));
  }
  if (administrator === undefined) return arns;
  const arn = await make(`rds!db-${randomUUID()}`, { SecretString: JSON.stringify(administrator) });
  for (const { id } of resourcesOf(synthesis, "AWS::RDS::DBInstance")) made[`${id}.MasterUserSecret.SecretArn`] = arn;
  return arns;
}

async function makeBuckets(making: Making, s3: S3Client): Promise<void> {
  for (const { id, properties } of dataOf(making, "AWS::S3::Bucket")) {
    const Bucket = String(properties["BucketName"]);
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }));
    making.made[`${id}.Arn`] = `arn:aws:s3:::${Bucket}`;
    making.undo.defer(async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
      await s3.send(new DeleteBucketCommand({ Bucket }));
    });
  }
}

async function makeTables(making: Making, dynamodb: DynamoDBClient): Promise<void> {
  const tables = dataOf(making, "AWS::DynamoDB::Table").map(({ properties }) => properties);
  making.undo.defer(async () => {
    await Promise.all(tables.map(({ TableName }) => dynamodb.send(new DeleteTableCommand({ TableName }))));
  });
  await Promise.all(tables.map((properties) => makeTable(dynamodb, properties)));
}

/** As if everything were made, for what asks nothing of AWS. */
export function imagined(synthesis: Synthesis): Known {
  const keys = resourcesOf(synthesis, "AWS::KMS::Key").map(({ id }): [string, string] => [
    `${id}.Arn`,
    `arn:aws:kms:${region}:${account}:key/${randomUUID()}`,
  ]);
  const buckets = resourcesOf(synthesis, "AWS::S3::Bucket").map(({ id, resource, stack }): [string, string] => {
    const known = { account, region, attributes: {} };
    return [
      `${id}.Arn`,
      `arn:aws:s3:::${String(resolveIn(synthesis, stack, known, resource.Properties?.["BucketName"]))}`,
    ];
  });
  return { account, region, attributes: Object.fromEntries([...keys, ...buckets]) };
}

async function makeKey(kms: KMSClient, { Properties = {} }: Resource): Promise<string> {
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({
      KeySpec: (Properties["KeySpec"] as "SYMMETRIC_DEFAULT" | undefined) ?? "SYMMETRIC_DEFAULT",
      KeyUsage: (Properties["KeyUsage"] as "ENCRYPT_DECRYPT" | undefined) ?? "ENCRYPT_DECRYPT",
    }),
  );
  return KeyMetadata?.Arn ?? "";
}

/** As Secrets Manager makes it of letters and digits; none without GenerateSecretString. */
function valueOf({ GenerateSecretString: how }: Record<string, any>): { readonly SecretString?: string } {
  if (how === undefined) return {};
  const random = randomBytes(1024)
    .toString("base64")
    .replaceAll(/[^A-Za-z0-9]/g, "")
    .slice(0, Number(how.PasswordLength));
  if (how.SecretStringTemplate === undefined) return { SecretString: random };
  return { SecretString: JSON.stringify({ ...JSON.parse(how.SecretStringTemplate), [how.GenerateStringKey]: random }) };
}

/** A template's table is what CreateTable takes, but for what DynamoDB Local does not know. */
export async function makeTable(client: DynamoDBClient, properties: Record<string, any>): Promise<void> {
  const { TableName, TimeToLiveSpecification } = properties;
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode } = properties;
  await client.send(
    new CreateTableCommand({ TableName, KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode }),
  );
  if (TimeToLiveSpecification === undefined) return;
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}

/** What the program's container is told. */
function environmentOf(synthesis: Synthesis, known: Known, program: string): Readonly<Record<string, string>> {
  for (const { stack, resource } of resourcesOf(synthesis, "AWS::ECS::TaskDefinition")) {
    const containers = resource.Properties?.["ContainerDefinitions"] as readonly Record<string, any>[];
    const container = containers.find(({ Name }) => Name === program);
    if (container === undefined) continue;
    const edge = { ...known.attributes, ...elsewhere(container) };
    const told = resolveIn(synthesis, stack, { ...known, attributes: edge }, container["Environment"]);
    return Object.fromEntries((told as { Name: string; Value: string }[]).map(({ Name, Value }) => [Name, Value]));
  }
  throw new Error(`no task has a container ${program}`);
}

/** Names that only AWS gives, of what is not in the data stack: any will do. */
function elsewhere(container: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  JSON.stringify(container, (key, value: unknown) => {
    if (key === "Fn::GetAtt" && Array.isArray(value)) found[value.join(".")] = "elsewhere.example.com";
    return value;
  });
  return found;
}
