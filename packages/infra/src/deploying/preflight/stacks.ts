import type { SynthesizedStack } from "../../synthesize.ts";
import { stackState, type StackState } from "../stack-state.ts";
import { failed, ok, type PreflightFinding, warning } from "./finding.ts";

/** What CloudFormation takes at most. @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
export const templateLimits = { bytes: 1_000_000, resources: 500, outputs: 200 } as const;

export function templatesWithinLimits(stacks: readonly SynthesizedStack[]): readonly PreflightFinding[] {
  const over = stacks.flatMap(({ name, bytes, template }) => {
    const counts = {
      bytes,
      resources: Object.keys(template.Resources).length,
      outputs: Object.keys(template.Outputs ?? {}).length,
    };
    return (["bytes", "resources", "outputs"] as const)
      .filter((what) => counts[what] > templateLimits[what])
      .map((what) => {
        const text = `The template of ${name} has ${counts[what]} ${what}, and CloudFormation takes ${templateLimits[what]}.`;
        return failed("template", text, "Take out what extend adds, or move it into a stack of your own.");
      });
  });
  return over.length > 0 ? over : [ok("template", "Every template is within CloudFormation's limits.")];
}

/** States of the app's stacks by name, of those that are there. */
export async function statesOf(stacks: readonly SynthesizedStack[]): Promise<ReadonlyMap<string, StackState>> {
  const found = await Promise.all(stacks.map(({ region, name }) => stackState(region, name)));
  return new Map(found.filter((state) => state !== undefined).map((state) => [state.name, state]));
}

/** Whether each stack can be deployed as it is. */
export function stacksCanGoOn(
  stacks: readonly SynthesizedStack[],
  states: ReadonlyMap<string, StackState>,
): PreflightFinding[] {
  return stacks.flatMap(({ name, region }) => {
    const state = states.get(name);
    return state === undefined ? [] : (standing(state, region) ?? []);
  });
}

function standing({ name, status, reason }: StackState, region: string): PreflightFinding[] | undefined {
  const at = `--stack-name ${name} --region ${region}`;
  if (status.endsWith("_IN_PROGRESS")) {
    const wait = status.startsWith("CREATE") ? "create" : status.startsWith("DELETE") ? "delete" : "update";
    const text = `CloudFormation is still at work on ${name} (${status}).`;
    const mend = `Wait for it with: aws cloudformation wait stack-${wait}-complete ${at}. Then deploy again.`;
    return [failed("stack", text, mend)];
  }
  if (status === "ROLLBACK_FAILED") {
    const text = `${name} was never made: its first deployment failed, and could not be taken back whole (${reason ?? "no reason given"}).`;
    const lift = `aws rds modify-db-instance --db-instance-identifier <database> --no-deletion-protection --region ${region}`;
    const mend = `Deploy removes what is left. If protection keeps a database of it, run ${lift}, and deploy again.`;
    return [warning("stack", text, mend)];
  }
  if (status === "ROLLBACK_COMPLETE") {
    const text = `${name} was never made: its first deployment failed and was taken back. What is left of it is removed first.`;
    return [warning("stack", text, "Nothing: deploy does it.")];
  }
  if (status === "UPDATE_ROLLBACK_FAILED") {
    const text = `${name} could not be taken back to what it was (${reason ?? "no reason given"}).`;
    const mend = `Mend what that says, run: aws cloudformation continue-update-rollback ${at}, and deploy again.`;
    return [failed("stack", text, mend)];
  }
  if (status === "DELETE_FAILED") {
    const text = `${name} was being removed, and not all of it could be (${reason ?? "no reason given"}).`;
    return [failed("stack", text, `Run aloft destroy again, which says what is in the way.`)];
  }
  return undefined;
}
