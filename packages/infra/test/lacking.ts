import { setTimeout as delay } from "node:timers/promises";
import {
  type CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import type { AppStacks } from "@aloft/infra";
import type { Resource, Template } from "@aloft/infra/synthesize";
import type { Stack } from "aws-cdk-lib";

/** Something that an emulator's CloudFormation cannot make. */
export interface Lack {
  readonly type: string;
  /** Only resources with this property. */
  readonly property?: string;
  /** The resource can be made, but this is not known of it. */
  readonly attribute?: string;
  /** What it is tried again with. Default: the properties that a template has. */
  readonly tried?: Readonly<Record<string, unknown>>;
  /** A part of what the emulator says when it is asked to; `passed over`: it makes nothing, and says nothing. */
  readonly says: string;
}

/** Attributes by their resource's type and name, such as `AWS::RDS::DBInstance.Endpoint.Address`, and what takes their place. */
export type Instead = Readonly<Record<string, string>>;

/**
 * An app's `extend` that leaves exactly these resources out of every template. Where others refer to them, `instead` is said, or
 * that it was not made.
 */
export function without(lacks: readonly Lack[], instead: Instead = {}): (stacks: AppStacks) => void {
  return (stacks) => {
    for (const stack of Object.values(stacks) as readonly Stack[]) {
      // What CDK writes a template from; it has no other place where a whole template can be changed.
      const own = stack as unknown as { _toCloudFormation(): unknown };
      const whole = own._toCloudFormation.bind(stack);
      own._toCloudFormation = () => reduced(stack.resolve(whole()) as Template, lacks, instead);
    }
  };
}

/** The template without what is lacking. */
export function reduced(template: Template, lacks: readonly Lack[], instead: Instead = {}): Template {
  const isGone = (id: string): boolean =>
    lacks.some((lack) => lack.attribute === undefined && fits(lack, template, id));
  const attributeGone = (id: string, attribute: string): boolean =>
    lacks.some((lack) => lack.attribute === attribute && fits(lack, template, id));
  const type = (id: string): string => template.Resources[id]?.Type ?? "";
  const Resources = Object.fromEntries(Object.entries(template.Resources).filter(([id]) => !isGone(id)));
  const left = rewritten({ ...template, Resources }, (id, attribute) => {
    if (!isGone(id) && !(attribute !== undefined && attributeGone(id, attribute))) return undefined;
    return instead[`${type(id)}.${attribute ?? "Ref"}`] ?? `not-made-${id}`;
  }) as Template;
  return withoutUnusedParameters(left);
}

/** What only those that are gone were told, such as which machine image is the newest. */
function withoutUnusedParameters(
  template: Template & { readonly Parameters?: Readonly<Record<string, unknown>> },
): Template {
  const { Parameters = {}, ...rest } = template;
  const text = JSON.stringify(rest);
  const used = Object.entries(Parameters).filter(([name]) => text.includes(`{"Ref":"${name}"}`));
  return { ...rest, Parameters: Object.fromEntries(used) } as Template;
}

function fits({ type, property }: Lack, { Resources }: Template, id: string): boolean {
  const resource = Resources[id];
  return resource?.Type === type && (property === undefined || resource.Properties?.[property] !== undefined);
}

/** @param said what is said in the place of a reference; undefined: it stays. */
function rewritten(value: unknown, said: (id: string, attribute: string | undefined) => string | undefined): unknown {
  if (Array.isArray(value)) return value.map((one) => rewritten(one, said));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [[key, argument] = ["", undefined]] = entries;
  if (key === "Ref" && entries.length === 1) return said(String(argument), undefined) ?? value;
  if (key === "Fn::GetAtt" && entries.length === 1) {
    const [id, attribute] = argument as [string, string];
    return said(id, attribute) ?? value;
  }
  return Object.fromEntries(
    entries.flatMap(([name, one]) => {
      const left = name === "DependsOn" ? dependsOn(one, said) : rewritten(one, said);
      return left === undefined ? [] : [[name, left]];
    }),
  );
}

function dependsOn(
  value: unknown,
  said: (id: string, attribute: string | undefined) => string | undefined,
): readonly string[] | undefined {
  const left = [value].flat().filter((id): id is string => typeof id === "string" && said(id, undefined) === undefined);
  return left.length === 0 ? undefined : left;
}

/**
 * Asks the emulator for each of these once more, in a stack of its own.
 * @param templates where one of each is.
 * @returns what it says to each; `made`: it has learned it.
 */
export async function saidToEach(
  client: CloudFormationClient,
  lacks: readonly Lack[],
  templates: readonly Template[],
): Promise<readonly string[]> {
  const said: string[] = [];
  for (const [index, lack] of lacks.entries()) {
    const found = templates.flatMap((template) =>
      Object.keys(template.Resources)
        .filter((id) => fits(lack, template, id))
        .map((id) => template.Resources[id]),
    )[0];
    const template = found === undefined ? undefined : aloneIn(found, lack);
    said.push(template === undefined ? "no template has it" : await ask(client, `probe-${index}`, template));
  }
  return said;
}

function aloneIn({ Type, ...resource }: Resource, { attribute, tried }: Lack): Template {
  const Properties = tried ?? resource.Properties;
  const Outputs =
    attribute === undefined
      ? {}
      : { Outputs: { It: { Value: { "Fn::GetAtt": ["One", attribute] }, Export: { Name: "probe-it" } } } };
  const alone = rewritten({ One: { Type, Properties } }, (id) =>
    id.startsWith("AWS::") ? undefined : `arn:aws:x:${id}`,
  );
  return { Resources: withoutImports(alone) as Template["Resources"], ...Outputs };
}

function withoutImports(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutImports);
  if (typeof value !== "object" || value === null) return value;
  if ("Fn::ImportValue" in value) return "arn:aws:x:imported";
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutImports(one)]));
}

async function ask(client: CloudFormationClient, StackName: string, template: Template): Promise<string> {
  try {
    const Capabilities = ["CAPABILITY_NAMED_IAM" as const];
    await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template), Capabilities }));
    const status = await settled(client, StackName);
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
    const reasons = StackEvents.map(({ ResourceStatusReason = "" }) => ResourceStatusReason).join(" ");
    if (status !== "CREATE_COMPLETE") return reasons;
    const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
    return StackResources.some(({ PhysicalResourceId }) => PhysicalResourceId !== undefined) ? "made" : "passed over";
  } catch (error) {
    return error instanceof Error ? `${error.name} ${error.message}` : String(error);
  } finally {
    await client.send(new DeleteStackCommand({ StackName })).catch(() => undefined);
  }
}

/** Waits until CloudFormation is no longer at work on a stack. @returns its status. */
export async function settled(client: CloudFormationClient, StackName: string): Promise<string> {
  for (;;) {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const status = stack?.StackStatus ?? "";
    if (!/^(?!REVIEW).*_IN_PROGRESS$/.test(status)) return status;
    await delay(50);
  }
}
