import { defineSecrets } from "@aloft/core/secrets/define-secrets";
import { App, type Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { resolveApp } from "../config/resolve.ts";
import type { ResolvedCompute, ResolvedLibrary } from "../config/resolve.ts";
import { DataStack } from "../stacks/data-stack.ts";
import { NetworkStack } from "../stacks/network-stack.ts";
import { buildLibrary } from "../stacks/library.ts";

const both = { environments: { production: {}, dev: {} } };

function dataOf(config: object, environment = "production") {
  const app = resolveApp({ name: "chat", topology: "solo", ...both, ...config }, environment) as ResolvedCompute;
  const cdk = new App({ analyticsReporting: false });
  const stack = new DataStack(cdk, { app, vpc: new NetworkStack(cdk, app).vpc });
  return { stack, template: Template.fromStack(stack) };
}

function namesOf(template: Template, type: string, name: string): readonly string[] {
  return Object.values(template.findResources(type)).map(({ Properties }) => Properties[name] as string);
}

describe("tables", () => {
  test("[landing.data.tables.kept] they can be set back, expire, and in production stay", () => {
    const { template } = dataOf({});
    const tables = template.findResources("AWS::DynamoDB::Table");
    expect(Object.keys(tables).length).toBeGreaterThan(20);
    for (const table of Object.values(tables)) {
      expect(table).toMatchObject({
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
        Properties: {
          BillingMode: "PAY_PER_REQUEST",
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      });
    }
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      TableName: "chat-production_sessions",
      TimeToLiveSpecification: { Enabled: true },
    });
    const dev = dataOf({}, "dev").template.findResources("AWS::DynamoDB::Table");
    for (const table of Object.values(dev)) {
      expect(table).toMatchObject({ DeletionPolicy: "Delete", Properties: { DeletionProtectionEnabled: false } });
    }
  });

  test("[landing.data.names] everything has its name before it is made", () => {
    const { template, stack } = dataOf({ signIn: ["google"], models: { provider: "anthropic" } });
    expect(stack.tableNames.slice(0, 2)).toEqual(["chat-production_users", "chat-production_users.unique"]);
    expect(namesOf(template, "AWS::DynamoDB::Table", "TableName").toSorted()).toEqual([...stack.tableNames].toSorted());
    const buckets = namesOf(template, "AWS::S3::Bucket", "BucketName");
    expect(buckets).toEqual([
      { "Fn::Join": ["", ["chat-production-blobs-", { Ref: "AWS::AccountId" }, "-us-east-1"]] },
    ]);
    expect(namesOf(template, "AWS::ECR::Repository", "RepositoryName")).toEqual(["chat-production"]);
    expect(namesOf(template, "AWS::SecretsManager::Secret", "Name")).toEqual([
      "chat/prod/auth-secret",
      "chat/prod/llm-keys",
      "chat/prod/oauth-google",
    ]);
    const longest = dataOf({ name: "a".repeat(16), region: "ap-southeast-1", account: "1".repeat(12) }).stack
      .bucketName;
    expect(longest.length).toBeLessThanOrEqual(63);
  });
});

test("[landing.data.blobs] the bucket is private, takes TLS alone, and forgets what nobody finished", () => {
  const { template } = dataOf({});
  template.hasResource("AWS::S3::Bucket", {
    DeletionPolicy: "RetainExceptOnCreate",
    Properties: {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      VersioningConfiguration: { Status: "Enabled" },
      LifecycleConfiguration: {
        Rules: [
          { Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
          { Status: "Enabled", NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
        ],
      },
    },
  });
  const denied = { Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } };
  template.hasResourceProperties("AWS::S3::BucketPolicy", {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(denied)]) },
  });
  const dev = dataOf({}, "dev").template;
  dev.hasResource("AWS::S3::Bucket", { DeletionPolicy: "Delete" });
  dev.resourceCountIs("AWS::Lambda::Function", 0);
  dev.hasResourceProperties("AWS::S3::Bucket", { VersioningConfiguration: Match.absent() });
});

test("[landing.data.keys] one key seals and is rotated, another signs", () => {
  const { template, stack } = dataOf({});
  template.resourceCountIs("AWS::KMS::Key", 2);
  template.hasResourceProperties("AWS::KMS::Key", { EnableKeyRotation: true, KeySpec: Match.absent() });
  template.hasResourceProperties("AWS::KMS::Key", { KeySpec: "ECC_NIST_EDWARDS25519", KeyUsage: "SIGN_VERIFY" });
  expect(Object.keys(stack.access.server.environment)).toEqual(
    expect.arrayContaining(["KEYS_TYPE", "KMS_KEY_ID", "KMS_SIGNING_KEY_ID"]),
  );
});

