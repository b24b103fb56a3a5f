import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { SnsTopic } from "aws-cdk-lib/aws-events-targets";
import { FargateTaskDefinition } from "aws-cdk-lib/aws-ecs";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, test } from "vitest";
import { resolveApp } from "../config/resolve.ts";
import { Budget } from "./budget.ts";
import { addCollector, collectorImage } from "./collector.ts";
import { DeployRole } from "./deploy-role.ts";
import { Detectors } from "./detectors.ts";
import { Trail } from "./trail.ts";

const env = { region: "eu-central-1", account: "123456789012" };

function inStack(build: (stack: Stack) => void): Template {
  const app = new App({ builtinCloudFormationValidation: false });
  const stack = new Stack(app, "Access", { env });
  build(stack);
  return Template.fromStack(stack);
}

const repository = { owner: "octo-org", name: "demo" };
const targets = {
  repositoryArn: "arn:aws:ecr:eu-central-1:123456789012:repository/demo-dev",
  migration: {
    clusterArn: "arn:aws:ecs:eu-central-1:123456789012:cluster/demo-dev",
    family: "demo-dev-migrate",
    logGroupArn: "arn:aws:logs:eu-central-1:123456789012:log-group:demo-dev-migrate:*",
    roleArns: ["arn:aws:iam::123456789012:role/migrate"],
  },
};

function deployRole(more: object = {}): Template {
  const config = {
    name: "demo",
    topology: "solo",
    region: env.region,
    account: env.account,
    environments: { dev: {} },
  };
  const app = resolveApp({ ...config, repository: { ...repository, ...more } }, "dev");
  return inStack((stack) => {
    if (app.repository === undefined) throw new Error("it was given");
    void new DeployRole(stack, "Deploy", { app, repository: app.repository, ...targets });
  });
}

const trusting = (condition: object) => ({
  AssumeRolePolicyDocument: {
    Statement: [Match.objectLike({ Action: "sts:AssumeRoleWithWebIdentity", Condition: { StringEquals: condition } })],
  },
  MaxSessionDuration: 3600,
});
const issuer = "token.actions.githubusercontent.com";

describe("the role that deploys", () => {
  test("[landing.deploy-role.subject] lets in jobs of one environment of one repository, by name", () => {
    deployRole().hasResourceProperties(
      "AWS::IAM::Role",
      trusting({
        [`${issuer}:aud`]: "sts.amazonaws.com",
        [`${issuer}:sub`]: ["repo:octo-org/demo:environment:dev"],
        [`${issuer}:repository_id`]: Match.absent(),
      }),
    );
  });

  test("[landing.deploy-role.subject] with GitHub's numbers lets in both forms of its subject, and that repository alone", () => {
    deployRole({ ownerId: "123456", id: "456789" }).hasResourceProperties(
      "AWS::IAM::Role",
      trusting({
        [`${issuer}:aud`]: "sts.amazonaws.com",
        [`${issuer}:sub`]: ["repo:octo-org/demo:environment:dev", "repo:octo-org@123456/demo@456789:environment:dev"],
        [`${issuer}:repository_id`]: "456789",
      }),
    );
  });

  test("[landing.deploy-role.provider] GitHub's provider is made without thumbprints and outlives its stack, or is there already", () => {
    const made = deployRole();
    made.hasResource("AWS::IAM::OIDCProvider", {
      DeletionPolicy: "RetainExceptOnCreate",
      Properties: {
        Url: `https://${issuer}`,
        ClientIdList: ["sts.amazonaws.com"],
        ThumbprintList: Match.absent(),
      },
    });
    const existing = deployRole({ oidcProvider: "existing" });
    existing.resourceCountIs("AWS::IAM::OIDCProvider", 0);
    expect(JSON.stringify(existing.findResources("AWS::IAM::Role"))).toContain(`oidc-provider/${issuer}`);
  });

  test("[landing.deploy-role.least] writes to the app's images, its migration and cost tags, and to nothing else", () => {
    const [role] = Object.values(deployRole().findResources("AWS::IAM::Role"));
    const statements = role?.["Properties"].Policies[0].PolicyDocument.Statement as readonly {
      readonly Action: string | readonly string[];
      readonly Resource: unknown;
      readonly Condition?: unknown;
    }[];
    const actions = statements.flatMap(({ Action }) => Action);
    const reads = /:(Describe|Get|List|BatchGet|BatchCheck|Filter|StartLiveTail)/;
    expect(actions.filter((action) => !reads.test(action)).sort()).toEqual([
      "ce:UpdateCostAllocationTagsStatus",
      "ecr:CompleteLayerUpload",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
      "ecs:RunTask",
      "ecs:StopTask",
      "iam:PassRole",
      "ssm:DeleteParameter",
      "ssm:PutParameter",
      "sts:AssumeRole",
    ]);
    expect(actions.filter((action) => action.includes("*") || action === "secretsmanager:GetSecretValue")).toEqual([]);
    const of = (action: string) => statements.find(({ Action }) => [Action].flat().includes(action));
    expect(of("ecr:PutImage")?.Resource).toBe(targets.repositoryArn);
    expect(of("iam:PassRole")).toMatchObject({
      Resource: targets.migration.roleArns[0],
      Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    });
    expect(of("ecs:RunTask")?.Condition).toEqual({ ArnEquals: { "ecs:cluster": targets.migration.clusterArn } });
  });
});

