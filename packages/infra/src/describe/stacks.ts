import type { StackPart } from "../stacks/aloft-stack.ts";
import type { Resource, SynthesizedStack } from "../synthesize.ts";
import { nouns, ties } from "./nouns.ts";
import { nodeKinds } from "./topology-kinds.ts";

export interface StackSummary {
  readonly part: StackPart;
  readonly name: string;
  readonly region: string;
  /** All of its resources. */
  readonly resources: number;
  readonly bytes: number;
  /** `24 DynamoDB tables`; what does something first. */
  readonly makes: readonly string[];
  /** Resources that only tie the others together. */
  readonly smaller: number;
  /** What outlives the stack when it is destroyed: it holds data. */
  readonly keeps: readonly string[];
}

/** What a stack makes, in plain words, counted in its template. */
export function summarize({ part, name, region, bytes, template }: SynthesizedStack): StackSummary {
  const all = Object.values(template.Resources ?? {});
  const named = all.filter(({ Type }) => !ties.includes(Type));
  return {
    part,
    name,
    region,
    bytes,
    resources: all.length,
    makes: counted(named),
    smaller: all.length - named.length,
    keeps: counted(
      named.filter(({ DeletionPolicy }) => DeletionPolicy?.startsWith("Retain") || DeletionPolicy === "Snapshot"),
    ),
  };
}

function counted(resources: readonly Resource[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { Type } of resources) counts.set(Type, (counts.get(Type) ?? 0) + 1);
  const weight = (type: string): number => (type in nodeKinds ? 0 : 1);
  return [...counts]
    .sort(([a, many], [b, more]) => weight(a) - weight(b) || more - many)
    .map(([type, count]) => `${count} ${nouns[type]?.[count === 1 ? 0 : 1] ?? type}`);
}
