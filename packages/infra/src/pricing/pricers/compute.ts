import type { Item, Pricers } from "../item.ts";
import type { PriceKey } from "../price-row.ts";
import { tasksOf } from "../tasks.ts";
import { asObject, type Placed, type Topology } from "../topology.ts";
import { hoursPerMonth } from "../usage.ts";

/** Metrics that a collector makes of what a server tells: by route, status and method. */
const collectedMetrics = 40;

function service(resource: Placed, app: Topology): readonly Item[] | undefined {
  if (app.value(resource, "LaunchType") === "EC2") return undefined;
  if (
    app.list(resource, "CapacityProviderStrategy").some((one) => asObject(one)?.["CapacityProvider"] === "FARGATE_SPOT")
  ) {
    return undefined;
  }
  const tasks = tasksOf(resource, app);
  const { vcpu, memoryGb, arm, extraStorageGb, max, count } = tasks;
  const kind = arm ? "arm" : "x86";
  const item = (what: string, price: PriceKey, each: number): Item => ({
    what,
    price,
    quantity: (usage) => count(usage) * each * hoursPerMonth,
    most: max * each * hoursPerMonth,
  });
  const name = arm ? "Fargate (arm64)" : "Fargate (x86-64)";
  return [
    item(`${name}, processors of tasks of ${vcpu} vCPU`, `fargate.${kind}.vcpu`, vcpu),
    item(`${name}, memory of tasks of ${memoryGb} GB`, `fargate.${kind}.memory`, memoryGb),
    ...(extraStorageGb > 0 ? [item("Disk of tasks above 20 GB", "fargate.storage", extraStorageGb)] : []),
    ...publicAddresses(resource, app, count),
    ...collector(tasks.definition),
  ];
}

function publicAddresses(
  resource: Placed,
  app: Topology,
  count: (usage: Parameters<Item["quantity"]>[0]) => number,
): readonly Item[] {
  const assigned = app.value(resource, "NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp");
  if (assigned !== "ENABLED") return [];
  return [
    { what: "Public IPv4 addresses of tasks", price: "ipv4.hour", quantity: (usage) => count(usage) * hoursPerMonth },
  ];
}

function collector(definition: Placed | undefined): readonly Item[] {
  const containers = definition?.properties["ContainerDefinitions"];
  const collects =
    Array.isArray(containers) && containers.some((one) => String(asObject(one)?.["Image"]).includes("otel-collector"));
  if (!collects) return [];
  return [
    {
      what: "Metrics that the collector makes",
      price: "metric.custom",
      quantity: () => collectedMetrics,
      note: `Assumed: ${collectedMetrics}. Each value of each label is one.`,
    },
    { what: "Traces kept by X-Ray", price: "xray.trace", quantity: ({ traces }) => traces },
  ];
}

/** Metrics of Container Insights for a cluster with one service, and with its tasks and containers each. */
const insights: Readonly<Record<string, number>> = { enabled: 21, enhanced: 65 };

function cluster(resource: Placed, app: Topology): readonly Item[] | string {
  const settings = app.list(resource, "ClusterSettings").map(asObject);
  const value = String(settings.find((one) => one?.["Name"] === "containerInsights")?.["Value"]);
  const metrics = insights[value];
  if (metrics === undefined) return "A cluster costs nothing: its tasks do.";
  const note = `Assumed: ${metrics} metrics of a cluster with one service.`;
  return [{ what: "Container Insights", price: "metric.custom", quantity: () => metrics, note }];
}

/** What a machine's own image has for a disk, if nothing else is said: that of Amazon Linux 2023. */
const rootDiskGb = 8;

interface Machine {
  readonly instanceType: string | undefined;
  readonly diskGb: number;
  readonly publicAddress: boolean;
}

function machineItems({ instanceType, diskGb, publicAddress }: Machine, count: number): readonly Item[] | undefined {
  if (instanceType === undefined) return undefined;
  const hours = (): number => count * hoursPerMonth;
  return [
    { what: `Machine, ${instanceType}`, price: `ec2.${instanceType}`, quantity: hours },
    { what: "Its disk (gp3)", price: "ebs.gp3", quantity: () => count * diskGb },
    ...(publicAddress ? [{ what: "Its public IPv4 address", price: "ipv4.hour", quantity: hours } as const] : []),
  ];
}

