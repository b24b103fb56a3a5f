import type { ResolvedApp } from "../config/resolve.ts";
import { arnsOf } from "../describe/named-resources.ts";
import { type FindReferences, type Placed, placedResources, referenceFinder } from "../describe/references.ts";
import type { Synthesis } from "../synthesize.ts";

/** One statement of any policy in the templates: of roles, keys, buckets, queues and secrets. */
export interface Statement {
  /** The resource that it stands in. */
  readonly in: Placed;
  readonly allows: boolean;
  /** Lower-case, as IAM compares them. */
  readonly actions: readonly string[];
  readonly resource: unknown;
  readonly principal: unknown;
  readonly condition: Readonly<Record<string, unknown>>;
}

/** A synthesized app, in the form that rules ask about. */
export interface Design {
  readonly app: ResolvedApp;
  readonly stacks: Synthesis["stacks"];
  readonly statements: readonly Statement[];
  readonly of: (...types: readonly string[]) => readonly Placed[];
  /** Resources that a value of another refers to. */
  readonly references: (value: unknown, from: Placed) => readonly Placed[];
}

export function designOf({ app, stacks }: Pick<Synthesis, "app" | "stacks">): Design {
  const resources = placedResources(stacks);
  const all = [...resources.values()];
  const refer: FindReferences = referenceFinder(stacks);
  return {
    app,
    stacks,
    statements: all.flatMap(statementsIn),
    of: (...types) => all.filter(({ resource }) => types.includes(resource.Type)),
    references: (value, from) => [...refer(value, from.stack)].flatMap((id) => resources.get(id) ?? []),
  };
}

function statementsIn(placed: Placed): readonly Statement[] {
  return documentsIn(placed.resource.Properties).map((statement) => ({
    in: placed,
    allows: statement["Effect"] !== "Deny",
    actions: texts(statement["Action"]).map((action) => action.toLowerCase()),
    resource: statement["Resource"],
    principal: statement["Principal"],
    condition: record(statement["Condition"]),
  }));
}

/** Statements at any depth: policies stand under many names. */
function documentsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(value)) return value.flatMap(documentsIn);
  if (typeof value !== "object" || value === null) return [];
  const own = "Statement" in value ? [value.Statement].flat().map(record) : [];
  return own.length > 0 ? own : Object.values(value).flatMap(documentsIn);
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

export function texts(value: unknown): readonly string[] {
  return list(value).filter((one): one is string => typeof one === "string");
}

/** What a resource says at a path of property names, such as `VpcConfig.SubnetIds`. */
export function at(of: unknown, path: string): unknown {
  const start = isPlaced(of) ? of.resource.Properties : of;
  return path.split(".").reduce<unknown>((value, key) => record(value)[key], start);
}

function isPlaced(value: unknown): value is Placed {
  return typeof value === "object" && value !== null && "logicalId" in value && "resource" in value;
}

/** A text in which what is known only when deployed is `*`; undefined if all of it is. */
export function literal(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const joined = record(value)["Fn::Join"];
  if (!Array.isArray(joined)) return undefined;
  const [separator, parts] = joined as [string, readonly unknown[]];
  return parts.map((part) => (typeof part === "string" ? part : "*")).join(separator);
}

/** Whether a statement allows an action by its name or a pattern. */
export function allows({ allows, actions }: Statement, action: string): boolean {
  return allows && actions.some((given) => matches(given, action.toLowerCase()));
}

function matches(pattern: string, action: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`).test(action);
}

/** ARNs that a statement is about, as far as they are written out. */
export function arnsAbout(statement: Statement): readonly string[] {
  return arnsOf(statement.resource);
}

/** A resource by the name that its owner knows: its path in the app if the template tells, else its logical id. */
export function placeOf({ stack, logicalId, resource }: Placed): string {
  const path = resource.Metadata?.["aws:cdk:path"];
  const own = typeof path === "string" ? path.replace(/\/Resource$/, "") : `${stack.part}/${logicalId}`;
  return `${own} (${resource.Type})`;
}

/** Whether private subnets have a way out by IPv4: a gateway, or an instance that forwards. */
export function hasNat({ of }: Pick<Design, "of">): boolean {
  const forwards = of("AWS::EC2::Instance").some((instance) => at(instance, "SourceDestCheck") === false);
  return forwards || of("AWS::EC2::NatGateway").length > 0;
}
