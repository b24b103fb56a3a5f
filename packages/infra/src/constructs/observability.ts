import { Aws, RemovalPolicy } from "aws-cdk-lib";
import type { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyStatement, type PolicyStatementProps, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import {
  FilterPattern,
  type IFilterPattern,
  type ILogGroup,
  MetricFilter,
  QueryDefinition,
  QueryString,
} from "aws-cdk-lib/aws-logs";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { grantsToServicesOnly } from "./key-grants.ts";
import { step } from "./signals.ts";

export interface AlarmTopicProps {
  readonly name: string;
  /** Who is written to; each has to confirm the first mail once. */
  readonly emails: readonly string[];
  /** Whether EventBridge publishes too, as what GuardDuty and Access Analyzer find. Default: alarms of CloudWatch alone. */
  readonly takesEvents?: boolean;
}

/** Where alarms go: encrypted by a key of its own, which AWS's shared one would keep CloudWatch from using; published to by TLS only. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { name, emails, takesEvents = false }: AlarmTopicProps) {
    super(scope, id);
    const key = new Key(this, "Key", {
      description: `Alarms of ${name}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.addToResourcePolicy(grantsToServicesOnly());
    this.topic = new Topic(this, "Topic", { topicName: name, masterKey: key, enforceSSL: true });
    this.#allow(key, "cloudwatch.amazonaws.com", { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } });
    if (takesEvents) this.#allow(key, "events.amazonaws.com");
    for (const email of emails) this.topic.addSubscription(new EmailSubscription(email));
  }

  /**
   * CloudWatch says for whom it publishes. EventBridge does not say so to KMS: with a condition nothing would come through, in silence.
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
   */
  #allow(key: Key, service: string, conditions: PolicyStatementProps["conditions"] = {}): void {
    const principals = [new ServicePrincipal(service)];
    const uses = ["kms:Decrypt", "kms:GenerateDataKey*"];
    key.addToResourcePolicy(new PolicyStatement({ principals, actions: uses, resources: ["*"], conditions }));
    const { topicArn } = this.topic;
    this.topic.addToResourcePolicy(
      new PolicyStatement({ principals, actions: ["sns:Publish"], resources: [topicArn], conditions }),
    );
  }
}

export interface LogSignalsProps {
  readonly logGroup: ILogGroup;
  readonly prefix: string;
  /** Whether the lines are those of Aloft's own server, whose fields are known. */
  readonly ours: boolean;
}

/** What the lines of the program are counted for. A kind that the program does not log is missing. */
export interface LogSignals {
  /** Errors that nobody foresaw. */
  readonly unexpected: Metric;
  /** A request or reply failed since DynamoDB or PostgreSQL asked to slow down, after all retries. */
  readonly throttled?: Metric;
  /** A request or reply failed since the store could not be reached or failed itself. */
  readonly unavailable?: Metric;
  /** A model's provider refused, failed or was too slow. */
  readonly modelErrors?: Metric;
}

/** Words that most loggers have for an error, whatever the program is written in. */
const anyError = FilterPattern.anyTerm("ERROR", "CRITICAL", "FATAL", '"level":"error"', '"level":"fatal"', "Traceback");

/** Counts lines of the log, one metric each. */
export function logSignals(scope: Construct, { logGroup, prefix, ours }: LogSignalsProps): LogSignals {
  const count = (id: string, label: string, filterPattern: IFilterPattern): Metric =>
    new MetricFilter(scope, id, {
      logGroup,
      filterPattern,
      metricNamespace: `Aloft/${prefix}`,
      metricName: id,
      metricValue: "1",
    }).metric({ statistic: "Sum", period: step, label });
  if (!ours) return { unexpected: count("Errors", "Lines that say of an error", anyError) };
  const code = (value: string) =>
    FilterPattern.any(
      FilterPattern.stringValue("$.err.code", "=", value),
      FilterPattern.stringValue("$.err.cause.code", "=", value),
    );
  const message = (text: string) => FilterPattern.stringValue("$.message", "=", text);
  return {
    unexpected: count("Unexpected", "Errors nobody foresaw", message("unexpected")),
    throttled: count("Throttled", "Failed for the store was throttled", code("throttled")),
    unavailable: count("Unavailable", "Failed for the store could not be reached", code("unavailable")),
    modelErrors: count("ModelErrors", "Models that failed", message("model failed")),
  };
}

interface SavedQuery {
  readonly name: string;
  readonly query: ConstructorParameters<typeof QueryString>[0];
}

const ourQueries: readonly SavedQuery[] = [
  {
    name: "errors",
    query: {
      fields: ["@timestamp", "message", "route", "status", "err.code", "err.message", "requestId"],
      filterStatements: ['level in ["error", "fatal"]'],
      sort: "@timestamp desc",
      limit: 200,
    },
  },
  {
    name: "slow requests",
    query: {
      filterStatements: ['message = "request"'],
      statsStatements: [
        "count(*) as requests, pct(ms, 50) as p50, pct(ms, 95) as p95, max(ms) as slowest by method, route",
      ],
      sort: "p95 desc",
      limit: 50,
    },
  },
  {
    name: "one request",
    query: {
      fields: ["@timestamp", "@message"],
      filterStatements: ['requestId = "put the X-Request-Id here"'],
      sort: "@timestamp asc",
      limit: 1000,
    },
  },
  {
    name: "models that failed",
    query: {
      filterStatements: ['message = "model failed"'],
      statsStatements: ["count(*) as failures by code, bin(1h)"],
      sort: "failures desc",
      limit: 100,
    },
  },
];

const anyQueries: readonly SavedQuery[] = [
  {
    name: "errors",
    query: {
      fields: ["@timestamp", "@logStream", "@message"],
      filterStatements: ["@message like /(?i)(error|critical|fatal|traceback)/"],
      sort: "@timestamp desc",
      limit: 200,
    },
  },
  {
    name: "last lines",
    query: { fields: ["@timestamp", "@logStream", "@message"], sort: "@timestamp desc", limit: 200 },
  },
];

/** Questions that are asked of the log again and again, under the app's name in Logs Insights. They cost when run. */
export function saveQueries(scope: Construct, { logGroup, prefix, ours }: LogSignalsProps): void {
  for (const { name, query } of ours ? ourQueries : anyQueries) {
    saveQuery(scope, `Query-${name.replaceAll(" ", "-")}`, `${prefix}/${name}`, query, logGroup);
  }
}

function saveQuery(
  scope: Construct,
  id: string,
  queryDefinitionName: string,
  query: SavedQuery["query"],
  logGroup: ILogGroup,
): QueryDefinition {
  return new QueryDefinition(scope, id, {
    queryDefinitionName,
    queryString: new QueryString(query),
    logGroups: [logGroup],
  });
}
