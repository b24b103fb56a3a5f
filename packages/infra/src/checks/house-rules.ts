import type { Resource, SynthesizedStack, Synthesis } from "../synthesize.ts";
import type { Draft } from "./finding.ts";

interface Place {
  readonly resource: Resource;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly protectData: boolean;
}

interface HouseRule {
  readonly id: string;
  readonly types: readonly string[];
  readonly message: string;
  readonly broken: (place: Place) => boolean;
}

const holdsData = [
  "AWS::DynamoDB::GlobalTable",
  "AWS::DynamoDB::Table",
  "AWS::RDS::DBCluster",
  "AWS::RDS::DBInstance",
  "AWS::S3::Bucket",
];

/** What no tool asks and we promise. */
export const houseRules: readonly HouseRule[] = [
  {
    id: "aloft-private-compute",
    types: ["AWS::ECS::Service"],
    message: "Its tasks get public addresses: put them into private subnets.",
    broken: ({ properties }) =>
      at(properties, "NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp") === "ENABLED",
  },
  {
    id: "aloft-pinned-image",
    types: ["AWS::ECS::TaskDefinition"],
    message: "An image is named by a tag, which may mean another one tomorrow: name it by its digest.",
    broken: ({ properties }) => containers(properties).some(({ Image }) => !JSON.stringify(Image).includes("@sha256:")),
  },
  {
    id: "aloft-secret-value",
    types: ["AWS::ECS::TaskDefinition", "AWS::SecretsManager::Secret", "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"],
    message:
      "A secret's value is in the template, where everybody who may read stacks reads it. Push it by `aloft secrets push`.",
    broken: ({ properties }) =>
      isSecretText(properties["SecretString"]) ||
      isSecretText(properties["MasterUserPassword"]) ||
      containers(properties).some(({ Environment }) => list(Environment).some(isSecretVariable)),
  },
  {
    id: "aloft-log-retention",
    types: ["AWS::Logs::LogGroup"],
    message: "Its lines are kept, and paid, for ever: give it a retention.",
    broken: ({ properties }) => typeof properties["RetentionInDays"] !== "number",
  },
  {
    id: "aloft-kept-data",
    types: holdsData,
    message: "It holds data that is to be protected, and goes with its stack: give it the removal policy RETAIN.",
    broken: ({ resource, properties, protectData }) =>
      protectData &&
      // Of Aurora the cluster holds it.
      properties["DBClusterIdentifier"] === undefined &&
      !["Retain", "RetainExceptOnCreate", "Snapshot"].includes(resource.DeletionPolicy ?? "Delete"),
  },
  {
    id: "aloft-open-trust",
    types: ["AWS::IAM::Role"],
    message: "Any repository's jobs may take this role: name the exact subject (`sub`) of who may.",
    broken: ({ properties }) =>
      list(at(properties, "AssumeRolePolicyDocument", "Statement")).some(
        (statement) => JSON.stringify(statement).includes("AssumeRoleWithWebIdentity") && !hasExactSubject(statement),
      ),
  },
];

/** What the rules above say of an app, and what is over CloudFormation's limits. */
export function houseDrafts({ app, stacks }: Pick<Synthesis, "app" | "stacks">): readonly Draft[] {
  return stacks.flatMap((stack) => [...limits(stack), ...inStack(stack, app.protectData)]);
}

function inStack({ part, template }: SynthesizedStack, protectData: boolean): Draft[] {
  return Object.entries(template.Resources).flatMap(([logicalId, resource]) => {
    const place = { resource, properties: resource.Properties ?? {}, protectData };
    return houseRules
      .filter(({ types, broken }) => types.includes(resource.Type) && broken(place))
      .map(({ id, message }): Draft => ({ tool: "aloft", rule: id, level: "error", message, stack: part, logicalId }));
  });
}

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
function limits({ part, template, bytes }: SynthesizedStack): Draft[] {
  const counts = [
    { has: bytes, most: 1_048_576, what: "bytes" },
    { has: Object.keys(template.Resources).length, most: 500, what: "resources" },
    { has: Object.keys(template.Outputs ?? {}).length, most: 200, what: "outputs" },
  ];
  return counts
    .filter(({ has, most }) => has > most)
    .map(({ has, most, what }): Draft => {
      const message = `The stack has ${has} ${what}; CloudFormation takes ${most}. Move what you added into an app of its own.`;
      return { tool: "aloft", rule: "aloft-template-limit", level: "error", message, stack: part, logicalId: "" };
    });
}

function hasExactSubject(statement: unknown): boolean {
  const exact = at(statement, "Condition", "StringEquals");
  if (typeof exact !== "object" || exact === null) return false;
  return Object.entries(exact).some(
    ([key, value]) => key.endsWith(":sub") && list(value).every((subject) => !String(subject).includes("*")),
  );
}

/** Text that is the value itself, and not a reference that CloudFormation resolves. */
function isSecretText(value: unknown): boolean {
  return typeof value === "string" && !value.startsWith("{{resolve:");
}

function isSecretVariable(variable: unknown): boolean {
  const name = String(at(variable, "Name"));
  const value = at(variable, "Value");
  const named = /(^|_)(SECRET|PASSWORD|TOKEN|API_KEY|PRIVATE_KEY|CREDENTIALS)$/.test(name);
  const credentials =
    typeof value === "string" && /(:\/\/[^/\s:@]+:[^/\s@]+@|-----BEGIN|\bAKIA[A-Z0-9]{16}\b)/.test(value);
  const reference = typeof value === "string" && (value.startsWith("arn:") || /^[\w-]+(\/[\w-]+)+$/.test(value));
  return credentials || (named && typeof value === "string" && value !== "" && !reference);
}

function containers(properties: Place["properties"]): readonly Readonly<Record<string, unknown>>[] {
  return list(properties["ContainerDefinitions"]) as readonly Readonly<Record<string, unknown>>[];
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}
