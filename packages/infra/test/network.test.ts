import type { SoloConfig } from "@aloft/infra";
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { objections } from "@aloft/infra/refusals/refusals";
import { partsOf } from "./templates.ts";

type Network = NonNullable<SoloConfig["network"]>;

function withNetwork(network: Network = {}, more: Partial<SoloConfig> = {}) {
  return partsOf({ name: "chat", topology: "solo", network, ...more, environments: { dev: {} } }, "dev");
}

/** Blocks of addresses by the subnets' ids. */
function blocks(network: Network): Map<string, unknown> {
  const { Resources } = withNetwork(network).json("Network");
  const subnets = Object.entries(Resources).filter(([, { Type }]) => Type === "AWS::EC2::Subnet");
  return new Map(subnets.map(([id, { Properties }]) => [id, Properties?.["CidrBlock"]]));
}

test("[landing.compute.zones] each zone has a private, a data and a public subnet", () => {
  expect([...blocks({}).values()]).toEqual([
    "10.0.0.0/19",
    "10.0.32.0/19",
    "10.0.96.0/21",
    "10.0.104.0/21",
    "10.0.120.0/28",
    "10.0.120.16/28",
  ]);
  expect(blocks({ availabilityZones: 3 }).size).toBe(9);
  expect(blocks({ cidr: "172.20.4.0/22", availabilityZones: 3 }).size).toBe(9);
});

test("[landing.compute.zones] a third zone moves no subnet, and gives none another address", () => {
  const two = blocks({});
  const three = blocks({ availabilityZones: 3 });
  for (const [id, block] of two) expect(three.get(id)).toBe(block);
});

test("[landing.compute.zones] zones are the region's first, or those that are named", () => {
  const zones = (network: Network) =>
    withNetwork(network)
      .all("Network", "AWS::EC2::Subnet")
      .map(({ AvailabilityZone }) => AvailabilityZone);
  expect(new Set(zones({}).map((zone) => JSON.stringify(zone)))).toEqual(
    new Set(['{"Fn::Select":[0,{"Fn::GetAZs":""}]}', '{"Fn::Select":[1,{"Fn::GetAZs":""}]}']),
  );
  expect(new Set(zones({ zones: ["us-east-1b", "us-east-1d"] }))).toEqual(new Set(["us-east-1b", "us-east-1d"]));
});

describe.each(["nat-instance", "nat-gateway", "ipv6"] as const)("by %s", (egress) => {
  const parts = withNetwork({ egress });
  const network = parts.of("Network");

  test("[landing.compute.gateway-endpoints] S3 and DynamoDB are routed to from every subnet", () => {
    const endpoints = parts.all("Network", "AWS::EC2::VPCEndpoint");
    expect(endpoints.map(({ VpcEndpointType }) => VpcEndpointType)).toEqual(["Gateway", "Gateway"]);
    expect(JSON.stringify(endpoints)).toContain(".s3");
    expect(JSON.stringify(endpoints)).toContain(".dynamodb");
    const tables = parts.all("Network", "AWS::EC2::RouteTable").length;
    for (const { RouteTableIds } of endpoints) expect(RouteTableIds).toHaveLength(tables);
  });

  test("[landing.compute.private] no subnet gives out public addresses", () => {
    for (const { MapPublicIpOnLaunch } of parts.all("Network", "AWS::EC2::Subnet")) {
      expect(MapPublicIpOnLaunch).toBe(false);
    }
    network.resourceCountIs("AWS::EC2::EIP", egress === "nat-gateway" ? 1 : 0);
  });

  test("[landing.compute.offline] CloudFront finds an Internet gateway, and CDK's own functions are not needed", () => {
    network.resourceCountIs("AWS::EC2::InternetGateway", 1);
    network.resourceCountIs("AWS::Lambda::Function", 0);
  });
});

