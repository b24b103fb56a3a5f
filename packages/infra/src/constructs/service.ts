import { Duration } from "aws-cdk-lib";
import { type IVpc, SecurityGroup, SubnetType } from "aws-cdk-lib/aws-ec2";
import {
  AlternateTarget,
  AvailabilityZoneRebalancing,
  DeploymentStrategy,
  FargatePlatformVersion,
  FargateService,
  type ICluster,
  ListenerRuleConfiguration,
  PropagatedTagSource,
} from "aws-cdk-lib/aws-ecs";
import { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import type { ServiceOptions } from "../config/schema.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import { addScaling } from "./scaling.ts";
import type { ProgramTask } from "./task.ts";

export interface ServiceProps {
  readonly vpc: IVpc;
  readonly cluster: ICluster;
  readonly name: string;
  readonly task: ProgramTask;
  readonly loadBalancer: LoadBalancer;
  readonly options: ServiceOptions;
  /** Whether tasks have IPv6 addresses, and go out by them. */
  readonly ipv6: boolean;
}

/** How long the version before stays, after all requests go to the new one: going back takes seconds so long. */
const bakeTime = Duration.minutes(5);
/** From its start until a failed health check counts. */
const startGrace = Duration.seconds(90);

/**
 * As many tasks as the load asks for, in private subnets, each replaced only by one that answers. A version that does not
 * start is taken back by itself.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html
 */
export class Service extends Construct {
  readonly service: FargateService;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id);
    const { vpc, options, task } = props;
    this.securityGroup = new SecurityGroup(this, "SecurityGroup", {
      vpc,
      description: "Takes requests of the load balancer, and may call out",
      allowAllIpv6Outbound: props.ipv6,
    });
    const blueGreen = options.deployment === "blue-green";
    this.service = new FargateService(this, "Service", {
      serviceName: props.name,
      cluster: props.cluster,
      taskDefinition: task.definition,
      platformVersion: FargatePlatformVersion.VERSION1_4,
      assignPublicIp: false,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [this.securityGroup],
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      healthCheckGracePeriod: startGrace,
      circuitBreaker: { enable: true, rollback: true },
      deploymentStrategy: blueGreen ? DeploymentStrategy.BLUE_GREEN : DeploymentStrategy.ROLLING,
      ...(blueGreen ? { bakeTime } : {}),
      enableExecuteCommand: false,
      enableECSManagedTags: true,
      propagateTags: PropagatedTagSource.SERVICE,
    });
    acknowledge(this.service, {
      "CT.ECS.PR.1": "1.4.0 is the newest of Fargate; it is named, so that another is a decision and no surprise.",
    });
    // Its image is pulled and its log written by this role: without its policy the first tasks fail.
    this.service.node.addDependency(task.definition.obtainExecutionRole());
    this.attach(props);

    addScaling(this.service, { options: options.scaling, clusterName: props.cluster.clusterName, name: props.name });
  }

  private attach({ task, loadBalancer, options }: ServiceProps): void {
    const { alternateTargets, rule, targets } = loadBalancer;
    const container = { containerName: task.container.containerName, containerPort: options.port };
    if (alternateTargets === undefined) {
      targets.addTarget(this.service.loadBalancerTarget(container));
      return;
    }
    const alternateTarget = new AlternateTarget("Alternate", {
      alternateTargetGroup: alternateTargets,
      productionListener: ListenerRuleConfiguration.applicationListenerRule(rule),
    });
    targets.addTarget(this.service.loadBalancerTarget({ ...container, alternateTarget }));
    acknowledge(this.service, {
      W3005: "CDK says of the listener's rule twice that it is waited for, which harms nobody.",
    });
    const role = this.service.node.tryFindChild("AlternateRole");
    if (role !== undefined) {
      acknowledge(role, {
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers]":
          "ECS itself has this role to move requests between versions; AWS keeps its policy as ECS needs it.",
      });
    }
  }
}
