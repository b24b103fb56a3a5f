import { Duration } from "aws-cdk-lib";
import { CfnScalingPolicy, type ScalableTarget } from "aws-cdk-lib/aws-applicationautoscaling";
import type { FargateService, ScalableTaskCount } from "aws-cdk-lib/aws-ecs";
import type { z } from "zod";
import type { scalingSchema } from "../config/schema.ts";

export type ScalingOptions = z.output<typeof scalingSchema>;

export interface ScalingProps {
  readonly options: ScalingOptions;
  readonly clusterName: string;
  /** Of the service. */
  readonly name: string;
}

const scaleInCooldown = Duration.minutes(5);
const scaleOutCooldown = Duration.minutes(1);

/**
 * Adds tasks above what is aimed for in processor, memory or work waiting for each task, within a minute; takes them away
 * below it, five minutes apart. The template says no number of tasks, so a deployment leaves what scaling decided.
 */
export function addScaling(service: FargateService, { options, clusterName, name }: ScalingProps): void {
  const tasks = service.autoScaleTaskCount({ minCapacity: options.minTasks, maxCapacity: options.maxTasks });
  const cooldown = { scaleInCooldown, scaleOutCooldown };
  tasks.scaleOnCpuUtilization("Cpu", { targetUtilizationPercent: options.cpuPercent, ...cooldown });
  tasks.scaleOnMemoryUtilization("Memory", { targetUtilizationPercent: options.memoryPercent, ...cooldown });
  const { backlogPerTask } = options;
  if (backlogPerTask !== undefined) addBacklog(tasks, backlogPerTask, { ClusterName: clusterName, ServiceName: name });
}

/**
 * Waiting work by task. ECS reports every task's use of its processor once a minute, so the number of samples is that of the
 * tasks, without Container Insights; when none runs, all that waits counts as one task's.
 * @see https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html
 */
function addBacklog(
  tasks: ScalableTaskCount,
  { namespace, metric, target }: NonNullable<ScalingOptions["backlogPerTask"]>,
  dimensions: Readonly<Record<string, string>>,
): void {
  const running = {
    namespace: "AWS/ECS",
    metricName: "CPUUtilization",
    dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
  };
  const scaled = tasks.node.findChild("Target") as ScalableTarget;
  new CfnScalingPolicy(scaled, "Backlog", {
    policyName: `${dimensions["ServiceName"]}-backlog`,
    policyType: "TargetTrackingScaling",
    scalingTargetId: scaled.scalableTargetId,
    targetTrackingScalingPolicyConfiguration: {
      targetValue: target,
      scaleInCooldown: scaleInCooldown.toSeconds(),
      scaleOutCooldown: scaleOutCooldown.toSeconds(),
      customizedMetricSpecification: {
        metrics: [
          {
            id: "waiting",
            metricStat: { metric: { namespace, metricName: metric }, stat: "Maximum" },
            returnData: false,
          },
          { id: "running", metricStat: { metric: running, stat: "SampleCount" }, returnData: false },
          {
            id: "perTask",
            label: "Work waiting for each task",
            expression: "waiting / IF(FILL(running, 0) < 1, 1, FILL(running, 0))",
            returnData: true,
          },
        ],
      },
    },
  });
}
