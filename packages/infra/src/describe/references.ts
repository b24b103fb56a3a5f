import type { Resource, SynthesizedStack } from "../synthesize.ts";

/** One resource of one stack. */
export interface Placed {
  /** `<stack>.<logical id>`: unique in an app. */
  readonly id: string;
  readonly stack: SynthesizedStack;
  readonly logicalId: string;
  readonly resource: Resource;
}

/** Every resource of an app by id, in the order of stacks and templates. */
export function placedResources(stacks: readonly SynthesizedStack[]): ReadonlyMap<string, Placed> {
  const placed = new Map<string, Placed>();
  for (const stack of stacks) {
    for (const [logicalId, resource] of Object.entries(stack.template.Resources ?? {})) {
      const id = `${stack.name}.${logicalId}`;
      placed.set(id, { id, stack, logicalId, resource });
    }
  }
  return placed;
}

/** Finds what a value of a template refers to: in its own stack, and in others by what they export. */
export type FindReferences = (value: unknown, stack: SynthesizedStack) => ReadonlySet<string>;

export function referenceFinder(stacks: readonly SynthesizedStack[]): FindReferences {
  const resources = placedResources(stacks);
  const exported = exportsOf(stacks);
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  const visit = (value: unknown, stack: SynthesizedStack, found: Set<string>): void => {
    if (Array.isArray(value)) {
      for (const one of value) visit(one, stack, found);
      return;
    }
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      for (const logicalId of localNames(key, inner)) {
        const id = `${stack.name}.${logicalId}`;
        if (resources.has(id)) found.add(id);
      }
      const far = farValue(key, inner, exported, byName);
      if (far !== undefined) visit(far.value, far.stack, found);
      visit(inner, stack, found);
    }
  };
  return (value, stack) => {
    const found = new Set<string>();
    visit(value, stack, found);
    return found;
  };
}

/** Logical ids that `Ref`, `Fn::GetAtt` and `Fn::Sub` name. */
function localNames(key: string, inner: unknown): readonly string[] {
  if (key === "Ref" && typeof inner === "string") return [inner];
  if (key === "Fn::GetAtt") {
    const [name] = Array.isArray(inner) ? inner : String(inner).split(".");
    return typeof name === "string" ? [name] : [];
  }
  if (key !== "Fn::Sub") return [];
  const text = Array.isArray(inner) ? inner[0] : inner;
  return typeof text === "string" ? [...text.matchAll(/\$\{([A-Za-z0-9]+)/g)].map(([, name]) => name ?? "") : [];
}

interface Exported {
  readonly value: unknown;
  readonly stack: SynthesizedStack;
}

function exportsOf(stacks: readonly SynthesizedStack[]): ReadonlyMap<string, Exported> {
  const found = new Map<string, Exported>();
  for (const stack of stacks) {
    for (const { Value, Export } of Object.values(stack.template.Outputs ?? {})) {
      const name = typeof Export === "object" && Export !== null && "Name" in Export ? Export.Name : undefined;
      if (typeof name === "string") found.set(name, { value: Value, stack });
    }
  }
  return found;
}

function farValue(
  key: string,
  inner: unknown,
  exported: ReadonlyMap<string, Exported>,
  byName: ReadonlyMap<string, SynthesizedStack>,
): Exported | undefined {
  if (key === "Fn::ImportValue" && typeof inner === "string") return exported.get(inner);
  if (key !== "Fn::GetStackOutput" || typeof inner !== "object" || inner === null) return undefined;
  const { StackName, OutputName } = inner as { StackName?: unknown; OutputName?: unknown };
  const stack = byName.get(String(StackName));
  const output = stack?.template.Outputs?.[String(OutputName)];
  return stack === undefined || output === undefined ? undefined : { value: output.Value, stack };
}
