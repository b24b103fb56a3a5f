import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { AccountRootPrincipal, Effect, PolicyDocument, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key, KeySpec, KeyUsage } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { grantsToServicesOnly } from "./key-grants.ts";

export interface KeysProps {
  readonly prefix: string;
  readonly protectData: boolean;
}

/** Everything about a key but its use. */
const administration = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:GetPublicKey",
  "kms:ListGrants",
  "kms:ListKeyPolicies",
  "kms:ListKeyRotations",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:RotateKeyOnDemand",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
];

/**
 * What seals and what signs. Each key's own policy leaves it to the account's IAM who administers and uses it, but only in the
 * ways it is for: nobody can encrypt by hand, hand out a grant or import something with them.
 */
export class Keys extends Construct {
  readonly sealing: Key;
  readonly signing: Key;

  constructor(scope: Construct, id: string, { prefix, protectData }: KeysProps) {
    super(scope, id);
    const removalPolicy = protectData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
    this.sealing = new Key(this, "Sealing", {
      description: `Seals what ${prefix} keeps secret`,
      alias: `${prefix}/sealing`,
      enableKeyRotation: true,
      policy: usableFor(["kms:Decrypt", "kms:GenerateDataKey"]),
      removalPolicy,
    });
    this.signing = new Key(this, "Signing", {
      description: `Signs agents' tokens of ${prefix}`,
      alias: `${prefix}/signing`,
      keySpec: KeySpec.ECC_NIST_EDWARDS25519,
      keyUsage: KeyUsage.SIGN_VERIFY,
      policy: usableFor(["kms:Sign", "kms:Verify"]),
      removalPolicy,
    });
  }
}

function usableFor(actions: readonly string[]): PolicyDocument {
  const statement = (sid: string, allowed: readonly string[]): PolicyStatement =>
    new PolicyStatement({
      sid,
      effect: Effect.ALLOW,
      principals: [new AccountRootPrincipal()],
      actions: [...allowed],
      resources: ["*"],
    });
  const use = actions.length === 0 ? [] : [statement("Use", actions)];
  return new PolicyDocument({
    statements: [statement("Administration", administration), ...use, grantsToServicesOnly()],
  });
}

/**
 * One key of the account for what AWS keeps: tables, files, secrets, the database, images. AWS uses it in the name of who asks,
 * and nobody uses it past those services.
 */
export function dataKey(scope: Construct, id: string, { prefix, protectData }: KeysProps): Key {
  const { account, region, partition } = Stack.of(scope);
  const services = ["dynamodb", "s3", "secretsmanager", "rds", "ecr"].map((name) => `${name}.${region}.amazonaws.com`);
  const key = new Key(scope, id, {
    description: `Encrypts what ${prefix} keeps`,
    alias: `${prefix}/data`,
    enableKeyRotation: true,
    policy: usableFor([]),
    // It stays even if the first deployment fails, as tables do that it encrypts.
    removalPolicy: protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: "ThroughServices",
      principals: [new AccountRootPrincipal()],
      actions: [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey*",
        "kms:ReEncrypt*",
        // ECR gives its grants back when the repository goes.
        "kms:RetireGrant",
      ],
      resources: ["*"],
      conditions: { StringEquals: { "kms:ViaService": services, "kms:CallerAccount": account } },
    }),
  );
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: "Logs",
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:Describe*"],
      resources: ["*"],
      conditions: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:${partition}:logs:${region}:${account}:*` } },
    }),
  );
  return key;
}
