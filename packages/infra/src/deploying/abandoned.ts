import type { ResolvedApp } from "../config/resolve.ts";
import { type StackPart, stackName } from "../stacks/aloft-stack.ts";
import { guardRegion } from "../stacks/guard-stack.ts";
import type { Synthesis } from "../synthesize.ts";
import { stackState } from "./stack-state.ts";

/** A part that was deployed once, and that the configuration has no use for any more. */
export interface Abandoned {
  readonly name: string;
  /** What removes it. */
  readonly command: string;
}

/** Parts that an app has or has not. */
const optional: readonly StackPart[] = ["Guard", "Monitoring", "Access"];

/** Where parts would be that are not in the synthesis. */
export function unusedParts(
  app: Pick<ResolvedApp, "prefix" | "region">,
  stacks: readonly Pick<Synthesis["stacks"][number], "part">[],
): readonly { readonly name: string; readonly region: string }[] {
  return optional
    .filter((part) => !stacks.some((stack) => stack.part === part))
    .map((part) => ({ name: stackName(app, part), region: part === "Guard" ? guardRegion : app.region }));
}

/** Stacks of parts that are turned off: nothing uses them, and they are paid until they are removed. */
export async function abandonedStacks({
  app,
  stacks,
}: Pick<Synthesis, "app" | "stacks">): Promise<readonly Abandoned[]> {
  const found = await Promise.all(
    unusedParts(app, stacks).map(async ({ name, region }) => {
      const command = `aws cloudformation delete-stack --stack-name ${name} --region ${region}`;
      return (await stackState(region, name)) === undefined ? [] : [{ name, command }];
    }),
  );
  return found.flat();
}