describe("secrets", () => {
  const secretsOf = (config: object) => namesOf(dataOf(config).template, "AWS::SecretsManager::Secret", "Name");

  test("[landing.data.secrets.wanted] only those that the app has use for", () => {
    expect(secretsOf({})).toEqual(["chat/prod/auth-secret"]);
    expect(secretsOf({ models: { provider: "openai" } })).toEqual(["chat/prod/auth-secret", "chat/prod/llm-keys"]);
    expect(secretsOf({ models: { provider: "bedrock" } })).toEqual(["chat/prod/auth-secret"]);
    expect(secretsOf({ signIn: ["google"] })).toEqual(["chat/prod/auth-secret", "chat/prod/oauth-google"]);
    const secrets = defineSecrets({
      app: { name: "combine/{env}/app", fills: ["STRIPE_KEY"], readers: ["server"] },
      database: { name: "combine/{env}/db", fills: "DATABASE_URL" },
      flag: { name: "/combine/{env}/flag", in: "parameter-store", fills: "FLAG" },
    });
    const { template, stack } = dataOf({
      topology: "relational",
      service: { image: { dockerfile: "Dockerfile" } },
      secrets,
    });
    expect(namesOf(template, "AWS::SecretsManager::Secret", "Name")).toEqual([
      "combine/prod/app",
      "chat/prod/database-user",
    ]);
    expect(stack.access.server.environment["ALOFT_SECRETS"]).toBe("app,flag");
    expect(stack.access.migrate.environment["ALOFT_SECRETS"]).toBe("flag");
    const readable = stack.access.server.permissions.map(({ sid }) => sid);
    expect(readable).toEqual(expect.arrayContaining(["Secrets", "SecretsAtOnce", "Parameters"]));
    expect(stack.toPush.map(({ name }) => name)).toEqual(["combine/prod/app", "/combine/prod/flag"]);
  });

  test("[landing.data.secrets.valueless] a value is made by Secrets Manager or pushed, and never in a template", () => {
    const secrets = defineSecrets({
      hex: { name: "hex", fills: "HEX", generate: { bytes: 32, encoding: "hex" } },
      base64: { name: "base64", fills: "B64", generate: { bytes: 32, encoding: "base64" } },
      json: { name: "json", fills: { key: { variable: "KEY", generate: { bytes: 48, encoding: "base64url" } } } },
      pushed: { name: "pushed", fills: "PUSHED" },
      part: { name: "part", fills: { a: { variable: "A", generate: { bytes: 16, encoding: "hex" } }, b: "B" } },
    });
    const { template, stack } = dataOf({ service: { image: { dockerfile: "Dockerfile" } }, secrets });
    const made = Object.values(template.findResources("AWS::SecretsManager::Secret"));
    const how = new Map(made.map(({ Properties }) => [Properties.Name, Properties.GenerateSecretString]));
    expect(made.filter(({ Properties }) => "SecretString" in Properties)).toEqual([]);
    expect(how.get("hex")).toMatchObject({ PasswordLength: 64, ExcludeUppercase: true, ExcludePunctuation: true });
    expect(how.get("base64")).toMatchObject({ PasswordLength: 44, ExcludePunctuation: true });
    expect(how.get("json")).toMatchObject({ SecretStringTemplate: "{}", GenerateStringKey: "key", PasswordLength: 65 });
    expect(how.get("pushed")).toBeUndefined();
    expect(how.get("part")).toBeUndefined();
    expect(stack.toPush.map(({ id }) => id)).toEqual(["pushed", "part"]);
  });
});

test("[landing.data.images] tags never move, images are scanned, the newest 20 are kept", () => {
  const { template } = dataOf({});
  template.hasResourceProperties("AWS::ECR::Repository", {
    ImageTagMutability: "IMMUTABLE",
    ImageScanningConfiguration: { ScanOnPush: true },
    LifecyclePolicy: { LifecyclePolicyText: Match.serializedJson(Match.objectLike({ rules: Match.anyValue() })) },
  });
  const [{ Properties } = { Properties: {} }] = Object.values(template.findResources("AWS::ECR::Repository"));
  const { rules } = JSON.parse(Properties.LifecyclePolicy.LifecyclePolicyText) as { rules: any[] };
  expect(rules.at(-1).selection).toMatchObject({ tagStatus: "any", countNumber: 20 });
});

