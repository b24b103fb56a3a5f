import { CfnOutput, Fn } from "aws-cdk-lib";
import type { IVpc } from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import type { ResolvedCompute } from "../config/resolve.ts";
import { Network } from "../constructs/network.ts";
import type { NatInstance } from "../constructs/nat-instance.ts";
import { AloftStack } from "./aloft-stack.ts";

/**
 * The network that everything of an environment is in. Programs are in `PRIVATE_WITH_EGRESS` subnets, databases in
 * `PRIVATE_ISOLATED` ones.
 */
export class NetworkStack extends AloftStack {
  readonly vpc: IVpc;
  /** Undefined where something else carries traffic out. */
  readonly natInstance: NatInstance | undefined;

  constructor(scope: Construct, app: ResolvedCompute) {
    super(scope, { app, part: "Network", description: `Network of ${app.prefix}` });
    const { vpc, natInstance } = new Network(this, "Network", { options: app.network, zones: zonesOf(app) });
    this.vpc = vpc;
    this.natInstance = natInstance;
    new CfnOutput(this, "VpcId", { value: vpc.vpcId, description: "The network" });
    if (natInstance !== undefined) {
      const description = "What carries traffic out, and the way in by Session Manager";
      new CfnOutput(this, "NatInstanceId", { value: natInstance.instance.instanceId, description });
    }
  }

  /** Those of the region as CloudFormation finds them, never as a look-up at synthesis would: that needs credentials. */
  override get availabilityZones(): string[] {
    return zonesOf(this.app as ResolvedCompute);
  }
}

function zonesOf({ network }: ResolvedCompute): string[] {
  if (network.zones !== undefined) return [...network.zones];
  return Array.from({ length: network.availabilityZones }, (_, i) => Fn.select(i, Fn.getAzs()));
}
