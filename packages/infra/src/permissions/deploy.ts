import { environmentOf, secretName } from "@aloft/core/secrets/names";
import type { Stack } from "aws-cdk-lib";
import type { ResolvedApp } from "../config/resolve.ts";
import type { Permission } from "./permission.ts";

/** What `aloft deploy` touches beside CloudFormation. */
export interface DeployTargets {
  /** Where images are pushed to. */
  readonly repositoryArn?: string;
  /** The task that migrates. */
  readonly migration?: {
    readonly clusterArn: string;
    readonly family: string;
    readonly logGroupArn: string;
    /** Of the task itself and of who starts it. */
    readonly roleArns: readonly string[];
  };
}

/** CDK's own name for what `cdk bootstrap` makes. */
const qualifier = "hnb659fds";
/** Certificates and firewalls of CloudFront are there. */
const edgeRegion = "us-east-1";

/**
 * What a workflow needs to run `aloft deploy`, and nothing more: CDK's roles change the stacks, so what may be made is up to the roles
 * of `cdk bootstrap`.
 */
export function deployPermissions(stack: Stack, app: ResolvedApp, targets: DeployTargets): readonly Permission[] {
  return [
    ...throughBootstrap(stack, app),
    ...lookingAhead(stack, app),
    notingDown(stack, app),
    ...pushing(targets),
    ...migrating(stack, app, targets),
    {
      sid: "CostTags",
      may: "activate the tags by which bills are told apart",
      actions: ["ce:UpdateCostAllocationTagsStatus"],
      resources: ["*"],
    },
  ].filter(({ resources }) => resources.length > 0);
}

function throughBootstrap({ partition, account, region }: Stack, app: ResolvedApp): Permission[] {
  const regions = app.topology === "library" ? [region] : [...new Set([region, edgeRegion])];
  const roles = ["deploy-role", "file-publishing-role", "lookup-role"];
  return [
    {
      sid: "AssumeBootstrapRoles",
      may: "take the roles that `cdk bootstrap` made",
      actions: ["sts:AssumeRole"],
      resources: regions.flatMap((at) =>
        roles.map((role) => `arn:${partition}:iam::${account}:role/cdk-${qualifier}-${role}-${account}-${at}`),
      ),
    },
    {
      sid: "ReadBootstrapVersion",
      may: "see which version of `cdk bootstrap` ran",
      actions: ["ssm:GetParameter"],
      resources: regions.map(
        (at) => `arn:${partition}:ssm:${at}:${account}:parameter/cdk-bootstrap/${qualifier}/version`,
      ),
    },
  ];
}

function lookingAhead({ partition, account, region }: Stack, app: ResolvedApp): Permission[] {
  const { secrets, parameters } = keptNames(app);
  const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${account}:${resource}`;
  return [
    {
      sid: "ReadStacks",
      may: "read how its stacks are",
      actions: [
        "cloudformation:DescribeStacks",
        "cloudformation:DescribeStackEvents",
        "cloudformation:ListStackResources",
      ],
      resources: [`arn:${partition}:cloudformation:*:${account}:stack/${app.prefix}-*/*`],
    },
    {
      sid: "LookForSecrets",
      may: "see which of its secrets have a value, but not the values",
      actions: ["secretsmanager:DescribeSecret"],
      // Secrets Manager adds six characters to the name.
      resources: secrets.map((name) => arn("secretsmanager", `secret:${name}-??????`)),
    },
    {
      sid: "LookForParameters",
      may: "see which of its parameters have a value",
      actions: ["ssm:GetParameter"],
      resources: parameters.map((name) => arn("ssm", `parameter/${name.replace(/^\//, "")}`)),
    },
    {
      sid: "ReadQuotas",
      may: "see the account's limits, how much of them is used, and the region's zones",
      actions: [
        "servicequotas:GetServiceQuota",
        "ec2:DescribeAddresses",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeVpcs",
      ],
      resources: app.topology === "library" ? [] : ["*"],
    },
    {
      sid: "LookForProvider",
      may: "see whether GitHub's tokens are known to the account",
      actions: ["iam:GetOpenIDConnectProvider"],
      resources: [`arn:${partition}:iam::${account}:oidc-provider/token.actions.githubusercontent.com`],
    },
    ...lookingAtDomain(app, partition),
    {
      sid: "LookForModels",
      may: "see whether the account may use the model",
      actions: ["bedrock:GetFoundationModelAvailability"],
      resources: app.topology !== "library" && app.models.provider === "bedrock" ? ["*"] : [],
    },
  ];
}

function lookingAtDomain(app: ResolvedApp, partition: string): Permission[] {
  if (app.topology === "library" || app.domain === undefined) return [];
  const { dns } = app.domain;
  const may = "look at the domain";
  return dns.provider === "route53"
    ? [
        {
          sid: "LookAtDomain",
          may,
          actions: ["route53:GetHostedZone"],
          resources: [`arn:${partition}:route53:::hostedzone/${dns.hostedZoneId}`],
        },
      ]
    : [{ sid: "LookAtDomain", may, actions: ["acm:DescribeCertificate"], resources: [dns.certificateArn] }];
}

/** One at a time, and what was put to work last. */
function notingDown({ partition, account, region }: Stack, app: ResolvedApp): Permission {
  return {
    sid: "NoteDown",
    may: "note down that it deploys, and what it put to work",
    actions: ["ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"],
    resources: [`arn:${partition}:ssm:${region}:${account}:parameter/aloft/${app.prefix}/deployment/*`],
  };
}

/** What the app's manifest names, in this environment. */
function keptNames(app: ResolvedApp): { readonly secrets: readonly string[]; readonly parameters: readonly string[] } {
  const { name: environmentName } = environmentOf(app.secrets, {}, app.environment);
  const { prefixVariable } = app.secrets;
  const prefix =
    prefixVariable === undefined || app.topology === "library" ? {} : { [prefixVariable]: app.secretsPrefix };
  const names = (stored: boolean) =>
    app.secrets.secrets
      .filter(({ place }) => (place === "parameter-store") === stored)
      .map((secret) => secretName(app.secrets, secret, environmentName, prefix));
  return { secrets: names(false), parameters: names(true) };
}

function pushing({ repositoryArn }: DeployTargets): Permission[] {
  if (repositoryArn === undefined) return [];
  return [
    { sid: "SignInToEcr", may: "sign in to ECR", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
    {
      sid: "PushImages",
      may: "push its images",
      actions: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
      ],
      resources: [repositoryArn],
    },
  ];
}

function migrating(
  { partition, account, region }: Stack,
  app: ResolvedApp,
  { migration }: DeployTargets,
): Permission[] {
  if (migration === undefined) return [];
  const { clusterArn, family, logGroupArn, roleArns } = migration;
  return [
    {
      sid: "RunMigration",
      may: "run the task that migrates",
      actions: ["ecs:RunTask"],
      resources: [`arn:${partition}:ecs:${region}:${account}:task-definition/${family}:*`],
      conditions: { ArnEquals: { "ecs:cluster": clusterArn } },
    },
    {
      sid: "FollowMigration",
      may: "follow the migration, and stop it",
      actions: ["ecs:DescribeTasks", "ecs:StopTask"],
      resources: [`arn:${partition}:ecs:${region}:${account}:task/${app.prefix}/*`],
    },
    {
      sid: "ReadMigrationLog",
      may: "read what the migration said",
      actions: ["logs:GetLogEvents"],
      resources: [logGroupArn],
    },
    {
      sid: "GiveMigrationItsRoles",
      may: "give the migration its roles",
      actions: ["iam:PassRole"],
      resources: roleArns,
      conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    },
  ];
}