describe("a NAT instance", () => {
  const parts = withNetwork();
  const network = parts.of("Network");

  test("[landing.compute.nat-instance] it is small, signs nobody in, and its disk is encrypted", () => {
    const instance = parts.only("Network", "AWS::EC2::Instance");
    expect(instance).toMatchObject({
      InstanceType: "t4g.nano",
      SourceDestCheck: false,
      MetadataOptions: { HttpTokens: "required" },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true, VolumeType: "gp3", VolumeSize: 8 } }],
    });
    expect(instance).not.toHaveProperty("KeyName");
    expect(JSON.stringify(instance["ImageId"])).toMatch(/al2023amikernel\w*arm64/);
  });

  test("[landing.compute.nat-instance] only the network reaches it", () => {
    network.hasResourceProperties("AWS::EC2::SecurityGroup", {
      SecurityGroupIngress: ["tcp", "udp"].map((IpProtocol) => ({
        CidrIp: "10.0.0.0/16",
        IpProtocol,
        FromPort: 0,
        ToPort: 65_535,
      })),
    });
    network.resourceCountIs("AWS::EC2::SecurityGroupIngress", 0);
  });

  test("[landing.compute.nat-instance] every private subnet goes out by it, data subnets by nothing", () => {
    const routes = parts.all("Network", "AWS::EC2::Route");
    expect(routes.filter((route) => "InstanceId" in route)).toHaveLength(2);
    expect(routes.filter((route) => "GatewayId" in route)).toHaveLength(2);
    expect(routes).toHaveLength(4);
    expect(parts.all("Network", "AWS::EC2::RouteTable")).toHaveLength(6);
  });

  test("[landing.compute.nat-instance] routes change over once it says that it forwards", () => {
    const { Resources } = parts.json("Network");
    const [id, instance] = Object.entries(Resources).find(([, { Type }]) => Type === "AWS::EC2::Instance") ?? [];
    expect(instance).toMatchObject({ CreationPolicy: { ResourceSignal: { Count: 1, Timeout: "PT10M" } } });
    const script = JSON.stringify(instance?.Properties?.["UserData"]);
    const steps = [
      "swapon",
      "ip_forward=1",
      "dnf install",
      "MASQUERADE",
      "systemctl enable --now iptables",
      `--resource ${id}`,
    ];
    const places = steps.map((step) => script.indexOf(step));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test("[landing.compute.nat-instance] it is moved to other hardware, or started again, when a check fails", () => {
    for (const [metric, action] of [
      ["StatusCheckFailed_System", "ec2:recover"],
      ["StatusCheckFailed_Instance", "ec2:reboot"],
    ]) {
      network.hasResourceProperties("AWS::CloudWatch::Alarm", {
        MetricName: metric,
        AlarmActions: [{ "Fn::Join": ["", Match.arrayWith([Match.stringLikeRegexp(`:${action}$`)])] }],
      });
    }
  });

  test("[landing.compute.nat-instance] its role is for Session Manager alone", () => {
    const policies = JSON.stringify(parts.all("Network", "AWS::IAM::Policy"));
    const actions = new Set(policies.match(/"(ssm|ssmmessages|ec2|ec2messages|s3|iam|sts):\w+"/g));
    expect(actions).toEqual(
      new Set([
        '"ssm:UpdateInstanceInformation"',
        '"ssmmessages:CreateControlChannel"',
        '"ssmmessages:CreateDataChannel"',
        '"ssmmessages:OpenControlChannel"',
        '"ssmmessages:OpenDataChannel"',
      ]),
    );
    for (const role of parts.all("Network", "AWS::IAM::Role")) expect(role).not.toHaveProperty("ManagedPolicyArns");
  });
});

test("[landing.compute.nat-gateway] private subnets go out by one gateway, and there is no instance", () => {
  const parts = withNetwork({ egress: "nat-gateway" });
  parts.of("Network").resourceCountIs("AWS::EC2::NatGateway", 1);
  parts.of("Network").resourceCountIs("AWS::EC2::Instance", 0);
  expect(parts.all("Network", "AWS::EC2::Route").filter((route) => "NatGatewayId" in route)).toHaveLength(2);
});

