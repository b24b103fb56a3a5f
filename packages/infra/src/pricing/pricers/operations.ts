import type { Item, Pricers } from "../item.ts";
import { allTasks, programLogs } from "../tasks.ts";
import { asObject, type Placed, type Topology } from "../topology.ts";
import { hoursPerMonth } from "../usage.ts";

/** Requests of a key that nobody waits for: rotation's looks, alarms, starts. */
const quietKeyRequests = 1000;
/** Data keys and tokens are kept for a while: one turn in so many asks for another. */
const turnsPerKeyRequest = 10;

function key(resource: Placed, app: Topology): readonly Item[] {
  const spec = app.value(resource, "KeySpec") ?? "SYMMETRIC_DEFAULT";
  const note = `Assumed: one in ${turnsPerKeyRequest} turns asks for it.`;
  const uses: Item =
    spec === "SYMMETRIC_DEFAULT"
      ? {
          what: "Requests to keys that encrypt",
          price: "kms.request",
          quantity: ({ turns, uploads }) => quietKeyRequests + uploads + turns / turnsPerKeyRequest,
          note,
        }
      : { what: "Signatures", price: "kms.signature", quantity: ({ turns }) => turns / turnsPerKeyRequest, note };
  const rotation = app.value(resource, "EnableKeyRotation") === true;
  return [
    {
      what: "Encryption keys of the account",
      price: "kms.key",
      quantity: () => 1,
      ...(rotation ? { note: "The first two yearly rotations of a key add 1.00 a month each." } : {}),
    },
    uses,
  ];
}

/** What the server has for ALOFT_SECRETS_REFRESH_SECONDS if nothing else is said. */
const refreshSeconds = 300;

function secret(resource: Placed, app: Topology): readonly Item[] {
  const replicas = app.list(resource, "ReplicaRegions").length;
  const servers = allTasks(app);
  return [
    { what: "Secrets", price: "secret.month", quantity: () => 1 + replicas },
    {
      what: "Calls that read secrets",
      price: "secret.call",
      quantity: (usage) => (servers(usage) * hoursPerMonth * 3600) / refreshSeconds,
      note:
        app.ofType("AWS::ECS::Service").length === 0
          ? "Programs elsewhere read them: how often is not known here."
          : `Each task reads each secret every ${refreshSeconds / 60} minutes.`,
    },
  ];
}

/** Logs shrink to about a fifth where they are kept. */
const compressed = 0.2;

function logGroup(resource: Placed, app: Topology): readonly Item[] | undefined {
  if ((app.value(resource, "LogGroupClass") ?? "STANDARD") !== "STANDARD") return undefined;
  const months = (app.number(resource, "RetentionInDays") ?? 365) / 30;
  const stored = (gb: number): number => gb * compressed * Math.max(months, 1);
  if (programLogs(app).has(resource)) {
    return [
      { what: "Logs of programs, taken in", price: "logs.ingest", quantity: ({ logGb }) => logGb },
      { what: "Logs that are kept", price: "logs.storage", quantity: ({ logGb }) => stored(logGb) },
    ];
  }
  const flows = app
    .ofType("AWS::EC2::FlowLog")
    .find((one) => [...app.mentioned(one, "LogGroupName"), ...app.mentioned(one, "LogDestination")].includes(resource));
  if (flows === undefined) {
    const note = "Assumed: 0.01 GB a month. It is written to at deployments, or when something is refused.";
    return [{ what: "Logs that are seldom written", price: "logs.ingest", quantity: () => 0.01, note }];
  }
  const gb = flowLogGb[String(app.value(flows, "TrafficType"))] ?? flowLogGb["ALL"];
  const note = `Assumed: ${gb} GB a month.`;
  return [
    { what: "Logs of connections, taken in", price: "logs.vended", quantity: () => gb, note },
    { what: "Logs that are kept", price: "logs.storage", quantity: () => stored(gb) },
  ];
}

/** Scanners try a public address all day; what is let through is a hundred times more. */
const flowLogGb: Readonly<Record<string, number>> & { readonly ALL: number } = { REJECT: 0.02, ACCEPT: 1, ALL: 1 };

