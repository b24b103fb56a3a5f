import type { ResolvedApp } from "../config/resolve.ts";
import type { StackPart } from "../stacks/aloft-stack.ts";
import { synthesize } from "../synthesize.ts";
import { changesOf, confirmationOf } from "./changes.ts";
import { chosenStacks } from "./chosen-stacks.ts";
import { constructPaths } from "./construct-paths.ts";
import type { OnEvent } from "./deploy-event.ts";
import type { DeployPlan } from "./deployment.ts";
import { stacksOf } from "./toolkit.ts";

export interface PlanChangesOptions {
  readonly app: ResolvedApp;
  readonly only?: StackPart | undefined;
  readonly image: string;
  /** Names of stacks that are there. */
  readonly existing: ReadonlySet<string>;
  /** Where templates are written. */
  readonly folder: string;
  readonly onEvent: OnEvent;
}

/** Holds the templates against what is deployed. Changes nothing. */
export async function planChanges(options: PlanChangesOptions): Promise<DeployPlan> {
  const { app, folder, image, only, existing, onEvent } = options;
  const stacks = chosenStacks(synthesize(app, { folder, image }), only);
  const differences = await stacksOf(folder, app.region, onEvent).diff(stacks.map(({ part }) => part));
  const found = stacks.flatMap((stack) => {
    const difference = differences.get(stack.name);
    return difference === undefined
      ? []
      : [changesOf(stack, difference, !existing.has(stack.name), constructPaths(folder, stack.part), app.account)];
  });
  return { stacks: found, confirmation: confirmationOf(found) };
}
