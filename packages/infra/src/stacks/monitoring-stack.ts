import type { IApplicationLoadBalancer, IApplicationTargetGroup } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { ResolvedCompute } from "../config/resolve.ts";
import { AlarmTopic } from "../constructs/observability.ts";
import { AloftStack } from "./aloft-stack.ts";

/** What is watched: names and things of the other stacks. */
export interface Watched {
  readonly clusterName: string;
  readonly serviceName: string;
  readonly loadBalancer: IApplicationLoadBalancer;
  /** One, or the two of a blue/green deployment. */
  readonly targetGroups: readonly IApplicationTargetGroup[];
  /** Where the program's lines go. */
  readonly logGroup: ILogGroup;
  /** Names of the DynamoDB tables, if the data is there. */
  readonly tableNames?: readonly string[];
  /** The database, if the data is there: an instance of RDS or a cluster of Aurora. */
  readonly database?: { readonly instanceIdentifier: string } | { readonly clusterIdentifier: string };
}

export interface MonitoringStackProps {
  readonly app: ResolvedCompute;
  readonly watched: Watched;
}

/** Who looks after the app learns here how it is: dashboard, alarms, saved queries, budget. */
export class MonitoringStack extends AloftStack {
  constructor(scope: Construct, { app }: MonitoringStackProps) {
    super(scope, { app, part: "Monitoring", description: `Monitoring of ${app.prefix}` });
    new AlarmTopic(this, "Alarms", { name: `${app.prefix}-alarms`, emails: app.alarms.emails });
  }
}
