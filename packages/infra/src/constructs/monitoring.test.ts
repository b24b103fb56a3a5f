import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Vpc } from "aws-cdk-lib/aws-ec2";
import { ApplicationLoadBalancer, ApplicationTargetGroup } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { beforeAll, describe, expect, test } from "vitest";
import { databaseSchema, type DatabaseOptions } from "../config/schema.ts";
import type { Watched } from "../stacks/monitoring-stack.ts";
import { Alarms, maxConnections } from "./alarms.ts";
import { Dashboard } from "./dashboard.ts";
import { AlarmTopic, logSignals, saveQueries } from "./observability.ts";

interface Choices {
  readonly watched?: Partial<Watched>;
  readonly database?: DatabaseOptions;
  readonly minTasks?: number;
  readonly ours?: boolean;
}

function monitoring({ watched: more = {}, database, minTasks = 2, ours = true }: Choices = {}): Template {
  const app = new App({ builtinCloudFormationValidation: false });
  const stack = new Stack(app, "Monitoring", { env: { region: "us-east-1", account: "123456789012" } });
  const vpc = new Vpc(stack, "Vpc", { natGateways: 0 });
  const loadBalancer = new ApplicationLoadBalancer(stack, "Alb", { vpc });
  const group = new ApplicationTargetGroup(stack, "Group", { vpc, port: 80 });
  loadBalancer.addListener("Http", { port: 80, defaultTargetGroups: [group] });
  const logGroup = new LogGroup(stack, "Logs");
  const watched: Watched = {
    clusterName: "demo-dev",
    serviceName: "demo-dev",
    loadBalancer,
    targetGroups: [group],
    logGroup,
    ...more,
  };
  const { topic } = new AlarmTopic(stack, "Topic", { name: "demo-dev-alarms", emails: ["ops@example.com"] });
  const log = { logGroup, prefix: "demo-dev", ours };
  const logs = logSignals(stack, log);
  saveQueries(stack, log);
  const { alarms } = new Alarms(stack, "Alarms", {
    prefix: "demo-dev",
    watched,
    logs,
    action: new SnsAction(topic),
    minTasks,
    ...(database === undefined ? {} : { database }),
  });
  void new Dashboard(stack, "Dashboard", { name: "demo-dev", watched, logs, alarms });
  return Template.fromStack(stack);
}

const properties = (template: Template, type: string): Readonly<Record<string, unknown>>[] =>
  Object.values(template.findResources(type)).map((resource) => resource["Properties"]);
const alarmsOf = (template: Template) =>
  new Map(properties(template, "AWS::CloudWatch::Alarm").map((alarm) => [String(alarm["AlarmName"]), alarm]));

