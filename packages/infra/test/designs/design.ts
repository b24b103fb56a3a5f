import type { AppConfig } from "@aloft/infra";
import { resolveApp } from "@aloft/infra/config/resolve";
import type { Resource, Synthesis } from "@aloft/infra/synthesize";

/** Resources of one template, by logical id. */
export type Resources = Readonly<Record<string, Resource>>;

/** A design as far as a rule looks at it. */
export interface Design {
  readonly resources?: Resources;
  /** Over `{ name: "chat", topology: "solo" }`. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly outputs?: number;
  readonly bytes?: number;
  readonly stackName?: string;
}

export interface Examples {
  readonly fails: readonly Design[];
  readonly passes: readonly Design[];
}

export function resource(Type: string, Properties: Readonly<Record<string, unknown>> = {}): Resource {
  return { Type, Properties };
}

export const ref = (Ref: string): unknown => ({ Ref });
export const arnOf = (id: string): unknown => ({ "Fn::GetAtt": [id, "Arn"] });

export function policy(
  statement: Readonly<Record<string, unknown>>,
  roles: readonly unknown[] = [ref("Role")],
): Resource {
  const PolicyDocument = { Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] };
  return resource("AWS::IAM::Policy", { PolicyDocument, Roles: roles });
}

/** What a rule is asked about. */
export function synthesisOf(design: Design): Pick<Synthesis, "app" | "stacks"> {
  const config = { name: "chat", topology: "solo", environments: { dev: {} }, ...design.config } as AppConfig;
  const outputs = Array.from({ length: design.outputs ?? 0 }, (_, index) => [`Output${index}`, { Value: "1" }]);
  const template = { Resources: design.resources ?? {}, Outputs: Object.fromEntries(outputs) };
  const bytes = design.bytes ?? JSON.stringify(template).length;
  const name = design.stackName ?? "chat-dev-data";
  return {
    app: resolveApp(config, "dev"),
    stacks: [{ part: "Data", name, region: "us-east-1", template, bytes, after: [] }],
  };
}
