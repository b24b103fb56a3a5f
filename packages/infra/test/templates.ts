import type { Template as Json, Synthesis } from "@aloft/infra/synthesize";
import type { StackPart } from "@aloft/infra/stacks/aloft-stack";
import type { AppConfig, EnvironmentName } from "@aloft/infra";
import { Template } from "aws-cdk-lib/assertions";
import { synthesized } from "./support.ts";

/** A synthesis by its parts. */
export interface Parts {
  readonly synthesis: Synthesis;
  /** @throws {Error} there is none of that name. */
  of(part: StackPart): Template;
  json(part: StackPart): Json;
  /** Properties of the only resource of that type. @throws {Error} there are none or several. */
  only(part: StackPart, type: string): Readonly<Record<string, unknown>>;
  /** Properties of all resources of that type. */
  all(part: StackPart, type: string): readonly Readonly<Record<string, unknown>>[];
}

export function partsOf(config: AppConfig, environment: EnvironmentName): Parts {
  const synthesis = synthesized(config, environment);
  return partsIn(synthesis);
}

export function partsIn(synthesis: Synthesis): Parts {
  const json = (part: StackPart): Json => {
    const stack = synthesis.stacks.find((each) => each.part === part);
    if (stack === undefined) throw new Error(`There is no stack ${part}.`);
    return stack.template;
  };
  const all = (part: StackPart, type: string) =>
    Object.values(json(part).Resources)
      .filter((resource) => resource.Type === type)
      .map((resource) => resource.Properties ?? {});
  return {
    synthesis,
    of: (part) => Template.fromJSON(json(part)),
    json,
    all,
    only(part, type) {
      const [first, ...more] = all(part, type);
      if (first === undefined || more.length > 0)
        throw new Error(`${part} has ${more.length + (first ? 1 : 0)} ${type}.`);
      return first;
    },
  };
}

export interface Container {
  readonly Name: string;
  readonly Environment?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly [property: string]: unknown;
}

export function containersOf(parts: Parts, part: "Compute" | "Cluster"): readonly Container[] {
  return parts.only(part, "AWS::ECS::TaskDefinition")["ContainerDefinitions"] as readonly Container[];
}

export function environmentOf(parts: Parts, part: "Compute" | "Cluster"): Record<string, unknown> {
  const [container] = containersOf(parts, part);
  return Object.fromEntries((container?.Environment ?? []).map(({ Name, Value }) => [Name, Value]));
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Of the role whose logical id begins so. */
export function statementsOf(parts: Parts, part: "Compute" | "Cluster", role: RegExp): readonly Statement[] {
  return parts
    .all(part, "AWS::IAM::Policy")
    .filter(({ Roles }) => (Roles as readonly { Ref: string }[]).some(({ Ref }) => role.test(Ref)))
    .flatMap(({ PolicyDocument }) => (PolicyDocument as { Statement: readonly Statement[] }).Statement);
}
