import type { StackPart } from "../stacks/aloft-stack.ts";
import type { Synthesis, SynthesizedStack } from "../synthesize.ts";
import { DeployError } from "./deploy-error.ts";

/** @throws {DeployError} `no_such_part` */
export function chosenStacks({ stacks, app }: Synthesis, only: StackPart | undefined): readonly SynthesizedStack[] {
  if (only === undefined) return stacks;
  const found = stacks.filter(({ part }) => part === only);
  if (found.length > 0) return found;
  const parts = stacks.map(({ part }) => part.toLowerCase()).join(", ");
  throw new DeployError("no_such_part", `${app.prefix} has no part "${only.toLowerCase()}". It has ${parts}.`);
}
