import {
  type ConfigureNatOptions,
  FlowLogDestination,
  FlowLogTrafficType,
  type GatewayConfig,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  IpProtocol,
  type IVpc,
  NatProvider,
  Peer,
  Port,
  type PrivateSubnet,
  RouterType,
  SecurityGroup,
  type SubnetConfiguration,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";

import { Construct } from "constructs";
import type { NetworkOptions } from "../config/schema.ts";
import { logGroup } from "./log-group.ts";
import { NatInstance } from "./nat-instance.ts";

export interface NetworkProps {
  readonly options: NetworkOptions;
  /** Names, or what gives them at deployment; as many as the options say. */
  readonly zones: readonly string[];
}

/** Where addresses are kept for a third zone, so that adding it moves nothing. */
const mostZones = 3;

/**
 * Two or three zones, each with a private subnet for what computes and one for databases, which has no way out at all. S3 and
 * DynamoDB are reached by gateway endpoints, for free; the rest of the Internet as the options say. Nothing in a public subnet
 * but what carries traffic out, so an address that the Internet can reach belongs to no program.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  /** The machine that carries traffic out, if that is what does; it is also the way in for people, by Session Manager. */
  readonly natInstance: NatInstance | undefined;

  constructor(scope: Construct, id: string, { options, zones }: NetworkProps) {
    super(scope, id);
    const { egress } = options;
    const nat = egress === "nat-instance" ? new InstanceProvider(options.cidr) : NatProvider.gateway();
    const vpc = new Vpc(this, "Vpc", {
      ipAddresses: IpAddresses.cidr(options.cidr),
      availabilityZones: [...zones],
      reservedAzs: mostZones - zones.length,
      ipProtocol: egress === "ipv6" ? IpProtocol.DUAL_STACK : IpProtocol.IPV4_ONLY,
      natGateways: egress === "ipv6" ? 0 : 1,
      ...(egress === "ipv6" ? {} : { natGatewayProvider: nat }),
      subnetConfiguration: subnets(options),
      // The CDK closes the default security group by a Lambda function of its own. Nothing here is in that group.
      restrictDefaultSecurityGroup: false,
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    this.vpc = vpc;
    this.natInstance = nat instanceof InstanceProvider ? nat.instance : undefined;
    this.addInterfaceEndpoints(vpc, options);
    this.addFlowLogs(vpc, options);
  }

  private addInterfaceEndpoints(vpc: Vpc, options: NetworkOptions): void {
    if (options.interfaceEndpoints.length === 0) return;
    const securityGroup = new SecurityGroup(this, "EndpointSecurityGroup", {
      vpc,
      description: "Lets the network into interface endpoints",
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(Peer.ipv4(options.cidr), Port.tcp(443), "From inside the network");
    for (const name of new Set(options.interfaceEndpoints)) {
      for (const [id, service] of Object.entries(endpoints[name])) {
        vpc.addInterfaceEndpoint(id, {
          service,
          privateDnsEnabled: true,
          open: false,
          securityGroups: [securityGroup],
          subnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
        });
      }
    }
  }

  private addFlowLogs(vpc: Vpc, { flowLogs }: NetworkOptions): void {
    if (flowLogs === "none") return;
    const group = logGroup(this, "FlowLogs", { retentionDays: 30, keep: false });
    vpc.addFlowLog("Flows", {
      destination: FlowLogDestination.toCloudWatchLogs(group),
      trafficType: flowLogs === "all" ? FlowLogTrafficType.ALL : FlowLogTrafficType.REJECT,
    });
  }
}

/** From the largest to the smallest, so that each begins where the one before ends. */
function subnets({ cidr, egress }: NetworkOptions): SubnetConfiguration[] {
  const bits = Number(cidr.split("/")[1]);
  return [
    { name: "private", subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: bits + 3 },
    { name: "data", subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: bits + 5 },
    {
      name: "public",
      subnetType: SubnetType.PUBLIC,
      cidrMask: 28,
      ...(egress === "ipv6" ? { ipv6AssignAddressOnCreation: false } : {}),
      mapPublicIpOnLaunch: false,
    },
  ];
}

const service = InterfaceVpcEndpointAwsService;
const endpoints: Readonly<
  Record<NetworkOptions["interfaceEndpoints"][number], Readonly<Record<string, InterfaceVpcEndpointAwsService>>>
> = {
  secretsmanager: { SecretsManager: service.SECRETS_MANAGER },
  kms: { Kms: service.KMS },
  ecr: { Ecr: service.ECR, EcrDocker: service.ECR_DOCKER },
  logs: { Logs: service.CLOUDWATCH_LOGS },
  ssm: { Ssm: service.SSM, SsmMessages: service.SSM_MESSAGES },
  ecs: { Ecs: service.ECS, EcsAgent: service.ECS_AGENT, EcsTelemetry: service.ECS_TELEMETRY },
  "bedrock-runtime": { BedrockRuntime: service.BEDROCK_RUNTIME },
  sts: { Sts: service.STS },
};

/** One machine for all zones. */
class InstanceProvider extends NatProvider {
  instance: NatInstance | undefined;
  readonly #cidr: string;

  constructor(cidr: string) {
    super();
    this.#cidr = cidr;
  }

  configureNat({ vpc, natSubnets, privateSubnets }: ConfigureNatOptions): void {
    const [subnet] = natSubnets;
    if (subnet === undefined) throw new Error("A NAT instance needs a public subnet.");
    this.instance = new NatInstance(vpc, "Nat", { vpc, subnet, cidr: this.#cidr });
    // Until it has its route to the Internet, it can install nothing.
    this.instance.instance.node.addDependency(subnet.internetConnectivityEstablished);
    for (const each of privateSubnets) this.configureSubnet(each);
  }

  configureSubnet(subnet: PrivateSubnet): void {
    const { instance } = this;
    if (instance === undefined) throw new Error("The NAT instance is made before routes lead to it.");
    subnet.addRoute("DefaultRoute", {
      routerType: RouterType.INSTANCE,
      routerId: instance.instance.instanceId,
      enablesInternetConnectivity: true,
    });
  }

  get configuredGateways(): GatewayConfig[] {
    const { instance } = this;
    if (instance === undefined) return [];
    return [{ az: instance.instance.instanceAvailabilityZone, gatewayId: instance.instance.instanceId }];
  }
}