function alarm(resource: Placed, app: Topology): readonly Item[] {
  const metrics = app.list(resource, "Metrics").map(asObject);
  const read = metrics.filter((one) => one?.["MetricStat"] !== undefined);
  const periods = [
    app.number(resource, "Period"),
    ...read.map((one) => Number(asObject(one?.["MetricStat"])?.["Period"])),
  ];
  const fast = periods.some((seconds) => seconds !== undefined && seconds < 60);
  // An alarm on a band has a metric, and the band's two edges.
  const band = app.value(resource, "ThresholdMetricId") === undefined ? 0 : 2;
  const count = Math.max(read.length, 1) + band;
  return [
    {
      what: fast ? "Alarms of high resolution, by metric" : "Alarms, by metric",
      price: fast ? "alarm.high-resolution" : "alarm.metric",
      quantity: () => count,
    },
  ];
}

const emailsPerMonth = 20;

function subscription(resource: Placed, app: Topology): readonly Item[] | string | undefined {
  const protocol = app.value(resource, "Protocol");
  if (protocol === "email" || protocol === "email-json") {
    const note = `Assumed: ${emailsPerMonth} a month.`;
    return [{ what: "E-mails of alarms", price: "sns.email", quantity: () => emailsPerMonth, note }];
  }
  return protocol === "sqs" || protocol === "lambda" ? "Messages to queues and functions cost nothing." : undefined;
}

function trail(resource: Placed, app: Topology): readonly Item[] | string {
  const selectors = JSON.stringify([
    app.value(resource, "EventSelectors") ?? [],
    app.value(resource, "AdvancedEventSelectors") ?? [],
  ]);
  if (!/DataResources|"Data"/.test(selectors)) {
    return "The first trail's management events cost nothing; its bucket is a line of its own. A second trail in a region is paid.";
  }
  return [
    {
      what: "Data events that are recorded",
      price: "cloudtrail.data-event",
      quantity: ({ uploads, readUnits, writeUnits }) => uploads * 4 + readUnits + writeUnits,
    },
  ];
}

/** What an account does in a month while nobody uses it, and the connections' logs that come with traffic. */
const watched = { events: 100_000, gb: 0.2, share: 0.02 } as const;

function detector(): readonly Item[] {
  return [
    {
      what: "API calls that GuardDuty looks at",
      price: "guardduty.event",
      quantity: () => watched.events,
      note: `Assumed: ${watched.events} a month. The first 30 days of an account cost nothing.`,
    },
    {
      what: "Connections and names that GuardDuty looks at",
      price: "guardduty.data",
      quantity: ({ answersGb, outGb, inGb }) => watched.gb + (answersGb + outGb + inGb) * watched.share,
      note: `Assumed: ${watched.gb} GB, and ${watched.share * 100} % of what is transferred.`,
    },
  ];
}

export const operationsPricers: Pricers = {
  "AWS::KMS::Key": key,
  "AWS::KMS::ReplicaKey": key,
  "AWS::SecretsManager::Secret": secret,
  "AWS::Logs::LogGroup": logGroup,
  "AWS::Logs::MetricFilter": () => [{ what: "Metrics made of logs", price: "metric.custom", quantity: () => 1 }],
  "AWS::CloudWatch::Alarm": alarm,
  "AWS::CloudWatch::CompositeAlarm": () => [
    { what: "Alarms made of alarms", price: "alarm.composite", quantity: () => 1 },
  ],
  "AWS::CloudWatch::Dashboard": () => [{ what: "Dashboards", price: "dashboard.month", quantity: () => 1 }],
  "AWS::SNS::Subscription": subscription,
  "AWS::CloudTrail::Trail": trail,
  "AWS::GuardDuty::Detector": detector,
  "AWS::AccessAnalyzer::Analyzer": (resource, app) =>
    ["ACCOUNT", "ORGANIZATION"].includes(String(app.value(resource, "Type")))
      ? "Looking for what is open to others costs nothing."
      : undefined,
};