test.each(["solo", "relational"])(
  "[landing.data.encryption] one key of the account, through services alone: %s",
  (topology) => {
    const { template, stack } = dataOf({ topology, encryption: "own" });
    template.resourceCountIs("AWS::KMS::Key", 3);
    const id = Object.keys(template.findResources("AWS::KMS::Key")).find((one) => one.startsWith("DataKey"));
    const key = { "Fn::GetAtt": [id, "Arn"] };
    for (const secret of Object.values(template.findResources("AWS::SecretsManager::Secret"))) {
      expect(secret.Properties.KmsKeyId).toEqual(key);
    }
    for (const table of Object.values(template.findResources("AWS::DynamoDB::Table"))) {
      expect(table.Properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: key });
    }
    for (const database of Object.values(template.findResources("AWS::RDS::DBInstance"))) {
      expect(database.Properties.KmsKeyId).toEqual(key);
      template.hasResourceProperties("AWS::Logs::LogGroup", { KmsKeyId: key });
    }
    template.hasResourceProperties("AWS::ECR::Repository", { EncryptionConfiguration: { EncryptionType: "KMS" } });
    const statements: { Sid: string; Action: string[] }[] =
      template.findResources("AWS::KMS::Key")[id ?? ""]?.["Properties"].KeyPolicy.Statement;
    const used = statements.find(({ Sid }) => Sid === "ThroughServices")?.Action;
    expect(used).toEqual(expect.arrayContaining(["kms:CreateGrant", "kms:RetireGrant"]));
    const rule = {
      ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: key },
      BucketKeyEnabled: true,
    };
    template.hasResourceProperties("AWS::S3::Bucket", {
      BucketEncryption: { ServerSideEncryptionConfiguration: [rule] },
    });
    const through = stack.access.server.permissions.find(({ sid }) => sid === "ThroughServices");
    expect(through?.conditions?.["StringEquals"]?.["kms:ViaService"]).toContain("s3.us-east-1.amazonaws.com");
    expect(dataOf({ topology }).stack.access.server.permissions.map(({ sid }) => sid)).not.toContain("ThroughServices");
  },
);

describe("the database", () => {
  test("[landing.data.relational] RDS: encrypted, backed up, by TLS alone, with a standby in production", () => {
    const { template } = dataOf({ topology: "relational" });
    template.hasResource("AWS::RDS::DBInstance", {
      DeletionPolicy: "Snapshot",
      UpdateReplacePolicy: "Snapshot",
      Properties: {
        DBInstanceIdentifier: "chat-production",
        StorageEncrypted: true,
        PubliclyAccessible: false,
        MultiAZ: true,
        DeletionProtection: true,
        BackupRetentionPeriod: 7,
        AutoMinorVersionUpgrade: true,
        CACertificateIdentifier: "rds-ca-rsa2048-g1",
        EnableCloudwatchLogsExports: Match.arrayWith(["postgresql"]),
        EngineVersion: "17",
      },
    });
    template.hasResourceProperties("AWS::RDS::DBParameterGroup", { Parameters: { "rds.force_ssl": "1" } });
    template.hasResourceProperties("AWS::Logs::LogGroup", {
      LogGroupName: "/aws/rds/instance/chat-production/postgresql",
      RetentionInDays: 30,
    });
    template.resourceCountIs("AWS::Lambda::Function", 0);
    const dev = dataOf({ topology: "relational" }, "dev").template;
    dev.hasResource("AWS::RDS::DBInstance", {
      DeletionPolicy: "Delete",
      Properties: { MultiAZ: false, DeletionProtection: false },
    });
  });

  test("[landing.data.relational] Aurora Serverless v2: the same, within its bounds", () => {
    const database = { engine: "aurora-serverless-v2", minAcu: 0, maxAcu: 8 };
    const { template, stack } = dataOf({ topology: "relational", database });
    template.hasResource("AWS::RDS::DBCluster", {
      DeletionPolicy: "Snapshot",
      Properties: {
        DBClusterIdentifier: "chat-production",
        StorageEncrypted: true,
        DeletionProtection: true,
        BackupRetentionPeriod: 7,
        ManageMasterUserPassword: true,
        EnableCloudwatchLogsExports: ["postgresql"],
        ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 8 },
      },
    });
    template.resourceCountIs("AWS::RDS::DBInstance", 2);
    template.allResourcesProperties("AWS::RDS::DBInstance", {
      PubliclyAccessible: false,
      AutoMinorVersionUpgrade: true,
    });
    template.hasResourceProperties("AWS::RDS::DBClusterParameterGroup", { Parameters: { "rds.force_ssl": "1" } });
    expect(stack.database?.securityGroups).toHaveLength(1);
    dataOf({ topology: "relational", database }, "dev").template.resourceCountIs("AWS::RDS::DBInstance", 1);
  });

  test("[landing.data.relational.sign-in] a secret for programs, RDS's own for the migration alone", () => {
    const { template, stack } = dataOf({ topology: "relational" });
    template.hasResourceProperties("AWS::RDS::DBInstance", {
      ManageMasterUserPassword: true,
      MasterUserPassword: Match.absent(),
      EnableIAMDatabaseAuthentication: false,
    });
    const { server, migrate } = stack.access;
    expect(server.environment).toMatchObject({
      MAIN_DB_TYPE: "postgres",
      DATABASE_SECRET: "chat/prod/database-user",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/etc/ssl/rds/global-bundle.pem",
    });
    expect(migrate.environment).toMatchObject({
      DATABASE_PROGRAM_USER: "aloft_program",
      DATABASE_PROGRAM_SECRET: "chat/prod/database-user",
      ALOFT_SECRETS: "none",
    });
    const secretsOf = (permissions: typeof server.permissions) =>
      stack.resolve(permissions.find(({ sid }) => sid === "Secrets")?.resources) as readonly unknown[];
    const admin = stack.resolve(migrate.environment["DATABASE_SECRET"]) as unknown;
    expect(secretsOf(migrate.permissions)).toContainEqual(admin);
    expect(secretsOf(server.permissions)).not.toContainEqual(admin);
  });

  test("[landing.data.relational.sign-in] by IAM for Aloft's own server, and for no other program", () => {
    const database = { engine: "rds", signIn: "iam" };
    const { template, stack } = dataOf({ topology: "relational", database });
    template.hasResourceProperties("AWS::RDS::DBInstance", { EnableIAMDatabaseAuthentication: true });
    expect(namesOf(template, "AWS::SecretsManager::Secret", "Name")).toEqual(["chat/prod/auth-secret"]);
    const { server, migrate } = stack.access;
    expect(server.environment["DATABASE_URL"]).toMatch(
      /^postgres:\/\/aloft_program@.*\/app\?sslmode=verify-full&sslrootcert=\/etc\/ssl\/rds\/global-bundle\.pem&signIn=iam$/,
    );
    const connect = server.permissions.find(({ sid }) => sid === "DatabaseSignIn");
    expect(JSON.stringify(stack.resolve(connect?.resources))).toMatch(/dbuser:.*DbiResourceId.*\/aloft_program/);
    expect(migrate.permissions.map(({ sid }) => sid)).not.toContain("DatabaseSignIn");
    expect(migrate.environment["DATABASE_PROGRAM_SECRET"]).toBeUndefined();
    const service = { image: { dockerfile: "Dockerfile" } };
    expect(() => dataOf({ topology: "relational", database, service })).toThrow("15 minutes");
  });
});

