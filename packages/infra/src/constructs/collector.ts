import { Stack } from "aws-cdk-lib";
import { ContainerImage, type FargateTaskDefinition, LogDriver } from "aws-cdk-lib/aws-ecs";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { ProgramAccess } from "../permissions/permission.ts";

/** AWS's distribution of the OpenTelemetry collector 0.48.0, for both processors. @see https://gallery.ecr.aws/aws-observability/aws-otel-collector */
export const collectorImage =
  "public.ecr.aws/aws-observability/aws-otel-collector@sha256:9b28046359054b414f4ba76056ba4e8cffda2d53fbcee06171d7eeecd71326c3";

export interface CollectorProps {
  /** Where its own lines go, and metrics as lines that CloudWatch reads. */
  readonly logGroup: ILogGroup;
  /** What metrics are filed under. */
  readonly namespace: string;
}

/**
 * Adds a collector beside the program: what the program sends to it by OTLP goes to X-Ray (traces) and CloudWatch (metrics).
 * It listens within the task only, and the program goes on if it fails.
 * @returns what the program has to be told and the task's role be allowed.
 */
export function addCollector(task: FargateTaskDefinition, { logGroup, namespace }: CollectorProps): ProgramAccess {
  const { region } = Stack.of(task);
  task.addContainer("Collector", {
    containerName: "collector",
    image: ContainerImage.fromRegistry(collectorImage),
    essential: false,
    readonlyRootFilesystem: true,
    user: "65534",
    memoryLimitMiB: 128,
    environment: { AOT_CONFIG_CONTENT: JSON.stringify(configuration(region, logGroup.logGroupName, namespace)) },
    logging: LogDriver.awsLogs({ logGroup, streamPrefix: "collector" }),
    healthCheck: { command: ["CMD", "/healthcheck"] },
  });
  return {
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318", OTEL_SERVICE_NAME: namespace },
    permissions: [
      {
        sid: "SendTraces",
        may: "send traces to X-Ray",
        actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        // X-Ray has no resources that these two could be limited to.
        resources: ["*"],
        unused: {
          "xray:PutTraceSegments": "The collector sends traces, not the program that the suite runs.",
          "xray:PutTelemetryRecords":
            "The collector tells X-Ray how much it sent, not the program that the suite runs.",
        },
      },
      {
        sid: "WriteMetrics",
        may: "write metrics into its log group",
        actions: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        resources: [logGroup.logGroupArn],
        unused: {
          "logs:CreateLogStream": "The collector writes metrics, not the program that the suite runs.",
          "logs:PutLogEvents": "The collector writes metrics, not the program that the suite runs.",
          "logs:DescribeLogStreams": "The collector looks for its stream, not the program that the suite runs.",
        },
      },
    ],
  };
}

/** @see https://aws-otel.github.io/docs/components/x-ray-exporter */
function configuration(region: string, logGroupName: string, namespace: string): unknown {
  return {
    extensions: { health_check: { endpoint: "127.0.0.1:13133" } },
    receivers: {
      otlp: { protocols: { grpc: { endpoint: "127.0.0.1:4317" }, http: { endpoint: "127.0.0.1:4318" } } },
    },
    processors: {
      memory_limiter: { check_interval: "1s", limit_mib: 96, spike_limit_mib: 24 },
      batch: { timeout: "5s" },
    },
    exporters: {
      awsxray: { region },
      awsemf: { region, namespace, log_group_name: logGroupName, log_stream_name: "metrics" },
    },
    service: {
      extensions: ["health_check"],
      pipelines: {
        traces: { receivers: ["otlp"], processors: ["memory_limiter", "batch"], exporters: ["awsxray"] },
        metrics: { receivers: ["otlp"], processors: ["memory_limiter", "batch"], exporters: ["awsemf"] },
      },
    },
  };
}
