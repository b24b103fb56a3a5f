import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IAlarmAction,
  MathExpression,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import type { DatabaseOptions } from "../config/schema.ts";
import type { Watched } from "../stacks/monitoring-stack.ts";
import type { LogSignals } from "./observability.ts";
import { databaseSignal, loadBalancerSignal, serviceSignal, step, targetSignal } from "./signals.ts";

export interface AlarmsProps {
  readonly prefix: string;
  readonly watched: Watched;
  readonly logs: LogSignals;
  readonly action: IAlarmAction;
  /** Fewer tasks than these are an alarm. */
  readonly minTasks: number;
  readonly database?: DatabaseOptions;
}

type AlarmSpec = Pick<AlarmProps, "metric" | "threshold"> & {
  readonly id: string;
  /** What it means, and where to look. */
  readonly description: string;
  readonly when?: ComparisonOperator;
  /** How many steps of five minutes in a row. Default: one. */
  readonly steps?: number;
  /** Nothing to measure is bad news. Default: it is none, since idle apps measure nothing. */
  readonly missingIsBad?: boolean;
};

/**
 * What somebody should be woken for, and nothing else: an app without requests is quiet. Each says what it means and where to look, and
 * tells again when it is over.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
 */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { watched, logs } = props;
    const specs = [
      ...requestAlarms(watched),
      ...taskAlarms(watched, props.minTasks),
      ...logAlarms(logs),
      ...(watched.database === undefined || props.database === undefined
        ? []
        : databaseAlarms(watched.database, props.database)),
    ];
    this.alarms = specs.map((spec) => this.#add(spec, props));
  }

  #add({ id, steps = 1, missingIsBad = false, description, when, ...spec }: AlarmSpec, props: AlarmsProps): Alarm {
    const alarm = new Alarm(this, id, {
      ...spec,
      alarmName: `${props.prefix}-${id.replaceAll(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()}`,
      alarmDescription: description,
      evaluationPeriods: steps,
      comparisonOperator: when ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: missingIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(props.action);
    alarm.addOkAction(props.action);
    return alarm;
  }
}

function requestAlarms({ loadBalancer, targetGroups }: Watched): AlarmSpec[] {
  const count = (name: string) => loadBalancerSignal(loadBalancer, name, { statistic: "Sum" });
  return [
    {
      id: "ServerErrors",
      description: "More than 5 % of requests fail with a 5xx, and more than 5 did. See the saved query `errors`.",
      metric: new MathExpression({
        // A single failure at night is not 100 %.
        expression: "IF(FILL(own, 0) + FILL(edge, 0) > 5, 100 * (FILL(own, 0) + FILL(edge, 0)) / requests, 0)",
        usingMetrics: {
          own: count("HTTPCode_Target_5XX_Count"),
          edge: count("HTTPCode_ELB_5XX_Count"),
          requests: count("RequestCount"),
        },
        label: "5xx, % of requests",
        period: step,
      }),
      threshold: 5,
    },
    {
      id: "SlowRequests",
      description: "One request of 20 waits over 2 s for its answer to begin. See the saved query `slow requests`.",
      metric: loadBalancerSignal(loadBalancer, "TargetResponseTime", { statistic: "p95" }),
      threshold: 2,
      steps: 3,
    },
    {
      id: "UnhealthyTasks",
      description: "A task does not answer its health check. See the service's events and the task's last lines.",
      metric: new MathExpression({
        expression: targetGroups.map((_, index) => `FILL(group${index}, 0)`).join(" + "),
        usingMetrics: Object.fromEntries(
          targetGroups.map((group, index) => [
            `group${index}`,
            targetSignal({ loadBalancer, group }, "UnHealthyHostCount", { statistic: "Minimum" }),
          ]),
        ),
        label: "Tasks that do not answer",
        period: step,
      }),
      threshold: 0,
      steps: 2,
    },
  ];
}