describe("of an app on DynamoDB", () => {
  let template: Template;
  let alarms: ReturnType<typeof alarmsOf>;
  beforeAll(() => {
    template = monitoring({ watched: { tableNames: ["demo-dev_messages", "demo-dev_users"] } });
    alarms = alarmsOf(template);
  });

  test("[landing.watch.alarms] there is one for each thing to be woken for, and each tells when it is over", () => {
    expect([...alarms.keys()].sort()).toEqual([
      "demo-dev-server-errors",
      "demo-dev-slow-requests",
      "demo-dev-store-throttled",
      "demo-dev-store-unavailable",
      "demo-dev-too-few-tasks",
      "demo-dev-unexpected-errors",
      "demo-dev-unhealthy-tasks",
    ]);
    for (const alarm of alarms.values()) {
      expect(alarm["AlarmActions"]).toEqual([{ Ref: expect.stringContaining("Topic") }]);
      expect(alarm["OKActions"]).toEqual(alarm["AlarmActions"]);
      expect(String(alarm["AlarmDescription"])).toMatch(/\. .*\.$|:.*\.$/);
    }
  });

  test("[landing.watch.idle] nothing to measure alarms nobody, except that no task runs", () => {
    for (const [name, alarm] of alarms) {
      const bad = name === "demo-dev-too-few-tasks";
      expect(alarm["TreatMissingData"], name).toBe(bad ? "breaching" : "notBreaching");
    }
    expect(alarms.get("demo-dev-too-few-tasks")).toMatchObject({
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Statistic: "SampleCount",
      Period: 60,
      Threshold: 2,
      ComparisonOperator: "LessThanThreshold",
    });
    expect([...alarmsOf(monitoring({ minTasks: 0 })).keys()]).not.toContain("demo-dev-too-few-tasks");
  });

  test("[landing.watch.alarms] a single failed request among few is no alarm, one of twenty among many is", () => {
    const metrics = alarms.get("demo-dev-server-errors")?.["Metrics"] as readonly { readonly Expression?: string }[];
    const expression = metrics.find((metric) => metric.Expression !== undefined)?.Expression ?? "";
    expect(rateOf(expression, { own: 1, edge: 0, requests: 1 })).toBe(0);
    expect(rateOf(expression, { own: 4, edge: 2, requests: 100 })).toBe(6);
    expect(rateOf(expression, { own: 6, edge: undefined, requests: 1000 })).toBeCloseTo(0.6);
    expect(alarms.get("demo-dev-server-errors")).toMatchObject({
      Threshold: 5,
      ComparisonOperator: "GreaterThanThreshold",
    });
  });

  test("[landing.watch.topic] alarms go to a topic that is encrypted, takes TLS only and mails who is named", () => {
    template.hasResourceProperties("AWS::SNS::Topic", {
      KmsMasterKeyId: Match.anyValue(),
      TopicName: "demo-dev-alarms",
    });
    template.hasResourceProperties("AWS::SNS::Subscription", { Protocol: "email", Endpoint: "ops@example.com" });
    template.hasResourceProperties("AWS::SNS::TopicPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: "Deny",
            Action: "sns:Publish",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
          Match.objectLike({
            Effect: "Allow",
            Action: "sns:Publish",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
          }),
        ]),
      },
    });
    template.hasResourceProperties("AWS::KMS::Key", {
      EnableKeyRotation: true,
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
          }),
        ]),
      },
    });
  });

  test("[landing.detectors.told] EventBridge publishes where it has something to say, without conditions that it does not meet", () => {
    const stack = new Stack();
    void new AlarmTopic(stack, "Topic", { name: "demo-dev-alarms", emails: [], takesEvents: true });
    const policies = [
      ["AWS::KMS::Key", "KeyPolicy"],
      ["AWS::SNS::TopicPolicy", "PolicyDocument"],
    ] as const;
    const ofEvents = (from: Template, type: string, name: string) => {
      const [found = {}] = properties(from, type);
      const { Statement } = found[name] as { Statement: readonly { Principal?: { Service?: string } }[] };
      return Statement.filter(({ Principal }) => Principal?.Service === "events.amazonaws.com");
    };
    for (const [type, name] of policies) {
      expect(ofEvents(Template.fromStack(stack), type, name), type).toHaveLength(1);
      expect(ofEvents(Template.fromStack(stack), type, name)[0], type).not.toHaveProperty("Condition");
      expect(ofEvents(template, type, name), type).toEqual([]);
    }
  });

  test("[landing.watch.dashboard] one page shows requests, tasks, tables, errors and alarms", () => {
    const [dashboard] = properties(template, "AWS::CloudWatch::Dashboard");
    const body = JSON.stringify(dashboard);
    const words = [
      "RequestCount",
      "HTTPCode_Target_5XX_Count",
      "TargetResponseTime",
      "MemoryUtilization",
      "ModelErrors",
    ];
    for (const word of [...words, "ReadThrottleEvents", "demo-dev_messages", "demo-dev_users"]) {
      expect(body).toContain(word);
    }
    template.resourceCountIs("AWS::CloudWatch::Dashboard", 1);
  });
});

