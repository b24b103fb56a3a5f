import { Stack, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * Says beside a resource why a finding about it is accepted. It answers for the construct and what is below it, so say it as
 * close to the resource as possible: a whole stack is refused. A reason that answers no finding is itself a finding.
 *
 * The rules' ids are those of every tool alike: `AwsSolutions-S1` or, where a rule finds several things,
 * `AwsSolutions-IAM5[Resource::*]` (cdk-nag), `CT.S3.PR.2` (cfn-guard), `W3045` (cfn-lint), `aloft-public-ip` (our own).
 *
 * ```ts
 * acknowledge(trailBucket, { "AwsSolutions-S1": "It is where logs end: nobody reads it but who looks into an incident." });
 * ```
 * @throws {Error} the construct is a whole stack, or a reason says nothing.
 * @see https://github.com/cdklabs/cdk-nag#acknowledging-a-rule
 */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  if (Stack.isStack(construct) || construct.node.scope === undefined) {
    throw new Error(`${construct.node.path} is a whole stack: say the reason beside the resource.`);
  }
  for (const [id, reason] of Object.entries(reasons)) {
    if (reason.trim().length < 20) throw new Error(`The reason for ${id} at ${construct.node.path} says too little.`);
    Validations.of(construct).acknowledge({ id, reason });
  }
}

/**
 * {@link acknowledge}, for the resources of a policy that end in a star: one reason for each, as cdk-nag names it.
 * @param resources ARNs, tokens of CDK among them; those without a star need no reason.
 */
export function acknowledgeWildcards(construct: IConstruct, resources: readonly string[], reason: string): void {
  const stack = Stack.of(construct);
  const wild = resources.map((resource) => flatten(stack.resolve(resource))).filter((named) => named.includes("*"));
  acknowledge(construct, Object.fromEntries(wild.map((named) => [`AwsSolutions-IAM5[Resource::${named}]`, reason])));
}

/** An ARN with what is not known yet in angle brackets, as cdk-nag writes it. */
function flatten(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if ("Ref" in value) return `<${String(value.Ref)}>`;
  const [[name, inner] = ["", undefined]] = Object.entries(value);
  if (name === "Fn::GetAtt" && Array.isArray(inner)) return `<${inner.join(".")}>`;
  if (name === "Fn::Join" && Array.isArray(inner)) {
    const [separator, parts] = inner as [string, readonly unknown[]];
    return parts.map(flatten).join(separator);
  }
  return JSON.stringify(value);
}
