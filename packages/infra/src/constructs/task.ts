import { Duration, Size, Stack } from "aws-cdk-lib";
import {
  AwsLogDriverMode,
  Capability,
  type ContainerDefinition,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  type HealthCheck,
  LinuxParameters,
  LogDriver,
  OperatingSystemFamily,
} from "aws-cdk-lib/aws-ecs";
import type { Role } from "aws-cdk-lib/aws-iam";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import type { ResolvedCompute } from "../config/resolve.ts";
import type { Permission } from "../permissions/permission.ts";
import { addCollector } from "./collector.ts";
import { repositoryOf } from "./image-uri.ts";
import { logGroup } from "./log-group.ts";
import { addPermissions, executionRole, programRole } from "./program-role.ts";

export interface ProgramTaskProps {
  readonly app: ResolvedCompute;
  /** By digest. */
  readonly image: string;
  readonly repositoryArn: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly permissions: readonly Permission[];
  /** Default: the image's own. */
  readonly command?: readonly string[] | undefined;
  readonly entryPoint?: readonly string[] | undefined;
  readonly healthCheck?: HealthCheck | undefined;
  /** Whether what collects traces and metrics runs beside it. */
  readonly collects?: boolean;
  /** Where it listens, if it does. */
  readonly port?: number;
}

/** Beyond this much that waits to be written, log lines are dropped: a program never stops because its log is slow. */
const logBuffer = Size.mebibytes(4);

/** What the collector is limited to. */
const collectorMiB = 128;

/** Who Aloft's own image runs as: packages/server/image/Dockerfile. */
const user = "1000:1000";

/** Whether it is Aloft's own server that runs; otherwise nothing is known of what is in the image. */
export function isOwnImage({ service }: Pick<ResolvedCompute, "service">): boolean {
  return service.image === undefined || service.image === "aloft";
}

/**
 * A program on Fargate, arm64: its root file system cannot be written to, only /tmp can, no capability of Linux is left to
 * it, and it may what its permissions say. /tmp belongs to whom the image says by `VOLUME /tmp`, otherwise to root alone.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
 */
export class ProgramTask extends Construct {
  readonly definition: FargateTaskDefinition;
  /** What the program is while it runs. */
  readonly role: Role;
  readonly container: ContainerDefinition;
  /** All that the role allows: the program's, and its collector's. */
  readonly permissions: readonly Permission[];
  readonly logGroup: LogGroup;

  /** @param id names the container too. */
  constructor(scope: Construct, id: string, props: ProgramTaskProps) {
    super(scope, id);
    const { app } = props;
    const name = id.toLowerCase();
    this.logGroup = logGroup(this, "Logs", { retentionDays: app.logRetentionDays, keep: app.protectData });
    this.role = programRole(this, "Role");
    this.definition = new FargateTaskDefinition(this, "Task", {
      family: `${app.prefix}-${name}`,
      cpu: app.service.cpu,
      memoryLimitMiB: app.service.memoryMiB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole: this.role,
      executionRole: executionRole(this, "ExecutionRole", this.repositories(props)),
      volumes: [{ name: "tmp" }],
    });
    acknowledge(this.definition, {
      "AwsSolutions-ECS2": "They name what was made and are no secrets, which the program fetches itself, by name.",
      ...(isOwnImage(app)
        ? {}
        : { "CT.ECS.PR.3": "The image says by USER who it runs as: another one may not find its files." }),
    });
    this.container = this.contain(name, props);
    this.permissions = [...props.permissions, ...(props.collects === true ? this.collect(app) : [])];
    addPermissions(this.role, this.permissions);
  }

  private contain(name: string, props: ProgramTaskProps): ContainerDefinition {
    const { service } = props.app;
    const linuxParameters = new LinuxParameters(this, "Linux", { initProcessEnabled: true });
    linuxParameters.dropCapabilities(Capability.ALL);
    const container = this.definition.addContainer("Container", {
      containerName: name,
      image: ContainerImage.fromRegistry(props.image),
      ...(props.entryPoint === undefined ? {} : { entryPoint: [...props.entryPoint] }),
      ...(props.command === undefined ? {} : { command: [...props.command] }),
      ...(isOwnImage(props.app) ? { user } : {}),
      memoryLimitMiB: service.memoryMiB - (props.collects === true ? collectorMiB : 0),
      environment: { ...props.environment },
      readonlyRootFilesystem: true,
      linuxParameters,
      stopTimeout: Duration.seconds(service.stopTimeoutSeconds),
      ...(props.healthCheck === undefined ? {} : { healthCheck: props.healthCheck }),
      ...(props.port === undefined ? {} : { portMappings: [{ containerPort: props.port }] }),
      logging: LogDriver.awsLogs({
        logGroup: this.logGroup,
        streamPrefix: name,
        mode: AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: logBuffer,
      }),
    });
    container.addMountPoints({ sourceVolume: "tmp", containerPath: "/tmp", readOnly: false });
    return container;
  }

  private collect({ prefix }: ResolvedCompute): readonly Permission[] {
    const { environment, permissions } = addCollector(this.definition, { logGroup: this.logGroup, namespace: prefix });
    for (const [name, value] of Object.entries(environment)) this.container.addEnvironment(name, value);
    return permissions;
  }

  /** The app's own, and that of an image that was built elsewhere. */
  private repositories({ app, image, repositoryArn }: ProgramTaskProps): string[] {
    const of = repositoryOf(image);
    if (of === undefined || of.repository === app.prefix) return [repositoryArn];
    const { account, region, repository } = of;
    const { partition } = Stack.of(this);
    return [repositoryArn, `arn:${partition}:ecr:${region}:${account}:repository/${repository}`];
  }
}