describe("ipv6", () => {
  test("[landing.compute.ipv6] it is refused without endpoints for what Fargate asks by IPv4 alone", () => {
    const refused = (network: Network) => objections(withNetwork(network).synthesis).map(({ id }) => id);
    expect(refused({ egress: "ipv6" })).toContain("ipv6-images");
    expect(refused({ egress: "ipv6", interfaceEndpoints: ["ecr", "logs"] })).not.toContain("ipv6-images");
  });

  const parts = withNetwork({ egress: "ipv6" });

  test("[landing.compute.ipv6] private subnets go out by an egress-only gateway and nothing else", () => {
    const network = parts.of("Network");
    network.resourceCountIs("AWS::EC2::EgressOnlyInternetGateway", 1);
    network.resourceCountIs("AWS::EC2::NatGateway", 0);
    network.resourceCountIs("AWS::EC2::Instance", 0);
    const out = parts.all("Network", "AWS::EC2::Route").filter((route) => "EgressOnlyInternetGatewayId" in route);
    expect(out).toHaveLength(2);
    for (const route of out) expect(route).toMatchObject({ DestinationIpv6CidrBlock: "::/0" });
    const addressed = parts
      .all("Network", "AWS::EC2::Subnet")
      .filter(({ AssignIpv6AddressOnCreation }) => AssignIpv6AddressOnCreation === true);
    expect(addressed.length).toBeGreaterThanOrEqual(2);
  });

  test("[landing.compute.ipv6] programs may call out by it, and ask AWS by names that have its addresses", () => {
    parts.of("Compute").hasResourceProperties("AWS::EC2::SecurityGroup", {
      SecurityGroupEgress: Match.arrayWith([Match.objectLike({ CidrIpv6: "::/0" })]),
    });
    parts.of("Compute").hasResourceProperties("AWS::ECS::TaskDefinition", {
      ContainerDefinitions: [
        Match.objectLike({
          Environment: Match.arrayWith([{ Name: "AWS_USE_DUALSTACK_ENDPOINT", Value: "true" }]),
        }),
      ],
    });
  });
});

test("[landing.compute.interface-endpoints] there are none unless asked for, and then they let in the network alone", () => {
  const asked = withNetwork({ interfaceEndpoints: ["kms", "ecr", "kms"] });
  const endpoints = asked.all("Network", "AWS::EC2::VPCEndpoint");
  const byInterface = endpoints.filter(({ VpcEndpointType }) => VpcEndpointType === "Interface");
  expect(byInterface).toHaveLength(3);
  for (const endpoint of byInterface) {
    expect(endpoint).toMatchObject({ PrivateDnsEnabled: true });
    expect(endpoint["SubnetIds"]).toHaveLength(2);
  }
  asked.of("Network").hasResourceProperties("AWS::EC2::SecurityGroup", {
    SecurityGroupIngress: [Match.objectLike({ CidrIp: "10.0.0.0/16", FromPort: 443, ToPort: 443 })],
  });
});

test("[landing.compute.flow-logs] refused connections are written down for 30 days, unless the app says all or none", () => {
  expect(withNetwork().only("Network", "AWS::EC2::FlowLog")).toMatchObject({ TrafficType: "REJECT" });
  expect(withNetwork().only("Network", "AWS::Logs::LogGroup")).toMatchObject({ RetentionInDays: 30 });
  expect(withNetwork({ flowLogs: "all" }).only("Network", "AWS::EC2::FlowLog")).toMatchObject({ TrafficType: "ALL" });
  withNetwork({ flowLogs: "none" }).of("Network").resourceCountIs("AWS::EC2::FlowLog", 0);
});

test("[landing.compute.offline] nothing is looked up, whether or not the account is named", () => {
  for (const more of [{}, { account: "123456789012" }]) {
    const parts = withNetwork({}, more);
    const text = JSON.stringify(parts.synthesis.stacks.map(({ template }) => template));
    expect(text).not.toMatch(/dummy1|vpc-12345|DUMMY/);
    expect(text).toContain("Fn::GetAZs");
  }
});

test("[landing.compute.offline] the cloud assembly asks for no context", async () => {
  const { mkdtempSync, readFileSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const { resolveApp } = await import("@aloft/infra/config/resolve");
  const { synthesize } = await import("@aloft/infra/synthesize");
  const folder = mkdtempSync(join(tmpdir(), "aloft-synth-"));
  try {
    const config = { name: "chat", topology: "relational", account: "123456789012", environments: { dev: {} } };
    synthesize(resolveApp(config, "dev"), { folder });
    const manifest: { readonly missing?: readonly unknown[] } = JSON.parse(
      readFileSync(join(folder, "manifest.json"), "utf8"),
    );
    expect(manifest.missing ?? []).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
