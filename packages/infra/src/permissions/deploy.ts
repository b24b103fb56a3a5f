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
    ...reading(stack, app),
    ...pushing(targets),
    ...migrating(stack, app, targets),
    {
      sid: "CostTags",
      may: "activate the tags by which bills are told apart",
      actions: ["ce:ListCostAllocationTags", "ce:UpdateCostAllocationTagsStatus"],
      resources: ["*"],
    },
  ];
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

function reading({ partition, account, region }: Stack, app: ResolvedApp): Permission[] {
  const prefix = app.topology === "library" ? app.prefix : app.secretsPrefix;
  const always: Permission[] = [
    {
      sid: "ReadStacks",
      may: "read its stacks",
      actions: ["cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents", "cloudformation:GetTemplate"],
      resources: [`arn:${partition}:cloudformation:*:${account}:stack/${app.prefix}-*/*`],
    },
    {
      sid: "LookForSecrets",
      may: "see which of its secrets have a value, but not the values",
      actions: ["secretsmanager:DescribeSecret"],
      resources: [`arn:${partition}:secretsmanager:${region}:${account}:secret:${prefix}/*`],
    },
  ];
  if (app.topology === "library") return always;
  return [
    ...always,
    {
      sid: "FollowService",
      may: "see how its service starts",
      actions: ["ecs:DescribeServices", "ecs:DescribeTasks", "ecs:ListTasks"],
      resources: ["service", "task", "container-instance"].map(
        (kind) => `arn:${partition}:ecs:${region}:${account}:${kind}/${app.prefix}/*`,
      ),
    },
    {
      sid: "ReadLogs",
      may: "read its log",
      actions: ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartLiveTail"],
      resources: [`arn:${partition}:logs:${region}:${account}:log-group:${app.prefix}-*`],
    },
    {
      sid: "ReadQuotas",
      may: "see the account's limits",
      actions: ["servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota"],
      resources: ["*"],
    },
  ];
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
  const { clusterArn, family, roleArns } = migration;
  return [
    {
      sid: "RunMigration",
      may: "run the task that migrates",
      actions: ["ecs:RunTask"],
      resources: [`arn:${partition}:ecs:${region}:${account}:task-definition/${family}:*`],
      conditions: { ArnEquals: { "ecs:cluster": clusterArn } },
    },
    {
      sid: "StopMigration",
      may: "stop a migration that hangs",
      actions: ["ecs:StopTask"],
      resources: [`arn:${partition}:ecs:${region}:${account}:task/${app.prefix}/*`],
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
