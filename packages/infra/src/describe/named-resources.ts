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
    const name = property === undefined ? undefined : resource.Properties?.[property];
    return service === undefined || typeof name !== "string" ? [] : [{ id, service, name }];
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

/** Of the resource's name at an ARN's end: after `table/`, `secret:`, `parameter` or the last colon. */
function patternOf(arn: string): RegExp | undefined {
  const last = arn
    .split(":")
    .slice(5)
    .join(":")
    .replace(/^(table\/|secret:|parameter)/, "")
    .replace(/\/index\/.*$/, "");
  if (last === "" || last === "*") return undefined;
  const escaped = last
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${escaped}$`);
}
