import { bedrockNeeds } from "@aloft/adapters/needs/bedrock";
import { dynamodbMigrateNeeds, dynamodbNeeds } from "@aloft/adapters/needs/dynamodb";
import { kmsNeeds } from "@aloft/adapters/needs/kms";
import { databaseSignInNeeds } from "@aloft/adapters/needs/postgres";
import { s3Needs } from "@aloft/adapters/needs/s3";
import { secretsNeeds } from "@aloft/adapters/needs/secrets";
import type { Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { ResolvedCompute } from "../config/resolve.ts";
import type { Blobs } from "../constructs/blobs.ts";
import type { Keys } from "../constructs/keys.ts";
import { type ProgramSignIn, type Relational, rootCertificates } from "../constructs/relational.ts";
import type { Secrets } from "../constructs/secrets.ts";
import type { Tables } from "../constructs/tables.ts";
import { permissionsFor } from "./from-needs.ts";
import type { Permission, ProgramAccess, ProgramName } from "./permission.ts";

/** What is there for the programs of an app. */
export interface Kept {
  readonly app: ResolvedCompute;
  readonly keys: Keys;
  readonly blobs: Blobs;
  readonly secrets: Secrets;
  readonly encryptionKey: IKey | undefined;
  readonly tables?: Tables;
  readonly database?: { readonly relational: Relational; readonly signIn: ProgramSignIn };
}

/** What each program is told and allowed: what the adapters that it loads need, on what was made for it. */
export function accessOf(stack: Stack, kept: Kept): Readonly<Record<ProgramName, ProgramAccess>> {
  return { server: serverAccess(stack, kept), migrate: migrateAccess(stack, kept) };
}

function serverAccess(stack: Stack, kept: Kept): ProgramAccess {
  const { app, keys, blobs, tables, database } = kept;
  const sealing = keys.sealing.keyArn;
  const signing = keys.signing.keyArn;
  return {
    environment: {
      ...sharedEnvironment(stack, kept, "server"),
      STORAGE_TYPE: "s3",
      STORAGE_BUCKET: blobs.bucketName,
      KEYS_TYPE: "kms",
      KMS_KEY_ID: sealing,
      KMS_SIGNING_KEY_ID: signing,
      ...database?.signIn.serverEnvironment(database.relational),
    },
    permissions: [
      ...(tables === undefined
        ? []
        : permissionsFor(dynamodbNeeds, {
            tables: tables.tableArns,
            indexes: tables.indexArns,
            "word-tables": tables.wordTableArns,
          })),
      ...permissionsFor(s3Needs, { bucket: [blobs.bucketArn], objects: [`${blobs.bucketArn}/*`] }),
      ...permissionsFor(kmsNeeds, { "sealing-key": [sealing], "signing-key": [signing] }),
      ...secretsPermissions(kept, "server", database?.signIn.secretArns ?? []),
      ...(database === undefined
        ? []
        : permissionsFor(databaseSignInNeeds, { user: database.signIn.userArns(database.relational) })),
      ...(app.models.provider === "bedrock" ? permissionsFor(bedrockNeeds, { models: modelArns(stack) }) : []),
      ...throughServices(stack, kept, "server"),
    ],
  };
}

function migrateAccess(stack: Stack, kept: Kept): ProgramAccess {
  const { tables, database } = kept;
  const adminSecret = database === undefined ? [] : [database.relational.adminSecretArn, ...database.signIn.secretArns];
  return {
    environment: {
      ...sharedEnvironment(stack, kept, "migrate"),
      ...database?.signIn.migrateEnvironment(database.relational),
    },
    permissions: [
      ...(tables === undefined
        ? []
        : permissionsFor(dynamodbMigrateNeeds, { tables: tables.tableArns, meta: [tables.metaTableArn] })),
      ...(database === undefined ? [] : secretsPermissions(kept, "migrate", adminSecret)),
      ...throughServices(stack, kept, "migrate"),
    ],
  };
}

function sharedEnvironment(stack: Stack, { app, secrets, tables, database }: Kept, program: ProgramName) {
  const [environmentVariable = "ALOFT_ENV"] = app.secrets.environmentVariables;
  return {
    ALOFT_ENV: app.environment,
    [environmentVariable]: app.environment,
    AWS_REGION: stack.region,
    // Tables of a template need no secret to be looked at.
    ...(program === "migrate" && tables !== undefined
      ? { AWS_SECRETS_ENABLED: "false" }
      : {
          AWS_SECRETS_ENABLED: "true",
          ALOFT_SECRETS_PREFIX: app.secretsPrefix,
          ALOFT_SECRETS: secrets.readBy(program).ids.join(",") || "none",
        }),
    ...(tables === undefined ? {} : { MAIN_DB_TYPE: "dynamodb", DYNAMODB_TABLE_PREFIX: `${app.prefix}_` }),
    ...(database === undefined
      ? {}
      : {
          MAIN_DB_TYPE: "postgres",
          PGHOST: database.relational.host,
          PGPORT: database.relational.port,
          PGDATABASE: database.relational.databaseName,
          PGSSLMODE: "verify-full",
          PGSSLROOTCERT: rootCertificates,
        }),
  };
}

function secretsPermissions({ secrets }: Kept, reader: ProgramName, more: readonly string[]): Permission[] {
  const read = secrets.readBy(reader);
  return permissionsFor(secretsNeeds, {
    secrets: [...read.secretArns, ...more],
    parameters: read.parameterArns,
    several: read.secretArns.length + more.length > 0 ? ["*"] : [],
  });
}

/** Wherever Bedrock routes a request to, and the profiles that do so. */
function modelArns(stack: Stack): readonly string[] {
  const { partition, region, account } = stack;
  return [
    `arn:${partition}:bedrock:*::foundation-model/*`,
    `arn:${partition}:bedrock:${region}:${account}:inference-profile/*`,
  ];
}

/** With a key of the account, a service asks it in the name of who asks the service. */
function throughServices(stack: Stack, { encryptionKey, tables }: Kept, program: ProgramName): Permission[] {
  if (encryptionKey === undefined) return [];
  const services = [
    ...(program === "server" ? ["s3"] : []),
    ...(program === "server" || tables === undefined ? ["secretsmanager"] : []),
    ...(tables === undefined ? [] : ["dynamodb"]),
  ];
  const via = services.map((name) => `${name}.${stack.region}.amazonaws.com`);
  return [
    {
      sid: "ThroughServices",
      may: "have AWS open and encrypt what it keeps for it",
      actions: program === "server" ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"],
      resources: [encryptionKey.keyArn],
      conditions: { StringEquals: { "kms:ViaService": via } },
    },
  ];
}
