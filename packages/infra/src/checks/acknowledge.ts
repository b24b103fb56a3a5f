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
