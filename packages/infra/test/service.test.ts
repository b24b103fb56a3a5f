import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import type { RelationalConfig, SoloConfig } from "@aloft/infra";
import { resolveApp } from "@aloft/infra/config/resolve";
import { synthesize } from "@aloft/infra/synthesize";
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import {
  containersOf,
  environmentOf,
  type Parts,
  partsIn,
  partsOf,
  type Statement,
  statementsOf,
} from "./templates.ts";

type Service = NonNullable<SoloConfig["service"]>;

const everywhere = { dev: {}, staging: {}, production: {} } as const;
const solo = { name: "chat", topology: "solo", environments: everywhere } as const satisfies SoloConfig;
const relational = {
  name: "py",
  topology: "relational",
  service: { image: { dockerfile: "Dockerfile" } },
  environments: everywhere,
} as const satisfies RelationalConfig;

const withService = (service: Service) => partsOf({ ...solo, service }, "dev");

const actionsOf = ({ Action }: Statement) => [Action].flat().toSorted();

describe.each([
  ["Compute", "server"],
  ["Cluster", "migrate"],
] as const)("a task of %s", (part, name) => {
  const parts = partsOf(solo, "production");

  test("[landing.compute.task] it runs on arm64, by digest, with nothing that it does not need", () => {
    parts.of(part).hasResourceProperties("AWS::ECS::TaskDefinition", {
      RuntimePlatform: { CpuArchitecture: "ARM64", OperatingSystemFamily: "LINUX" },
      RequiresCompatibilities: ["FARGATE"],
      NetworkMode: "awsvpc",
      Volumes: [{ Name: "tmp" }],
      ContainerDefinitions: [
        Match.objectLike({
          Name: name,
          Image: Match.stringLikeRegexp("@sha256:[0-9a-f]{64}$"),
          ReadonlyRootFilesystem: true,
          LinuxParameters: { Capabilities: { Drop: ["ALL"] }, InitProcessEnabled: true },
          MountPoints: [{ ContainerPath: "/tmp", ReadOnly: false, SourceVolume: "tmp" }],
          StopTimeout: 60,
        }),
      ],
    });
    expect(containersOf(parts, part)[0]).not.toHaveProperty("Privileged");
  });

  test("[landing.compute.own-image] Aloft's own image runs as its own user", () => {
    expect(containersOf(parts, part)[0]).toMatchObject({ User: "1000:1000" });
  });

  test("[landing.compute.permissions] its role has the statements of its permissions, and no others", () => {
    const statements = statementsOf(parts, part, new RegExp(`^${name}Role`, "i"));
    const permissions = parts.synthesis.permissions[name] ?? [];
    expect(permissions.length).toBeGreaterThan(0);
    expect(statements.map((each) => [each.Sid, each.Effect, actionsOf(each)])).toEqual(
      permissions.map(({ sid, actions }) => [sid, "Allow", actions.toSorted()]),
    );
    expect(statements.map(({ Resource }) => [Resource].flat().length)).toEqual(
      permissions.map(({ resources }) => resources.length),
    );
    for (const role of parts.all(part, "AWS::IAM::Role")) expect(role).not.toHaveProperty("ManagedPolicyArns");
  });

  test("[landing.compute.permissions] only tasks of the same account and region can have the role", () => {
    for (const { AssumeRolePolicyDocument } of parts.all(part, "AWS::IAM::Role")) {
      expect(AssumeRolePolicyDocument).toMatchObject({
        Statement: [
          {
            Principal: { Service: "ecs-tasks.amazonaws.com" },
            Condition: {
              StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
              ArnLike: { "aws:SourceArn": expect.anything() },
            },
          },
        ],
      });
    }
  });

  test("[landing.compute.execution-role] what starts it pulls from one repository and writes one log", () => {
    const statements = statementsOf(parts, part, /ExecutionRole/);
    const all = statements.flatMap((each) => actionsOf(each));
    expect(all.toSorted()).toEqual([
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetAuthorizationToken",
      "ecr:GetDownloadUrlForLayer",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]);
    const anywhere = statements.filter(({ Resource }) => Resource === "*");
    expect(anywhere.flatMap((each) => actionsOf(each))).toEqual(["ecr:GetAuthorizationToken"]);
  });

  test("[landing.compute.private] it has no public address", () => {
    if (part === "Cluster") return expect(parts.json(part).Outputs).toHaveProperty("MigrationSubnets");
    return expect(parts.only(part, "AWS::ECS::Service")).toMatchObject({
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: "DISABLED" } },
      PlatformVersion: "1.4.0",
    });
  });
});

