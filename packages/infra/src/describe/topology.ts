import type { Resource, SynthesizedStack } from "../synthesize.ts";
import { namedResources } from "./named-resources.ts";
import { type Placed, placedResources, referenceFinder } from "./references.ts";
import { type NodeKind, nodeKinds, shared, type Tier, towards } from "./topology-kinds.ts";

export interface TopologyNode {
  readonly id: string;
  readonly tier: Tier;
  readonly title: string;
  readonly facts: readonly string[];
  /** Of its resources, `<stack>.<logical id>`; none for those who call and for the Internet. */
  readonly resources: readonly string[];
}

/** Who reaches whom, read off the templates: references, policies, listeners. */
export interface Topology {
  readonly nodes: readonly TopologyNode[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

interface Graph {
  readonly resources: ReadonlyMap<string, Placed>;
  /** Where the ways from a resource lead. */
  readonly next: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The parts of an app that do something, and how they hang together. */
export function topologyOf(stacks: readonly SynthesizedStack[]): Topology {
  const graph = graphOf(stacks);
  const serving = new Set(
    [...graph.resources.values()].filter(is("AWS::ECS::Service")).flatMap((s) => tasksOf(graph, s)),
  );
  const shown = [...graph.resources.values()].filter((one) => isShown(one, serving));
  const groups = grouped(shown);
  const nodeOf = new Map(groups.flatMap((group) => group.members.map(({ id }) => [id, group.id] as const)));
  const nodes = groups.map((group) => asNode(graph, group));
  const edges = new Map<string, readonly [string, string]>();
  const join = (from: string, to: string): void => void edges.set(`${from} ${to}`, [from, to]);
  for (const one of shown) {
    const from = nodeOf.get(one.id);
    if (from === undefined || kindOf(one)?.tier === "data") continue;
    for (const target of reached(graph, one.id, nodeOf)) {
      const to = nodeOf.get(target);
      if (to !== undefined && to !== from && rank(nodes, to) > rank(nodes, from)) join(from, to);
    }
  }
  return withOutside(graph, groups, { nodes, edges: [...edges.values()] });
}

function graphOf(stacks: readonly SynthesizedStack[]): Graph {
  const resources = placedResources(stacks);
  const refer = referenceFinder(stacks);
  const named = namedResources(resources);
  const next = new Map<string, Set<string>>([...resources.keys()].map((id) => [id, new Set()]));
  for (const { id, stack, resource } of resources.values()) {
    const before = towards[resource.Type] ?? [];
    for (const [key, value] of Object.entries(resource.Properties ?? {})) {
      for (const other of refer(value, stack)) {
        if (before.includes(key)) next.get(other)?.add(id);
        else next.get(id)?.add(other);
      }
    }
    if (resource.Type.startsWith("AWS::IAM::")) for (const other of named(resource, stack)) next.get(id)?.add(other);
  }
  return { resources, next };
}

const is =
  (type: string) =>
  ({ resource }: Placed): boolean =>
    resource.Type === type;

function kindOf({ resource }: Placed): (typeof nodeKinds)[string] | undefined {
  return nodeKinds[resource.Type];
}

function tasksOf(graph: Graph, { id }: Placed): readonly string[] {
  return [...(graph.next.get(id) ?? [])].filter((other) => {
    const found = graph.resources.get(other);
    return found !== undefined && is("AWS::ECS::TaskDefinition")(found);
  });
}

function isShown(one: Placed, serving: ReadonlySet<string>): boolean {
  if (kindOf(one) === undefined) return false;
  const { Type, Properties } = one.resource;
  if (Type === "AWS::ECS::TaskDefinition") return !serving.has(one.id);
  if (Type === "AWS::RDS::DBInstance") return Properties?.["DBClusterIdentifier"] === undefined;
  // Functions with which CDK itself does things that CloudFormation cannot.
  return Type !== "AWS::Lambda::Function" || !/^(Custom|LogRetention|AWS[0-9a-f]{8})/.test(one.logicalId);
}

interface Group {
  readonly id: string;
  readonly members: readonly Placed[];
}

function grouped(shown: readonly Placed[]): readonly Group[] {
  const groups = new Map<string, Placed[]>();
  for (const one of shown) {
    const kind = kindOf(one);
    const key = kind?.many === undefined ? one.id : `${one.stack.name} ${kind.many}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].map(([id, members]) => ({ id: id.replaceAll(" ", "."), members }));
}

function asNode(graph: Graph, { id, members }: Group): TopologyNode {
  const [first] = members;
  const kind = first === undefined ? undefined : kindOf(first);
  if (first === undefined || kind === undefined) throw new Error(`Nothing is in ${id}.`);
  const single = members.length === 1;
  const facts = [
    ...(single ? (kind.facts?.(first.resource) ?? []) : []),
    ...serviceFacts(graph, first),
    ...firewallFacts(graph, first),
  ];
  return {
    id,
    tier: kind.tier,
    title: titleOf(kind, members),
    facts: facts.filter((fact) => fact !== ""),
    resources: members.map((member) => member.id),
  };
}

function titleOf({ one, many }: NodeKind, members: readonly Placed[]): string {
  const [first] = members;
  if (members.length > 1 || first === undefined) return `${members.length} ${many ?? one}`;
  if (!first.resource.Type.startsWith("AWS::ECS::")) return one;
  // Programs go by the name that their constructs have: MigrateTaskB259F159 is the migrate task.
  const words = first.logicalId.replace(/[0-9A-F]{8}$/, "").split(/(?=[A-Z])/);
  return words.join(" ").toLowerCase();
}

function serviceFacts(graph: Graph, service: Placed): readonly string[] {
  if (!is("AWS::ECS::Service")(service)) return [];
  const target = [...graph.resources.values()].find(
    (one) => is("AWS::ApplicationAutoScaling::ScalableTarget")(one) && graph.next.get(one.id)?.has(service.id) === true,
  );
  const { MinCapacity, MaxCapacity } = (target?.resource.Properties ?? {}) as Record<string, number | undefined>;
  const count = Number(service.resource.Properties?.["DesiredCount"] ?? 1);
  const tasks = target === undefined ? `${count}` : `${MinCapacity}–${MaxCapacity}`;
  const task = graph.resources.get(tasksOf(graph, service)[0] ?? "");
  return [`${tasks} ${tasks === "1" ? "task" : "tasks"}`, ...sizeOf(task?.resource), addressOf(service.resource)];
}

function sizeOf(task: Resource | undefined): readonly string[] {
  const { Cpu, Memory, RuntimePlatform } = (task?.Properties ?? {}) as Record<string, unknown>;
  if (Cpu === undefined || Memory === undefined) return [];
  const arm = JSON.stringify(RuntimePlatform ?? {}).includes("ARM64") ? ", arm64" : "";
  return [`${Number(Cpu) / 1024} vCPU, ${Number(Memory)} MB${arm}`];
}

function addressOf(service: Resource): string {
  const network = JSON.stringify(service.Properties?.["NetworkConfiguration"] ?? {});
  return network.includes('"AssignPublicIp":"ENABLED"') ? "public addresses" : "private subnets";
}

function firewallFacts(graph: Graph, { id }: Placed): readonly string[] {
  const near = [...(graph.next.get(id) ?? [])].flatMap((other) => [other, ...(graph.next.get(other) ?? [])]);
  const list = near
    .map((other) => graph.resources.get(other))
    .find((one) => one?.resource.Type === "AWS::WAFv2::WebACL");
  const rules = list?.resource.Properties?.["Rules"];
  return list === undefined ? [] : [`firewall, ${Array.isArray(rules) ? rules.length : 0} rules`];
}

/** Nodes that a way from here leads to, over what is no node itself. */
function reached(graph: Graph, from: string, nodeOf: ReadonlyMap<string, string>): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set([from]);
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const next of graph.next.get(at) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (nodeOf.has(next)) found.add(next);
      else if (!shared.includes(graph.resources.get(next)?.resource.Type ?? "")) open.push(next);
    }
  }
  return found;
}

function rank(nodes: readonly TopologyNode[], id: string): number {
  const order: readonly Tier[] = ["people", "edge", "entry", "compute", "data"];
  return order.indexOf(nodes.find((node) => node.id === id)?.tier ?? "people");
}

/** Adds who calls from outside, and by what programs reach the outside. */
function withOutside(graph: Graph, groups: readonly Group[], { nodes, edges }: Topology): Topology {
  const open = groups.filter(({ members }) => members.some((one) => kindOf(one)?.open?.(one.resource) === true));
  const people: TopologyNode = { id: "people", tier: "people", title: "the Internet", facts: [], resources: [] };
  const readers = nodes.some(({ tier }) => tier === "compute") ? [] : readersOf(graph, groups);
  const egress = egressOf(graph);
  const read = readers.flatMap(({ reads }) => reads);
  const drawn = nodes.filter(
    ({ id, tier }) => tier !== "data" || edges.some(([, to]) => to === id) || read.includes(id),
  );
  const inside = groups.filter(({ members }) => members.some(isInNetwork)).map(({ id }) => id);
  return {
    nodes: [
      ...(open.length > 0 ? [people] : []),
      ...drawn,
      ...readers.map(({ node }) => node),
      ...(egress === undefined || inside.length === 0 ? [] : [egress]),
    ],
    edges: [
      ...open.map(({ id }) => ["people", id] as const),
      ...edges,
      ...readers.flatMap(({ node, reads }) => reads.map((to) => [node.id, to] as const)),
      ...(egress === undefined ? [] : inside.map((id) => [id, egress.id] as const)),
    ],
  };
}

function isInNetwork({ resource }: Placed): boolean {
  const { Type, Properties } = resource;
  if (Type === "AWS::ECS::TaskDefinition") return Properties?.["NetworkMode"] === "awsvpc";
  return Properties?.["NetworkConfiguration"] !== undefined || Properties?.["VpcConfig"] !== undefined;
}

function egressOf({ resources }: Graph): TopologyNode | undefined {
  const all = [...resources.values()];
  const gateways = all.filter(is("AWS::EC2::NatGateway")).length;
  const instances = all.filter(
    (one) =>
      (is("AWS::EC2::Instance")(one) || is("AWS::EC2::LaunchTemplate")(one)) &&
      JSON.stringify(one.resource.Properties).includes('"SourceDestCheck":false'),
  ).length;
  const ipv6 = all.some(is("AWS::EC2::EgressOnlyInternetGateway"));
  const ways = [
    ...(gateways > 0 ? [gateways === 1 ? "NAT gateway" : `${gateways} NAT gateways`] : []),
    ...(instances > 0 ? [instances === 1 ? "NAT instance" : `${instances} NAT instances`] : []),
    ...(ipv6 ? ["IPv6 egress gateway"] : []),
  ];
  const [title, ...facts] = ways;
  if (title === undefined) return undefined;
  return { id: "egress", tier: "data", title, facts: [...facts, "out to the Internet"], resources: [] };
}

/** Where no program of the app's own runs: policies that let others in. */
function readersOf(
  graph: Graph,
  groups: readonly Group[],
): readonly { node: TopologyNode; reads: readonly string[] }[] {
  const nodeOf = new Map(groups.flatMap((group) => group.members.map(({ id }) => [id, group.id] as const)));
  return [...graph.resources.values()].filter(is("AWS::IAM::ManagedPolicy")).flatMap(({ id, resource }) => {
    const reads = [...new Set([...reached(graph, id, nodeOf)].flatMap((target) => nodeOf.get(target) ?? []))];
    const { Roles } = (resource.Properties ?? {}) as { Roles?: readonly unknown[] };
    const roles = (Roles ?? []).filter((one): one is string => typeof one === "string");
    const facts = roles.length > 0 ? roles : ["whoever has the reader policy"];
    const node: TopologyNode = { id, tier: "compute", title: "your own programs", facts, resources: [id] };
    return reads.length === 0 ? [] : [{ node, reads }];
  });
}
