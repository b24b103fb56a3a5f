import { Duration } from "aws-cdk-lib";
import {
  AlarmStatusWidget,
  type Alarm,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import type { Watched } from "../stacks/monitoring-stack.ts";
import type { LogSignals } from "./observability.ts";
import { databaseSignal, loadBalancerSignal, serviceSignal, tableSignal } from "./signals.ts";

export interface DashboardProps {
  readonly name: string;
  readonly watched: Watched;
  readonly logs: LogSignals;
  readonly alarms: readonly Alarm[];
}

/** A page is 24 columns wide. */
const third = 8;

/**
 * One page: what is wrong now, then requests, tasks, the store, models and the last errors. The first three dashboards of an account
 * are free, each further one is $3 a month.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
 */
export class Dashboard extends Construct {
  readonly dashboard: CloudWatchDashboard;

  constructor(scope: Construct, id: string, { name, watched, logs, alarms }: DashboardProps) {
    super(scope, id);
    this.dashboard = new CloudWatchDashboard(this, "Dashboard", {
      dashboardName: name,
      defaultInterval: Duration.hours(12),
      widgets: [
        [
          new TextWidget({
            markdown: `# ${name}\nMore: \`aloft logs\`, \`aloft status\`, and the saved queries of Logs Insights under **${name}**.`,
            width: third,
            height: 4,
          }),
          new AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: 2 * third, height: 4 }),
        ],
        requests(watched),
        tasks(watched),
        store(watched),
        errors(watched, logs),
      ],
    });
  }
}

function requests({ loadBalancer }: Watched): IWidget[] {
  const sum = (name: string, label: string) => loadBalancerSignal(loadBalancer, name, { statistic: "Sum", label });
  const time = (statistic: string) =>
    loadBalancerSignal(loadBalancer, "TargetResponseTime", { statistic, label: statistic });
  return [
    graph("Requests", [sum("RequestCount", "Requests"), sum("NewConnectionCount", "New connections")]),
    graph("Failed requests", [
      sum("HTTPCode_Target_5XX_Count", "5xx of the program"),
      sum("HTTPCode_ELB_5XX_Count", "5xx of the load balancer"),
      sum("HTTPCode_Target_4XX_Count", "4xx"),
    ]),
    graph("Seconds to the answer's beginning", [time("p50"), time("p95"), time("p99")]),
  ];
}

function tasks(watched: Watched): IWidget[] {
  const use = (name: string, statistic: string) => serviceSignal(watched, name, { statistic, label: statistic });
  return [
    graph("Running tasks", [
      serviceSignal(watched, "CPUUtilization", {
        statistic: "SampleCount",
        label: "Tasks",
        period: Duration.minutes(1),
      }),
    ]),
    graph("Processor, %", [use("CPUUtilization", "Average"), use("CPUUtilization", "Maximum")]),
    graph("Memory, %", [use("MemoryUtilization", "Average"), use("MemoryUtilization", "Maximum")]),
  ];
}

function store({ tableNames, database }: Watched): IWidget[] {
  if (database !== undefined) {
    const one = (name: string, statistic: string, label: string) =>
      databaseSignal(database, name, { statistic, label });
    const room =
      "clusterIdentifier" in database
        ? graph("Database: capacity", [
            one("ServerlessDatabaseCapacity", "Average", "ACU"),
            one("ACUUtilization", "Maximum", "% of the most"),
          ])
        : graph("Database: free", [
            one("FreeStorageSpace", "Minimum", "Storage, bytes"),
            one("FreeableMemory", "Minimum", "Memory, bytes"),
          ]);
    return [
      graph("Database: processor, %", [
        one("CPUUtilization", "Average", "Average"),
        one("CPUUtilization", "Maximum", "Most"),
      ]),
      graph("Database: connections", [one("DatabaseConnections", "Maximum", "Connections")]),
      room,
    ];
  }
  if (tableNames === undefined || tableNames.length === 0) return [];
  const each = (title: string, name: string) =>
    graph(
      title,
      tableNames.map((table) => tableSignal(table, name, { statistic: "Sum", label: table })),
    );
  return [
    each("DynamoDB: units read", "ConsumedReadCapacityUnits"),
    each("DynamoDB: units written", "ConsumedWriteCapacityUnits"),
    graph(
      "DynamoDB: throttled",
      tableNames.flatMap((table) =>
        ["ReadThrottleEvents", "WriteThrottleEvents"].map((name) =>
          tableSignal(table, name, {
            statistic: "Sum",
            label: `${table} ${name.startsWith("R") ? "reads" : "writes"}`,
          }),
        ),
      ),
    ),
  ];
}

function errors({ logGroup }: Watched, logs: LogSignals): IWidget[] {
  const counted = [logs.unexpected, logs.throttled, logs.unavailable].filter((metric) => metric !== undefined);
  const models = logs.modelErrors === undefined ? [] : [graph("Models that failed", [logs.modelErrors])];
  return [
    graph("Errors in the log", counted),
    ...models,
    new LogQueryWidget({
      title: "The last errors",
      logGroupNames: [logGroup.logGroupName],
      view: LogQueryVisualizationType.TABLE,
      queryLines: [
        "fields @timestamp, message, route, err.code, err.message, requestId",
        'filter @message like /(?i)("level":"(error|fatal)"|error|traceback)/',
        "sort @timestamp desc",
        "limit 20",
      ],
      width: models.length === 0 ? 2 * third : third,
      height: 6,
    }),
  ];
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: third, height: 6, leftYAxis: { min: 0, showUnits: false } });
}
