import { type CfnCreationPolicy, Duration, Stack } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { Ec2Action, Ec2InstanceAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  HttpTokens,
  Instance,
  InstanceType,
  type IVpc,
  MachineImage,
  AmazonLinuxCpuType,
  type ISubnet,
  Peer,
  Port,
  SecurityGroup,
  UserData,
} from "aws-cdk-lib/aws-ec2";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";

export interface NatInstanceProps {
  readonly vpc: IVpc;
  /** A public one. */
  readonly subnet: ISubnet;
  /** Addresses of the network. */
  readonly cidr: string;
}

/**
 * A small machine that carries what private subnets send to the Internet: about a tenth of a NAT gateway's price, up to some
 * 30 Mbit/s sustained. Nobody signs in but through Session Manager. AWS brings it back if its hardware fails, and starts it
 * again if it hangs; its route is taken over only once a new one forwards.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html
 */
export class NatInstance extends Construct {
  readonly instance: Instance;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { vpc, subnet, cidr }: NatInstanceProps) {
    super(scope, id);
    this.securityGroup = new SecurityGroup(this, "SecurityGroup", {
      vpc,
      description: "Forwards what private subnets send to the Internet",
    });
    for (const port of [Port.allTcp(), Port.allUdp()]) {
      this.securityGroup.addIngressRule(Peer.ipv4(cidr), port, "From inside the network");
    }
    this.instance = new Instance(this, "Instance", {
      vpc,
      vpcSubnets: { subnets: [subnet] },
      // An address that is there when it boots, before anything is attached: it installs what it needs at once.
      associatePublicIpAddress: true,
      instanceType: new InstanceType("t4g.nano"),
      machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
      securityGroup: this.securityGroup,
      role: this.role(),
      httpTokens: HttpTokens.REQUIRED,
      sourceDestCheck: false,
      userData: forwarding(),
      // The signal names it, so its id must not follow from this. A newer system image replaces it, and takes a newer script along.
      userDataCausesReplacement: false,
      blockDevices: [
        {
          deviceName: "/dev/xvda",
          volume: BlockDeviceVolume.ebs(8, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
        },
      ],
    });
    this.signalWhenForwarding();
    this.recover();
    const byTheMinute =
      "Metrics by the minute cost as much as the machine; its status checks are by the minute anyway.";
    acknowledge(this.instance, {
      "AwsSolutions-EC28": byTheMinute,
      "CT.EC2.PR.13": byTheMinute,
      "CT.EC2.PR.19": "A t4g runs on Nitro; what it forwards is TLS already, as what leaves the network has to be.",
      "CT.EC2.PR.8":
        "It carries traffic between private subnets and the Internet: it is the one machine with a public address.",
      "AwsSolutions-EC29":
        "It holds nothing. CloudFormation replaces it, which protection against termination would prevent.",
    });
  }

  /** What Session Manager's agent calls; none of these actions knows resources. */
  private role(): Role {
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("ec2.amazonaws.com") });
    role.addToPolicy(
      new PolicyStatement({
        sid: "SessionManager",
        actions: [
          "ssm:UpdateInstanceInformation",
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ],
        resources: ["*"],
      }),
    );
    acknowledge(role, {
      "AwsSolutions-IAM5[Resource::*]":
        "The agent of Session Manager speaks for its own machine: these actions take no resource.",
    });
    return role;
  }

  /** The stack goes on, and the route changes over, when the machine says that it forwards. */
  private signalWhenForwarding(): void {
    const { instance } = this;
    const { userData } = instance;
    const resource = instance.instance;
    const policy: CfnCreationPolicy = { resourceSignal: { count: 1, timeout: Duration.minutes(10).toIsoString() } };
    resource.cfnOptions.creationPolicy = policy;
    const { stackName, region } = Stack.of(this);
    userData.addCommands(
      `/opt/aws/bin/cfn-signal --exit-code 0 --stack ${stackName} --resource ${Stack.of(this).getLogicalId(resource)} --region ${region}`,
    );
  }

  private recover(): void {
    const remedies = [
      { what: "System", action: Ec2InstanceAction.RECOVER, remedy: "it is moved to other hardware" },
      { what: "Instance", action: Ec2InstanceAction.REBOOT, remedy: "it is started again" },
    ];
    for (const { what, action, remedy } of remedies) {
      const alarm = new Alarm(this, `${what}Check`, {
        metric: new Metric({
          namespace: "AWS/EC2",
          metricName: `StatusCheckFailed_${what}`,
          dimensionsMap: { InstanceId: this.instance.instanceId },
          statistic: Stats.MAXIMUM,
          period: Duration.minutes(1),
        }),
        threshold: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: 3,
        alarmDescription: `The NAT instance failed its ${what.toLowerCase()} check: ${remedy}.`,
      });
      alarm.addAlarmAction(new Ec2Action(action));
    }
  }
}

/**
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html#create-nat-ami
 * @see https://github.com/amazonlinux/amazon-linux-2023/issues/404
 */
function forwarding(): UserData {
  const data = UserData.forLinux();
  data.addCommands(
    "set -eu",
    // dnf alone takes more memory than the smallest machine has: without swap it is killed, again and again.
    "dd if=/dev/zero of=/swapfile bs=1M count=1024 status=none",
    "chmod 600 /swapfile",
    "mkswap /swapfile",
    "swapon /swapfile",
    "echo '/swapfile none swap defaults 0 0' >> /etc/fstab",
    "echo net.ipv4.ip_forward=1 > /etc/sysctl.d/90-forward.conf",
    "sysctl --system",
    "until dnf install -y iptables-services aws-cfn-bootstrap; do sleep 3; done",
    "device=$(ip -o -4 route show to default | awk '{print $5}' | head -n 1)",
    'iptables -t nat -A POSTROUTING -o "$device" -j MASQUERADE',
    "iptables -F FORWARD",
    "service iptables save",
    "systemctl enable --now iptables",
  );
  return data;
}