test("[landing.compute.execution-role] an image of another repository of ECR can be pulled as well", () => {
  const folder = mkdtempSync(join(tmpdir(), "aloft-synth-"));
  try {
    const image = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/elsewhere@sha256:${"b".repeat(64)}`;
    const parts = partsIn(synthesize(resolveApp(solo, "dev"), { folder, image }));
    const pull = statementsOf(parts, "Compute", /ExecutionRole/).find(({ Sid }) => Sid === "Pull");
    expect(JSON.stringify(pull?.Resource)).toContain(":ecr:eu-west-1:123456789012:repository/elsewhere");
    expect([pull?.Resource].flat()).toHaveLength(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("[landing.compute.own-image] it is asked by its own command whether it is alive; of others nothing is known", () => {
  expect(containersOf(partsOf(solo, "dev"), "Compute")[0]).toMatchObject({
    HealthCheck: { Command: ["CMD", "node", "/app/server/dist/health.js"], Interval: 15, StartPeriod: 60, Retries: 3 },
  });
  const [other] = containersOf(partsOf(relational, "dev"), "Compute");
  expect(other).not.toHaveProperty("HealthCheck");
  expect(other).not.toHaveProperty("User");
});

describe("environment", () => {
  test("[landing.compute.environment] a program is told where it is found and what stands before it", () => {
    const told = environmentOf(partsOf({ ...solo, models: { provider: "anthropic" } }, "staging"), "Compute");
    expect(told).toMatchObject({
      ALOFT_ENV: "staging",
      NODE_ENV: "production",
      HOST: "0.0.0.0",
      PORT: "3000",
      ALOFT_PROXY_HOPS: "2",
      ALOFT_STOP_SECONDS: "50",
      LOG_LEVEL: "info",
      LLM_PROVIDER: "anthropic",
      AWS_SECRETS_ENABLED: "true",
      ALOFT_SECRETS_PREFIX: "chat/staging",
      DYNAMODB_TABLE_PREFIX: "chat-staging_",
    });
    expect(JSON.stringify(told["ALOFT_HOSTS"])).toMatch(/LoadBalancer.*DNSName/);
    expect(told).not.toHaveProperty("AUTH_SECRET");
  });

  test("[landing.compute.environment] its own settings win over what all are told, and what was made for it over both", () => {
    const environment = { LOG_LEVEL: "debug", GREETING: "hello", DYNAMODB_TABLE_PREFIX: "elsewhere_" };
    expect(environmentOf(withService({ environment }), "Compute")).toMatchObject({
      LOG_LEVEL: "debug",
      GREETING: "hello",
      DYNAMODB_TABLE_PREFIX: "chat-dev_",
    });
  });
});

describe("deployment", () => {
  test("[landing.compute.rolling] a version that does not start is taken back, while the one before serves", () => {
    expect(partsOf(solo, "dev").only("Compute", "AWS::ECS::Service")).toMatchObject({
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        Strategy: "ROLLING",
      },
    });
  });

  test("[landing.compute.blue-green] ECS moves requests between two target groups behind one rule", () => {
    const parts = withService({ deployment: "blue-green" });
    const service = parts.only("Compute", "AWS::ECS::Service");
    expect(service).toMatchObject({
      DeploymentConfiguration: {
        Strategy: "BLUE_GREEN",
        BakeTimeInMinutes: 5,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
      LoadBalancers: [
        {
          ContainerName: "server",
          ContainerPort: 3000,
          AdvancedConfiguration: {
            AlternateTargetGroupArn: { Ref: expect.stringContaining("AlternateTargets") },
            ProductionListenerRule: { Ref: expect.stringContaining("Rule") },
            RoleArn: { "Fn::GetAtt": [expect.stringContaining("AlternateRole"), "Arn"] },
          },
        },
      ],
    });
    expect(parts.all("Compute", "AWS::ElasticLoadBalancingV2::TargetGroup")).toHaveLength(2);
    parts.of("Compute").hasResourceProperties("AWS::ElasticLoadBalancingV2::ListenerRule", {
      Actions: [
        {
          Type: "forward",
          ForwardConfig: { TargetGroups: [Match.objectLike({ Weight: 100 }), Match.objectLike({ Weight: 0 })] },
        },
      ],
    });
    parts.of("Compute").hasResourceProperties("AWS::IAM::Role", {
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [Match.objectLike({ Principal: { Service: "ecs.amazonaws.com" } })],
      }),
    });
  });

  test("[landing.compute.blue-green] what a rolling deployment has keeps its ids", () => {
    const ids = (parts: Parts) => Object.keys(parts.json("Compute").Resources);
    const rolling = new Set(ids(partsOf(solo, "dev")).filter((id) => !id.startsWith("ServerTask")));
    const blueGreen = new Set(ids(withService({ deployment: "blue-green" })));
    expect([...rolling].filter((id) => !blueGreen.has(id))).toEqual([]);
  });

  test("[landing.compute.rolling] the service is made once requests can reach it", () => {
    const { Resources } = partsOf(solo, "dev").json("Compute");
    const service = Object.values(Resources).find(({ Type }) => Type === "AWS::ECS::Service");
    const rule = Object.keys(Resources).find(
      (id) => Resources[id]?.Type === "AWS::ElasticLoadBalancingV2::ListenerRule",
    );
    expect([service?.DependsOn].flat()).toContain(rule);
  });
});

test.each([10, 12, 60, 120])(
  "[landing.compute.stop] draining ends before SIGKILL, with %i seconds between it and SIGTERM",
  (stopTimeoutSeconds) => {
    const parts = withService({ stopTimeoutSeconds });
    const attributes = parts.only("Compute", "AWS::ElasticLoadBalancingV2::TargetGroup")["TargetGroupAttributes"];
    const delay = (attributes as readonly { Key: string; Value: string }[]).find(
      ({ Key }) => Key === "deregistration_delay.timeout_seconds",
    );
    expect(Number(delay?.Value)).toBeGreaterThan(0);
    expect(Number(delay?.Value)).toBeLessThan(stopTimeoutSeconds);
    const grace = Number(environmentOf(parts, "Compute")["ALOFT_STOP_SECONDS"]);
    expect(grace + 10).toBeLessThanOrEqual(stopTimeoutSeconds);
    expect(containersOf(parts, "Compute")[0]).toMatchObject({ StopTimeout: stopTimeoutSeconds });
  },
);

describe("scaling", () => {
  test("[landing.compute.scaling] tasks follow processor and memory between least and most", () => {
    const parts = withService({ scaling: { minTasks: 2, maxTasks: 7, cpuPercent: 55, memoryPercent: 80 } });
    expect(parts.only("Compute", "AWS::ApplicationAutoScaling::ScalableTarget")).toMatchObject({
      MinCapacity: 2,
      MaxCapacity: 7,
    });
    for (const [metric, target] of [
      ["ECSServiceAverageCPUUtilization", 55],
      ["ECSServiceAverageMemoryUtilization", 80],
    ]) {
      parts.of("Compute").hasResourceProperties("AWS::ApplicationAutoScaling::ScalingPolicy", {
        TargetTrackingScalingPolicyConfiguration: Match.objectLike({
          PredefinedMetricSpecification: { PredefinedMetricType: metric },
          TargetValue: target,
        }),
      });
    }
  });

  test("[landing.compute.scaling] a deployment leaves their number alone", () => {
    expect(partsOf(solo, "dev").only("Compute", "AWS::ECS::Service")).not.toHaveProperty("DesiredCount");
  });

  interface Query {
    readonly Id: string;
    readonly Expression?: string;
    readonly ReturnData: boolean;
    readonly MetricStat?: unknown;
  }

  function backlog(): readonly Query[] {
    const backlogPerTask = { namespace: "Chat", metric: "Waiting", target: 5 };
    const parts = withService({ scaling: { backlogPerTask } });
    const policies = parts.all("Compute", "AWS::ApplicationAutoScaling::ScalingPolicy");
    const policy = policies.find((each) => JSON.stringify(each).includes("CustomizedMetricSpecification"));
    const configuration = policy?.["TargetTrackingScalingPolicyConfiguration"];
    expect(configuration).toMatchObject({ TargetValue: 5 });
    return (configuration as { CustomizedMetricSpecification: { Metrics: readonly Query[] } })
      .CustomizedMetricSpecification.Metrics;
  }

  test("[landing.compute.backlog] it looks at the program's metric, and counts tasks by their samples", () => {
    const queries = backlog();
    expect(queries.map(({ Id, ReturnData }) => [Id, ReturnData])).toEqual([
      ["waiting", false],
      ["running", false],
      ["perTask", true],
    ]);
    expect(queries[0]).toMatchObject({ MetricStat: { Metric: { Namespace: "Chat", MetricName: "Waiting" } } });
    expect(queries[1]).toMatchObject({
      MetricStat: { Stat: "SampleCount", Metric: { Namespace: "AWS/ECS", MetricName: "CPUUtilization" } },
    });
  });

  test("[landing.compute.backlog] the number falls as tasks rise, and without any it is all that waits", () => {
    const expression = backlog()[2]?.Expression ?? "";
    const perTask = (waiting: number, running: number | undefined): unknown =>
      runInNewContext(expression, {
        waiting,
        running,
        FILL: (value: number | undefined, otherwise: number) => value ?? otherwise,
        IF: (condition: boolean, yes: number, no: number) => (condition ? yes : no),
      });
    expect([1, 2, 4, 8].map((running) => perTask(40, running))).toEqual([40, 20, 10, 5]);
    expect(perTask(40, undefined)).toBe(40);
    expect(perTask(40, 0)).toBe(40);
  });
});

test("[landing.compute.telemetry] a collector runs beside the program, within its memory and role", () => {
  const parts = partsOf({ ...solo, openTelemetry: true }, "dev");
  const [server, collector, ...more] = containersOf(parts, "Compute");
  expect(more).toEqual([]);
  expect([server?.Name, collector?.Name]).toEqual(["server", "collector"]);
  expect(Number(server?.["Memory"]) + Number(collector?.["Memory"])).toBe(512);
  expect(environmentOf(parts, "Compute")).toHaveProperty("OTEL_EXPORTER_OTLP_ENDPOINT");
  const sids = statementsOf(parts, "Compute", /^ServerRole/).map(({ Sid }) => Sid);
  expect(sids).toEqual(parts.synthesis.permissions["server"]?.map(({ sid }) => sid));
  expect(sids).toContain("SendTraces");
  expect(containersOf(partsOf(solo, "dev"), "Compute")).toHaveLength(1);
});

test("[landing.compute.first-tasks] the service waits for the policies by which its tasks are started and run", () => {
  const service = Object.values(partsOf(solo, "dev").json("Compute").Resources).find(
    ({ Type }) => Type === "AWS::ECS::Service",
  );
  const awaited = [service?.DependsOn ?? []].flat();
  for (const what of ["ServerExecutionRoleDefaultPolicy", "ServerRoleDefaultPolicy", "LoadBalancerRule"]) {
    expect(awaited).toEqual(expect.arrayContaining([expect.stringContaining(what)]));
  }
});
