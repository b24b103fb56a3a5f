import { CfnElement, Stack, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import type { StackPart } from "../stacks/aloft-stack.ts";
import type { Draft, Finding } from "./finding.ts";

interface Placed {
  readonly stack: StackPart;
  readonly logicalId: string;
  readonly path: string;
}

/** A reason that somebody gave: {@link acknowledge} in checks/acknowledge.ts. */
export interface Reason {
  readonly path: string;
  readonly rule: string;
  readonly reason: string;
}

/** What is known of the constructs of one synthesis: where each resource and output is, and which reasons are given. */
export interface Inspection {
  readonly resources: readonly Placed[];
  readonly reasons: readonly Reason[];
}

/** CDK puts it before what has no other tool's name before it. CDK's own constructs give reasons of CDK's own tool. */
const ours = /^Annotation::(.*)$/s;

/** Reads a tree of constructs that is synthesized. */
export function inspect(root: IConstruct): Inspection {
  const resources: Placed[] = [];
  const reasons: Reason[] = [];
  for (const construct of root.node.findAll()) {
    const { path } = construct.node;
    if (CfnElement.isCfnElement(construct)) {
      const stack = Stack.of(construct);
      resources.push({
        stack: stack.node.id as StackPart,
        logicalId: String(stack.resolve(construct.logicalId)),
        path,
      });
    }
    for (const { type, data } of construct.node.metadata) {
      if (type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
      for (const [id, reason] of Object.entries(data as Readonly<Record<string, string>>)) {
        const [, rule] = ours.exec(id) ?? [];
        if (rule !== undefined) reasons.push({ path, rule, reason });
      }
    }
  }
  return { resources, reasons };
}

/** Places findings, and gives each the reason that was said closest to its resource. In the order of the templates. */
export function answer(drafts: readonly Draft[], { resources, reasons }: Inspection): Finding[] {
  const byPath = new Map(resources.map((placed) => [placed.path, placed]));
  const byId = new Map(resources.map((placed) => [`${placed.stack}/${placed.logicalId}`, placed]));
  const findings = new Map<string, Finding>();
  for (const draft of drafts) {
    const { tool, rule, level, message } = draft;
    const known = "path" in draft ? byPath.get(draft.path) : byId.get(`${draft.stack}/${draft.logicalId}`);
    const placed = known ?? ("path" in draft ? outside(draft.path) : { ...draft, path: draft.stack });
    const { stack, logicalId, path } = placed;
    const said = closest(reasons, path, rule);
    const reason = said === undefined ? {} : { reason: said.reason };
    findings.set(`${tool} ${rule} ${path} ${logicalId}`, {
      tool,
      rule,
      stack,
      logicalId,
      path,
      level,
      message,
      ...reason,
    });
  }
  const order = new Map(resources.map(({ path }, index) => [path, index]));
  return [...findings.values()].sort((a, b) => (order.get(a.path) ?? -1) - (order.get(b.path) ?? -1));
}

/** Reasons that answered nothing: what they excuse is gone, or never was. */
export function unusedReasons(reasons: readonly Reason[], findings: readonly Finding[]): readonly Reason[] {
  return reasons.filter((given) => !findings.some(({ path, rule }) => closest(reasons, path, rule) === given));
}

function closest(reasons: readonly Reason[], path: string, rule: string): Reason | undefined {
  const id = rule.replaceAll(" ", "-");
  const above = reasons.filter((given) => given.rule === id && `${path}/`.startsWith(`${given.path}/`));
  return above.sort((a, b) => b.path.length - a.path.length)[0];
}

function outside(path: string): Placed {
  return { stack: path.split("/")[0] as StackPart, logicalId: "", path };
}
