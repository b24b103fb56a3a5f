import type { IVpc } from "aws-cdk-lib/aws-ec2";
import { SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import type { ResolvedCompute } from "../config/resolve.ts";
import { AloftStack } from "./aloft-stack.ts";

/** The network that everything of an environment is in. */
export class NetworkStack extends AloftStack {
  readonly vpc: IVpc;

  constructor(scope: Construct, app: ResolvedCompute) {
    super(scope, { app, part: "Network", description: `Network of ${app.prefix}` });
    this.vpc = new Vpc(this, "Network", {
      maxAzs: app.network.availabilityZones,
      subnetConfiguration: [{ name: "private", subnetType: SubnetType.PRIVATE_ISOLATED }],
    });
  }
}
