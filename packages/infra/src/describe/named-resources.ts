import type { Resource, SynthesizedStack } from "../synthesize.ts";
import type { Placed } from "./references.ts";

const nameProperties: Readonly<Record<string, readonly [service: string, property: string]>> = {
  "AWS::DynamoDB::GlobalTable": ["dynamodb", "TableName"],
  "AWS::DynamoDB::Table": ["dynamodb", "TableName"],
  "AWS::S3::Bucket": ["s3", "BucketName"],
  "AWS::SecretsManager::Secret": ["secretsmanager", "Name"],
  "AWS::SSM::Parameter": ["ssm", "Name"],
  "AWS::SQS::Queue": ["sqs", "QueueName"],
};

/** Finds what the ARNs of a policy mean by name or pattern, rather than by a reference. */
export function namedResources(
  resources: ReadonlyMap<string, Placed>,
): (policy: Resource, stack: SynthesizedStack) => readonly string[] {
  const named = [...resources.values()].flatMap(({ id, resource }) => {
    const [service, property] = nameProperties[resource.Type] ?? [];
    const name = property === undefined ? undefined : flat(resource.Properties?.[property]);
    return service === undefined || name === undefined ? [] : [{ id, service, name }];
  });
  return (policy) => {
    const arns = arnsOf(policy.Properties).map((arn) => ({ arn, pattern: patternOf(arn) }));
    return named
      .filter(({ service, name }) =>
        arns.some(({ arn, pattern }) => arn.includes(`:${service}:`) && pattern?.test(name) === true),
      )
      .map(({ id }) => id);
  };
}

/** Texts that are ARNs, with `*` for what is known only when deployed. */
export function arnsOf(value: unknown): readonly string[] {
  const text = flat(value);
  if (text !== undefined) return text.startsWith("arn:") ? [text] : [];
  if (Array.isArray(value)) return value.flatMap(arnsOf);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(arnsOf) : [];
}

function flat(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || !("Fn::Join" in value)) return undefined;
  const [separator, parts] = value["Fn::Join"] as [string, readonly unknown[]];
  return parts.map((part) => (typeof part === "string" ? part : "*")).join(separator);
}

/** Of the resource's name at an ARN's end, without what follows it: objects, indexes, the six letters of a secret. */
function patternOf(arn: string): RegExp | undefined {
  const [, , service, ...rest] = arn.split(":");
  const end = rest.slice(2).join(":");
  const own = end
    .replace(/^(table\/|secret:|parameter)/, "")
    .replace(/\/index\/.*$/, "")
    .replace(/-\?{6}$/, "");
  const name = service === "s3" ? own.replace(/\/.*$/, "") : own;
  if (name === "" || name === "*") return undefined;
  const escaped = name
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${escaped}$`);
}