function instance(resource: Placed, app: Topology): readonly Item[] | undefined {
  const template = app.target(resource, "AWS::EC2::LaunchTemplate", "LaunchTemplate");
  const own = read(resource, app, []);
  const given = template === undefined ? undefined : read(template, app, ["LaunchTemplateData"]);
  const elastic = app.ofType("AWS::EC2::EIP", "AWS::EC2::EIPAssociation");
  // An elastic address takes the place of the one that it got when it started.
  const replaced = elastic.some((one) => app.mentioned(one, "InstanceId").includes(resource));
  const machine = {
    instanceType: own.instanceType ?? given?.instanceType,
    diskGb: own.diskGb || given?.diskGb || rootDiskGb,
    publicAddress: (own.publicAddress || given?.publicAddress === true) && !replaced,
  };
  return withTraffic(machineItems(machine, 1), resource, app);
}

function group(resource: Placed, app: Topology): readonly Item[] | undefined {
  const template =
    app.target(resource, "AWS::EC2::LaunchTemplate", "LaunchTemplate") ??
    app.target(resource, "AWS::EC2::LaunchTemplate", "MixedInstancesPolicy");
  if (template === undefined) return undefined;
  const machine = read(template, app, ["LaunchTemplateData"]);
  const count = app.number(resource, "DesiredCapacity") ?? app.number(resource, "MinSize") ?? 1;
  return withTraffic(machineItems({ ...machine, diskGb: machine.diskGb || rootDiskGb }, count), resource, app);
}

function read(resource: Placed, app: Topology, path: readonly string[]): Machine {
  const type = app.value(resource, ...path, "InstanceType");
  const disks = app.list(resource, ...path, "BlockDeviceMappings").map((one) => asObject(asObject(one)?.["Ebs"]));
  const interfaces = app.list(resource, ...path, "NetworkInterfaces").map(asObject);
  const subnets = [
    ...app.mentioned(resource, ...path, "SubnetId"),
    ...app.mentioned(resource, ...path, "NetworkInterfaces"),
    ...app.mentioned(resource, "VPCZoneIdentifier"),
  ].filter((one) => one.type === "AWS::EC2::Subnet");
  const said = interfaces.map((one) => one?.["AssociatePublicIpAddress"]).find((one) => one !== undefined);
  const publicSubnet = subnets.some((subnet) => app.value(subnet, "MapPublicIpOnLaunch") === true);
  return {
    instanceType: typeof type === "string" ? type : undefined,
    diskGb: disks.reduce((sum, disk) => sum + Number(disk?.["VolumeSize"] ?? 0), 0),
    publicAddress: said === undefined ? publicSubnet : said === true || said === "true",
  };
}

/** What private subnets send through a machine that forwards. */
function withTraffic(items: readonly Item[] | undefined, resource: Placed, app: Topology): readonly Item[] | undefined {
  const forwards = app.value(resource, "SourceDestCheck");
  if (items === undefined || String(forwards) !== "false") return items;
  return [...items, ...outwards];
}

/** What leaves the network for the Internet, and crosses from one zone to the one with the way out. */
export const outwards: readonly Item[] = [
  { what: "Data to models and tools on the Internet", price: "transfer.out", quantity: ({ outGb }) => outGb },
  {
    what: "Data between zones, on its way out and in",
    price: "transfer.zones",
    quantity: ({ outGb, inGb }) => outGb + inGb,
    note: "Half of it crosses, and each crossing is paid twice.",
  },
];

export const computePricers: Pricers = {
  "AWS::ECS::Service": service,
  "AWS::ECS::Cluster": cluster,
  "AWS::ECS::TaskDefinition": () =>
    "Its tasks are paid while they run: those of the service there, one that migrates by the minute.",
  "AWS::EC2::Instance": instance,
  "AWS::AutoScaling::AutoScalingGroup": group,
  "AWS::EC2::LaunchTemplate": () => "A description; the machines made from it are paid.",
  "AWS::ApplicationAutoScaling::ScalingPolicy": (resource, app) =>
    app.value(resource, "PolicyType") === "TargetTrackingScaling"
      ? [{ what: "Alarms that scaling by a target makes", price: "alarm.metric", quantity: () => 2 }]
      : "Scaling itself costs nothing.",
  "AWS::Lambda::Function": () => "It runs at deployments only: within the million calls a month that are always free.",
};
