import { CfnOutput, Fn } from "aws-cdk-lib";
import { CfnSecurityGroupIngress, type Connections, type IVpc, SecurityGroup, SubnetType } from "aws-cdk-lib/aws-ec2";
import type { IRepository } from "aws-cdk-lib/aws-ecr";
import { Cluster, ContainerInsights, type ICluster } from "aws-cdk-lib/aws-ecs";
import type { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import type { ResolvedCompute } from "../config/resolve.ts";
import type { NatInstance } from "../constructs/nat-instance.ts";
import { isOwnImage, ProgramTask, type ProgramTaskProps } from "../constructs/task.ts";
import type { ProgramAccess } from "../permissions/permission.ts";
import { AloftStack } from "./aloft-stack.ts";

export interface ClusterStackProps {
  readonly app: ResolvedCompute;
  readonly vpc: IVpc;
  readonly image: string;
  readonly images: IRepository;
  readonly access: ProgramAccess;
  readonly database: Connections | undefined;
  /** From where people reach the database, by Session Manager. */
  readonly wayIn: NatInstance | undefined;
}

/**
 * What the image is told, so that it migrates. Of a program of one's own: `aloft exec` applies ./migrations, then becomes
 * `true`; or one's own words, for the image's entry point.
 */
function migrationOf(app: ResolvedCompute): Pick<ProgramTaskProps, "command" | "entryPoint"> {
  if (app.topology === "relational" && app.migrate !== undefined) return { command: app.migrate };
  if (isOwnImage(app)) return { command: ["migrate"] };
  return { entryPoint: ["aloft", "exec", "--migrate", "--"], command: ["true"] };
}

/**
 * Where programs run, and the task that migrates the data: deployed with a new image, and run, before the service gets it.
 * Whoever runs it finds all that is needed among the outputs.
 */
export class ClusterStack extends AloftStack {
  readonly cluster: ICluster;
  readonly migration: ProgramTask;

  constructor(scope: Construct, { app, vpc, image, images, access, database, wayIn }: ClusterStackProps) {
    super(scope, { app, part: "Cluster", description: `Cluster and migration of ${app.prefix}` });
    const cluster = new Cluster(this, "Cluster", {
      vpc,
      clusterName: app.prefix,
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    const insights =
      "Its metrics cost as much as a small task. Alarms and dashboard use those that ECS and the load balancer give for free.";
    acknowledge(cluster, { "AwsSolutions-ECS4": insights, "CT.ECS.PR.2": insights });
    this.cluster = cluster;
    this.migration = new ProgramTask(this, "Migrate", {
      app,
      image,
      repositoryArn: images.repositoryArn,
      ...migrationOf(app),
      environment: { NODE_ENV: "production", LOG_LEVEL: "info", ...app.service.environment, ...access.environment },
      permissions: access.permissions,
    });
    const group = new SecurityGroup(this, "MigrateSecurityGroup", {
      vpc,
      description: "Migrates, and may call out",
      allowAllIpv6Outbound: app.network.egress === "ipv6",
    });
    if (database !== undefined) group.connections.allowToDefaultPort(database, "To the database");
    if (database !== undefined && wayIn !== undefined) this.letIn(wayIn, database);
    const subnets = vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnetIds;
    this.output("ClusterName", cluster.clusterName, "Where programs run");
    this.output("MigrationTaskDefinition", this.migration.definition.taskDefinitionArn, "What migrates the data");
    this.output("MigrationContainer", this.migration.container.containerName, "The container whose exit code counts");
    this.output("MigrationSecurityGroup", group.securityGroupId, "What it runs with");
    acknowledge(this.output("MigrationSubnets", Fn.join(",", subnets), "Where it runs"), {
      W6001: "Who runs the migration finds all that it takes among the outputs of one stack.",
    });
    this.output("MigrationLogGroup", this.migration.logGroup.logGroupName, "What it says");
    this.output("Image", image, "The image that migrates");
  }

  /** A port of the database, forwarded by Session Manager: who may start a session there is for IAM to say. */
  private letIn({ securityGroup }: NatInstance, { defaultPort, securityGroups: [of] }: Connections): void {
    if (defaultPort === undefined || of === undefined) return;
    new CfnSecurityGroupIngress(this, "SessionsToDatabase", {
      ...defaultPort.toRuleJson(),
      groupId: of.securityGroupId,
      sourceSecurityGroupId: securityGroup.securityGroupId,
      description: "From sessions of Session Manager",
    });
  }

  private output(id: string, value: string, description: string): CfnOutput {
    return new CfnOutput(this, id, { value, description });
  }
}
