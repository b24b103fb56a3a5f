import { AnyPrincipal, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";

/**
 * For a key's policy: nobody but AWS's services, in whosever name, can hand the key on by a grant.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
 */
export function grantsToServicesOnly(): PolicyStatement {
  return new PolicyStatement({
    sid: "GrantsToServicesOnly",
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ["kms:CreateGrant"],
    resources: ["*"],
    conditions: { BoolIfExists: { "kms:GrantIsForAWSResource": "false", "aws:PrincipalIsAWSService": "false" } },
  });
}