test("[landing.data.library] secrets by the manifest's names, one policy, the roles that are named", () => {
  const secrets = defineSecrets({
    app: { name: "pixell/{env}", fills: ["AUTH_SECRET", "DATABASE_URL"], required: true },
    flag: { name: "/pixell/{env}/flag", in: "parameter-store", fills: "FLAG" },
  });
  const config = { name: "pixell", topology: "library", secrets, readerRoles: ["web", "amplify"], ...both };
  const built = (environment: string) => {
    const cdk = new App({ analyticsReporting: false });
    const { permissions } = buildLibrary(cdk, resolveApp(config, environment) as ResolvedLibrary);
    return { permissions, template: Template.fromStack(cdk.node.findChild("Data") as Stack) };
  };
  const { template, permissions } = built("production");
  template.hasResource("AWS::SecretsManager::Secret", {
    DeletionPolicy: "RetainExceptOnCreate",
    Properties: { Name: "pixell/prod" },
  });
  template.hasResourceProperties("AWS::IAM::ManagedPolicy", {
    ManagedPolicyName: "pixell-production-secrets-reader",
    Roles: ["web", "amplify"],
  });
  expect(permissions["reader"]?.map(({ sid }) => sid)).toEqual(["Secrets", "SecretsAtOnce", "Parameters"]);
  built("dev").template.hasResource("AWS::SecretsManager::Secret", {
    DeletionPolicy: "Delete",
    Properties: { Name: "pixell/dev" },
  });
});

test("[landing.compute.begin-again] a first deployment that fails leaves no name that is in the next one's way", () => {
  const { template } = dataOf({});
  for (const type of ["AWS::SecretsManager::Secret", "AWS::S3::Bucket", "AWS::ECR::Repository", "AWS::KMS::Key"]) {
    const found = Object.values(template.findResources(type));
    expect(found.length, type).toBeGreaterThan(0);
    for (const resource of found) expect(resource, type).toMatchObject({ DeletionPolicy: "RetainExceptOnCreate" });
  }
});