test("[landing.budget.notices] who is named is told at 80 % forecast and 100 % spent of what has the environment's tags", () => {
  const template = inStack(
    (stack) =>
      void new Budget(stack, "Budget", {
        app: { name: "demo", environment: "dev", prefix: "demo-dev" },
        monthlyUsd: 50,
        emails: ["ops@example.com", "boss@example.com"],
      }),
  );
  const notice = (type: string, percent: number) => ({
    Notification: {
      NotificationType: type,
      Threshold: percent,
      ThresholdType: "PERCENTAGE",
      ComparisonOperator: "GREATER_THAN",
    },
    Subscribers: [
      { SubscriptionType: "EMAIL", Address: "ops@example.com" },
      { SubscriptionType: "EMAIL", Address: "boss@example.com" },
    ],
  });
  template.hasResourceProperties("AWS::Budgets::Budget", {
    Budget: {
      BudgetLimit: { Amount: 50, Unit: "USD" },
      TimeUnit: "MONTHLY",
      FilterExpression: {
        And: [
          { Tags: { Key: "aloft:app", Values: ["demo"], MatchOptions: ["EQUALS"] } },
          { Tags: { Key: "aloft:environment", Values: ["dev"], MatchOptions: ["EQUALS"] } },
        ],
      },
    },
    NotificationsWithSubscribers: [notice("FORECASTED", 80), notice("ACTUAL", 100)],
  });
});

test("[landing.trail.locked] calls of all regions are kept a year, locked, private, and beyond the stack", () => {
  const template = inStack((stack) => void new Trail(stack, "Trail", { name: "demo-dev-trail" }));
  template.hasResourceProperties("AWS::CloudTrail::Trail", {
    IsMultiRegionTrail: true,
    IncludeGlobalServiceEvents: true,
    EnableLogFileValidation: true,
    IsLogging: true,
  });
  template.hasResource("AWS::S3::Bucket", {
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Properties: {
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 365 } } },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 365 })] },
    },
  });
});

test("[landing.detectors.told] what GuardDuty calls high, and what Access Analyzer finds open, goes to the alarms", () => {
  const template = inStack(
    (stack) =>
      void new Detectors(stack, "Detectors", { name: "demo-dev", target: new SnsTopic(new Topic(stack, "Alarms")) }),
  );
  template.hasResourceProperties("AWS::GuardDuty::Detector", { Enable: true });
  template.hasResourceProperties("AWS::AccessAnalyzer::Analyzer", { Type: "ACCOUNT" });
  const toTopic = { Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp("Alarms") } })] };
  template.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: { source: ["aws.guardduty"], detail: { severity: [{ numeric: [">=", 7] }] } },
    ...toTopic,
  });
  template.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: { source: ["aws.access-analyzer"], detail: { status: ["ACTIVE"] } },
    ...toTopic,
  });
  const alone = inStack((stack) => void new Detectors(stack, "Detectors", { name: "demo-dev" }));
  alone.resourceCountIs("AWS::Events::Rule", 0);
});

test("[landing.watch.collector] a collector by digest listens within the task, and the program goes on without it", () => {
  let access: ReturnType<typeof addCollector> | undefined;
  const template = inStack((stack) => {
    const task = new FargateTaskDefinition(stack, "Task");
    access = addCollector(task, { logGroup: new LogGroup(stack, "Logs"), namespace: "demo-dev" });
  });
  expect(collectorImage).toMatch(/@sha256:[0-9a-f]{64}$/);
  const [task] = Object.values(template.findResources("AWS::ECS::TaskDefinition"));
  const containers: readonly Readonly<Record<string, unknown>>[] = task?.["Properties"].ContainerDefinitions ?? [];
  const [collector] = containers;
  expect(collector).toMatchObject({ Image: collectorImage, Essential: false, ReadonlyRootFilesystem: true });
  const text = JSON.stringify(collector?.["Environment"]);
  expect(text).not.toContain("0.0.0.0");
  expect(access?.environment["OTEL_EXPORTER_OTLP_ENDPOINT"]).toBe("http://127.0.0.1:4318");
  expect(text).toContain("127.0.0.1:4318");
  expect(access?.permissions.flatMap(({ actions }) => actions)).toEqual([
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:DescribeLogStreams",
  ]);
});
