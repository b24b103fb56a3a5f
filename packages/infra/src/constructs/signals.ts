import { Duration } from "aws-cdk-lib";
import { Metric, type MetricProps } from "aws-cdk-lib/aws-cloudwatch";
import type { ApplicationLoadBalancer, ApplicationTargetGroup } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { Watched } from "../stacks/monitoring-stack.ts";

/** Everything is looked at in steps of five minutes: finer ones cost more and wake people for nothing. */
export const step = Duration.minutes(5);

type Signal = Pick<MetricProps, "statistic" | "label" | "period" | "color">;

/** Requests, errors and times as the load balancer has them. Without requests there are no points. */
export function loadBalancerSignal(loadBalancer: ApplicationLoadBalancer, metricName: string, signal: Signal): Metric {
  return new Metric({
    namespace: "AWS/ApplicationELB",
    metricName,
    dimensionsMap: { LoadBalancer: loadBalancer.loadBalancerFullName },
    period: step,
    ...signal,
  });
}

/** Tasks as the load balancer has them. */
export function targetSignal(
  { loadBalancer, group }: { readonly loadBalancer: ApplicationLoadBalancer; readonly group: ApplicationTargetGroup },
  metricName: string,
  signal: Signal,
): Metric {
  return new Metric({
    namespace: "AWS/ApplicationELB",
    metricName,
    dimensionsMap: {
      LoadBalancer: loadBalancer.loadBalancerFullName,
      TargetGroup: group.targetGroupFullName,
    },
    period: step,
    ...signal,
  });
}

/** Processor and memory of the service's tasks. Every task reports once a minute, so the number of samples is that of tasks. */
export function serviceSignal(
  watched: Pick<Watched, "clusterName" | "serviceName">,
  name: string,
  signal: Signal,
): Metric {
  return new Metric({
    namespace: "AWS/ECS",
    metricName: name,
    dimensionsMap: { ClusterName: watched.clusterName, ServiceName: watched.serviceName },
    period: step,
    ...signal,
  });
}

export function databaseSignal(database: NonNullable<Watched["database"]>, metricName: string, signal: Signal): Metric {
  const dimensionsMap: Record<string, string> =
    "clusterIdentifier" in database
      ? { DBClusterIdentifier: database.clusterIdentifier }
      : { DBInstanceIdentifier: database.instanceIdentifier };
  return new Metric({ namespace: "AWS/RDS", metricName, dimensionsMap, period: step, ...signal });
}

export function tableSignal(tableName: string, metricName: string, signal: Signal): Metric {
  return new Metric({
    namespace: "AWS/DynamoDB",
    metricName,
    dimensionsMap: { TableName: tableName },
    period: step,
    ...signal,
  });
}
