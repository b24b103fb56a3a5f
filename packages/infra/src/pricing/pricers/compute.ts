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
  const system = tasks.definition && app.value(tasks.definition, "RuntimePlatform", "OperatingSystemFamily");
  if (String(system).startsWith("WINDOWS")) return undefined;
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
  readonly instanceType: string;
  readonly diskGb: number;
  readonly publicAddress: boolean;
}

function machineItems(name: string, { instanceType, diskGb, publicAddress }: Machine, count: number): readonly Item[] {
  const hours = (): number => count * hoursPerMonth;
  return [
    { what: `${name}, ${instanceType}`, price: `ec2.${instanceType}`, quantity: hours },
    { what: `Disk of the ${name} (gp3)`, price: "ebs.gp3", quantity: () => count * diskGb },
    ...(publicAddress
      ? [{ what: `Public IPv4 address of the ${name}`, price: "ipv4.hour", quantity: hours } as const]
      : []),
  ];
}

function instance(resource: Placed, app: Topology): readonly Item[] | undefined {
  const template = app.target(resource, "AWS::EC2::LaunchTemplate", "LaunchTemplate");
  const said = [read(resource, app), ...(template === undefined ? [] : [read(template, app, "LaunchTemplateData")])];
  const machine = machineOf(said, subnetsOf(resource, app, "SubnetId"), app);
  if (machine === undefined) return undefined;
  const elastic = app.ofType("AWS::EC2::EIP", "AWS::EC2::EIPAssociation");
  // An elastic address takes the place of the one that it got when it started.
  const replaced = elastic.some((one) => app.mentioned(one, "InstanceId").includes(resource));
  const forwards = String(app.value(resource, "SourceDestCheck")) === "false";
  const name = forwards ? "NAT instance" : "EC2 instance";
  const items = machineItems(name, { ...machine, publicAddress: machine.publicAddress && !replaced }, 1);
  return forwards ? [...items, ...outwards] : items;
}

function group(resource: Placed, app: Topology): readonly Item[] | undefined {
  const template =
    app.target(resource, "AWS::EC2::LaunchTemplate", "LaunchTemplate") ??
    app.target(resource, "AWS::EC2::LaunchTemplate", "MixedInstancesPolicy");
  if (template === undefined) return undefined;
  const subnets = subnetsOf(resource, app, "VPCZoneIdentifier");
  const machine = machineOf([read(template, app, "LaunchTemplateData")], subnets, app);
  const count = app.number(resource, "DesiredCapacity") ?? app.number(resource, "MinSize") ?? 1;
  return machine === undefined ? undefined : machineItems("EC2 instance", machine, count);
}

/** What a machine or its template says of it; undefined is left to another. */
interface Said {
  readonly instanceType: string | undefined;
  readonly diskGb: number | undefined;
  /** Disks of other types than gp3 have other prices. */
  readonly otherDisks: boolean;
  readonly publicAddress: boolean | undefined;
  readonly subnets: readonly Placed[];
}

function read(resource: Placed, app: Topology, ...path: readonly string[]): Said {
  const type = app.value(resource, ...path, "InstanceType");
  const disks = app.list(resource, ...path, "BlockDeviceMappings").map((one) => asObject(asObject(one)?.["Ebs"]));
  const interfaces = app.list(resource, ...path, "NetworkInterfaces").map(asObject);
  const address = interfaces.map((one) => one?.["AssociatePublicIpAddress"]).find((one) => one !== undefined);
  return {
    instanceType: typeof type === "string" ? type : undefined,
    diskGb: disks.length === 0 ? undefined : disks.reduce((sum, disk) => sum + Number(disk?.["VolumeSize"] ?? 0), 0),
    otherDisks: disks.some((disk) => disk?.["VolumeType"] !== "gp3"),
    publicAddress: address === undefined ? undefined : address === true || address === "true",
    subnets: subnetsOf(resource, app, ...path, "NetworkInterfaces"),
  };
}

function machineOf(said: readonly Said[], subnets: readonly Placed[], app: Topology): Machine | undefined {
  const first = <T>(get: (one: Said) => T | undefined): T | undefined => said.map(get).find((one) => one !== undefined);
  const instanceType = first((one) => one.instanceType);
  if (instanceType === undefined || said.some((one) => one.otherDisks)) return undefined;
  const within = [...subnets, ...said.flatMap((one) => one.subnets)];
  return {
    instanceType,
    diskGb: first((one) => one.diskGb) ?? rootDiskGb,
    publicAddress:
      first((one) => one.publicAddress) ?? within.some((one) => app.value(one, "MapPublicIpOnLaunch") === true),
  };
}

function subnetsOf(resource: Placed, app: Topology, ...path: readonly string[]): readonly Placed[] {
  return app.mentioned(resource, ...path).filter(({ type }) => type === "AWS::EC2::Subnet");
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