test("[landing.watch.database] RDS is watched by its processor, connections and storage", () => {
  const database = databaseSchema.parse({ engine: "rds", storageGiB: 100 });
  const template = monitoring({ database, watched: { database: { instanceIdentifier: "demo-dev" } } });
  const alarms = alarmsOf(template);
  const dimensions = [{ Name: "DBInstanceIdentifier", Value: "demo-dev" }];
  expect(alarms.get("demo-dev-database-cpu")).toMatchObject({ Threshold: 80, Dimensions: dimensions });
  expect(alarms.get("demo-dev-database-connections")).toMatchObject({ Threshold: 89, Dimensions: dimensions });
  expect(alarms.get("demo-dev-database-storage")).toMatchObject({
    Threshold: 15 * 1024 ** 3,
    ComparisonOperator: "LessThanThreshold",
  });
  expect(JSON.stringify(properties(template, "AWS::CloudWatch::Dashboard"))).toContain("FreeStorageSpace");
});

test("[landing.watch.database] Aurora is watched by the capacity it may take", () => {
  const database = databaseSchema.parse({ engine: "aurora-serverless-v2" });
  const alarms = alarmsOf(monitoring({ database, watched: { database: { clusterIdentifier: "demo-dev" } } }));
  expect(alarms.get("demo-dev-database-capacity")).toMatchObject({ MetricName: "ACUUtilization", Threshold: 90 });
  expect(alarms.has("demo-dev-database-storage")).toBe(false);
});

test("[landing.watch.database] connections are counted as RDS counts them, by memory", () => {
  const rds = (instanceClass: string) => maxConnections(databaseSchema.parse({ engine: "rds", instanceClass }));
  // 1 GiB / 9 531 392 = 112.6; 4, 8, 16 and 32 GiB alike, up to 5000.
  expect(["t4g.micro", "t4g.medium", "m7g.large", "r7g.large", "r7g.xlarge", "r7g.16xlarge"].map(rds)).toEqual([
    112, 450, 901, 1802, 3604, 5000,
  ]);
  const aurora = (minAcu: number, maxAcu: number) =>
    maxConnections(databaseSchema.parse({ engine: "aurora-serverless-v2", minAcu, maxAcu }));
  expect([aurora(0.5, 4), aurora(0.5, 64), aurora(8, 64)]).toEqual([901, 2000, 5000]);
});

test("[landing.watch.log-lines] of a program in another language common words of errors are counted", () => {
  const template = monitoring({ ours: false });
  const [filter] = properties(template, "AWS::Logs::MetricFilter");
  template.resourceCountIs("AWS::Logs::MetricFilter", 1);
  expect(String(filter?.["FilterPattern"])).toContain('?"ERROR"');
  expect(String(filter?.["FilterPattern"])).toContain('?"Traceback"');
  expect([...alarmsOf(template).keys()]).not.toContain("demo-dev-store-throttled");
});

/** The expression as CloudWatch works it out. */
function rateOf(expression: string, values: Readonly<Record<string, number | undefined>>): number {
  const [, condition = "", then = "", otherwise = ""] = /^IF\((.*), (100 \* .*), (\d+)\)$/.exec(expression) ?? [];
  const worked = (text: string): number => {
    const filled = text.replaceAll(/FILL\((\w+), 0\)/g, (_, name: string) => String(values[name] ?? 0));
    return arithmetic(filled.replaceAll(/\b[a-z]\w*\b/g, (name) => String(values[name])));
  };
  const [left = "", right = ""] = condition.split(" > ");
  return worked(left) > worked(right) ? worked(then) : worked(otherwise);
}

/** Sums, products and brackets, from the innermost out. */
function arithmetic(text: string): number {
  const inner = text.replaceAll(/\(([^()]*)\)/g, (_, term: string) => String(arithmetic(term)));
  if (inner !== text) return arithmetic(inner);
  return text
    .split("+")
    .map((term) =>
      term
        .split("/")
        .map((factors) => factors.split("*").reduce((product, factor) => product * Number(factor), 1))
        .reduce((quotient, divisor) => quotient / divisor),
    )
    .reduce((sum, term) => sum + term, 0);
}
