import { expect, test } from "vitest";
import type { ResolvedApp } from "../config/resolve.ts";
import type { Resource, Template } from "../synthesize.ts";
import { houseDrafts } from "./house-rules.ts";

function found(template: Template, protectData = true): readonly string[] {
  const stack = { part: "Data", name: "demo-dev-data", region: "us-east-1", after: [], template } as const;
  const bytes = JSON.stringify(template).length;
  const app = { protectData } as ResolvedApp;
  return houseDrafts({ app, stacks: [{ ...stack, bytes }] }).map(({ rule }) => rule);
}

const one = (Type: string, Properties: Resource["Properties"] = {}, more: Partial<Resource> = {}) =>
  found({ Resources: { One: { Type, Properties, ...more } } });

const container = (more: object) => ({
  ContainerDefinitions: [{ Name: "server", Image: `registry/app@sha256:${"0".repeat(64)}`, ...more }],
});
const variable = (Name: string, Value: unknown) =>
  one("AWS::ECS::TaskDefinition", container({ Environment: [{ Name, Value }] }));

test("[landing.check.own-rules] tasks with public addresses", () => {
  const service = (AssignPublicIp: string) =>
    one("AWS::ECS::Service", { NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp } } });
  expect(service("ENABLED")).toEqual(["aloft-private-compute"]);
  expect(service("DISABLED")).toEqual([]);
});

test("[landing.check.own-rules] images by a tag, in one text or in pieces", () => {
  expect(one("AWS::ECS::TaskDefinition", container({ Image: "registry/app:latest" }))).toEqual(["aloft-pinned-image"]);
  const joined = { "Fn::Join": ["", [{ Ref: "AWS::AccountId" }, ".dkr.ecr/app@sha256:abc"]] };
  expect(one("AWS::ECS::TaskDefinition", container({ Image: joined }))).toEqual([]);
});

test("[landing.check.own-rules] secret values in variables, secrets and databases", () => {
  const secret = ["aloft-secret-value"];
  expect(variable("AUTH_SECRET", "correct horse battery staple")).toEqual(secret);
  expect(variable("ANTHROPIC_API_KEY", "sk-ant-1234")).toEqual(secret);
  expect(variable("DATABASE_URL", "postgres://app:hunter2@db.example.com/app")).toEqual(secret);
  expect(variable("NOTE", "-----BEGIN PRIVATE KEY-----")).toEqual(secret);
  expect(one("AWS::SecretsManager::Secret", { SecretString: "hunter2" })).toEqual(secret);
  expect(one("AWS::RDS::DBCluster", { MasterUserPassword: "hunter2" }, { DeletionPolicy: "Retain" })).toEqual(secret);
});

test("[landing.check.own-rules] names of secrets, references and plain settings are no values", () => {
  expect(variable("DATABASE_SECRET", "demo/prod/database-user")).toEqual([]);
  expect(variable("DATABASE_SECRET", "arn:aws:secretsmanager:us-east-1:123456789012:secret:x")).toEqual([]);
  expect(variable("AUTH_TOKEN", { Ref: "Token" })).toEqual([]);
  expect(variable("AWS_SECRETS_ENABLED", "true")).toEqual([]);
  expect(variable("DATABASE_URL", "postgres://db.example.com/app")).toEqual([]);
  const password = "{{resolve:secretsmanager:demo/database:SecretString:password}}";
  expect(one("AWS::RDS::DBCluster", { MasterUserPassword: password }, { DeletionPolicy: "Retain" })).toEqual([]);
});

test("[landing.check.own-rules] log groups without an end", () => {
  expect(one("AWS::Logs::LogGroup")).toEqual(["aloft-log-retention"]);
  expect(one("AWS::Logs::LogGroup", { RetentionInDays: 30 })).toEqual([]);
});

test("[landing.check.own-rules] data that goes with its stack where it is to be protected", () => {
  const table = { Resources: { One: { Type: "AWS::DynamoDB::Table" } } };
  expect(found(table)).toEqual(["aloft-kept-data"]);
  expect(found(table, false)).toEqual([]);
  expect(one("AWS::S3::Bucket", {}, { DeletionPolicy: "Retain" })).toEqual([]);
  expect(one("AWS::RDS::DBCluster", {}, { DeletionPolicy: "Snapshot" })).toEqual([]);
  expect(one("AWS::RDS::DBInstance", { DBClusterIdentifier: "demo" })).toEqual([]);
});

test("[landing.check.own-rules] roles that any repository's jobs may take", () => {
  const role = (Condition: object) =>
    one("AWS::IAM::Role", {
      AssumeRolePolicyDocument: { Statement: [{ Action: "sts:AssumeRoleWithWebIdentity", Condition }] },
    });
  const subject = "token.actions.githubusercontent.com:sub";
  expect(role({})).toEqual(["aloft-open-trust"]);
  expect(role({ StringLike: { [subject]: "repo:octo-org/*" } })).toEqual(["aloft-open-trust"]);
  expect(role({ StringEquals: { [subject]: ["repo:octo-org/demo:environment:dev", "repo:*"] } })).toEqual([
    "aloft-open-trust",
  ]);
  expect(role({ StringEquals: { [subject]: "repo:octo-org/demo:environment:dev" } })).toEqual([]);
});

test("[landing.check.limits] more resources, outputs or bytes than CloudFormation takes", () => {
  const many = <T>(count: number, item: T) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`N${i}`, item]));
  const none = { Type: "AWS::CloudFormation::WaitConditionHandle" };
  expect(found({ Resources: many(500, none), Outputs: many(200, { Value: "" }) })).toEqual([]);
  expect(found({ Resources: many(501, none) })).toEqual(["aloft-template-limit"]);
  expect(found({ Resources: {}, Outputs: many(201, { Value: "" }) })).toEqual(["aloft-template-limit"]);
  expect(found({ Resources: { One: { ...none, Properties: { text: "x".repeat(1_048_576) } } } })).toEqual([
    "aloft-template-limit",
  ]);
});
