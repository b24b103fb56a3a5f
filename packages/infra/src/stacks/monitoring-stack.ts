import { CfnOutput } from "aws-cdk-lib";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ApplicationLoadBalancer, ApplicationTargetGroup } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { ResolvedApp, ResolvedCompute } from "../config/resolve.ts";
import { Alarms } from "../constructs/alarms.ts";
import { Budget } from "../constructs/budget.ts";
import { Dashboard } from "../constructs/dashboard.ts";
import { AlarmTopic, logSignals, saveQueries } from "../constructs/observability.ts";
import { AloftStack } from "./aloft-stack.ts";

/** What is watched: names and things of the other stacks. */
export interface Watched {
  readonly clusterName: string;
  readonly serviceName: string;
  readonly loadBalancer: ApplicationLoadBalancer;
  /** One, or the two of a blue/green deployment. */
  readonly targetGroups: readonly ApplicationTargetGroup[];
  /** Where the program's lines go. */
  readonly logGroup: ILogGroup;
  /** Names of the DynamoDB tables, if the data is there. */
  readonly tableNames?: readonly string[];
  /** The database, if the data is there: an instance of RDS or a cluster of Aurora. */
  readonly database?: { readonly instanceIdentifier: string } | { readonly clusterIdentifier: string };
}

export interface MonitoringStackProps {
  readonly app: ResolvedApp;
  /** The service, if there is one. */
  readonly watched?: Watched;
}

/** Whether there is anything for a MonitoringStack to hold. An empty stack cannot be deployed. */
export function needsMonitoringStack(app: ResolvedApp): boolean {
  return app.topology !== "library" || app.budget !== undefined;
}

/** By this name other stacks find where alarms go, without depending on this one. */
export function alarmTopicName(app: Pick<ResolvedApp, "prefix">): string {
  return `${app.prefix}-alarms`;
}

/** Who looks after the app learns here how it is: dashboard, alarms, saved queries, budget. Make it only if {@link needsMonitoringStack}. */
export class MonitoringStack extends AloftStack {
  /** Where alarms go. */
  readonly topic: ITopic | undefined;
  readonly budget: Budget | undefined;

  constructor(scope: Construct, { app, watched }: MonitoringStackProps) {
    super(scope, { app, part: "Monitoring", description: `Monitoring of ${app.prefix}` });
    if (app.topology !== "library" && watched !== undefined) this.topic = this.#watch(app, watched);
    if (app.budget !== undefined) this.budget = new Budget(this, "Budget", { app, ...app.budget });
  }

  #watch(app: ResolvedCompute, watched: Watched): ITopic {
    const { prefix } = app;
    const { topic } = new AlarmTopic(this, "Topic", {
      name: alarmTopicName(app),
      emails: app.alarms.emails,
      takesEvents: app.detectors,
    });
    const log = { logGroup: watched.logGroup, prefix, ours: (app.service.image ?? "aloft") === "aloft" };
    const logs = logSignals(this, log);
    saveQueries(this, log);
    const { alarms } = new Alarms(this, "Alarms", {
      prefix,
      watched,
      logs,
      action: new SnsAction(topic),
      minTasks: app.service.scaling.minTasks,
      ...(app.topology === "relational" ? { database: app.database } : {}),
    });
    const { dashboard } = new Dashboard(this, "Dashboard", { name: prefix, watched, logs, alarms });
    void new CfnOutput(this, "DashboardName", { value: dashboard.dashboardName, description: "In CloudWatch" });
    return topic;
  }
}