function taskAlarms(watched: Watched, minTasks: number): AlarmSpec[] {
  if (minTasks === 0) return [];
  const running = serviceSignal(watched, "CPUUtilization", { statistic: "SampleCount", period: Duration.minutes(1) });
  return [
    {
      id: "TooFewTasks",
      description: `Fewer than ${minTasks} tasks have run for 5 minutes. See the service's events.`,
      metric: running,
      threshold: minTasks,
      when: ComparisonOperator.LESS_THAN_THRESHOLD,
      steps: 5,
      missingIsBad: true,
    },
  ];
}

function logAlarms({ unexpected, throttled, unavailable }: LogSignals): AlarmSpec[] {
  const specs: AlarmSpec[] = [
    {
      id: "UnexpectedErrors",
      description: "The log has errors that nobody foresaw. See the saved query `errors`.",
      metric: unexpected,
      threshold: 0,
    },
  ];
  if (throttled !== undefined) {
    specs.push({
      id: "StoreThrottled",
      description:
        "Requests fail since the store asks to slow down, after all retries: a key is too hot, or a limit reached.",
      metric: throttled,
      threshold: 0,
    });
  }
  if (unavailable !== undefined) {
    specs.push({
      id: "StoreUnavailable",
      description:
        "Requests fail since the store fails or cannot be reached. See the AWS Health Dashboard, then the network.",
      metric: unavailable,
      threshold: 0,
    });
  }
  return specs;
}

function databaseAlarms(database: NonNullable<Watched["database"]>, options: DatabaseOptions): AlarmSpec[] {
  const specs: AlarmSpec[] = [
    {
      id: "DatabaseCpu",
      description: "The database's processor has been over 80 % for 15 minutes. See Performance Insights.",
      metric: databaseSignal(database, "CPUUtilization", { statistic: "Average" }),
      threshold: 80,
      steps: 3,
    },
    {
      id: "DatabaseConnections",
      description: "Over 80 % of the database's connections are taken: the next tasks may get none.",
      metric: databaseSignal(database, "DatabaseConnections", { statistic: "Maximum" }),
      threshold: Math.floor(0.8 * maxConnections(options)),
    },
  ];
  if (options.engine === "rds") {
    specs.push({
      id: "DatabaseStorage",
      description: "Less than 15 % of the database's storage is free. Raise `storageGiB`.",
      metric: databaseSignal(database, "FreeStorageSpace", { statistic: "Minimum" }),
      threshold: Math.floor(0.15 * options.storageGiB * 1024 ** 3),
      when: ComparisonOperator.LESS_THAN_THRESHOLD,
    });
  } else {
    specs.push({
      id: "DatabaseCapacity",
      description:
        "The database has been over 90 % of `maxAcu` for 15 minutes. Raise it, or look for what takes so much.",
      metric: databaseSignal(database, "ACUUtilization", { statistic: "Average" }),
      threshold: 90,
      steps: 3,
    });
  }
  return specs;
}

/** Memory of RDS's smallest classes in GiB by size; those after double from one to the next. */
const memoryGiB: Readonly<Record<string, number>> = { micro: 1, small: 2, medium: 4, large: 8, xlarge: 16 };

/**
 * How many connections PostgreSQL takes as RDS sets it up: memory / 9 531 392 bytes, at most 5000; Aurora with a minimum of up to 1 ACU: 2000.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
 */
export function maxConnections(options: DatabaseOptions): number {
  const bytes = (gib: number): number => Math.floor((gib * 1024 ** 3) / 9_531_392);
  if (options.engine !== "rds") return Math.min(bytes(2 * options.maxAcu), options.minAcu <= 1 ? 2000 : 5000);
  const [family = "", size = ""] = options.instanceClass.split(".");
  const times = /^(\d+)xlarge$/.exec(size)?.[1];
  const general = times === undefined ? (memoryGiB[size] ?? 1) : 16 * Number(times);
  return Math.min(bytes(family.startsWith("r") || family.startsWith("x") ? 2 * general : general), 5000);
}
