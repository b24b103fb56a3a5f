import type { StackPart } from "../../stacks/aloft-stack.ts";
import type { Synthesis, SynthesizedStack } from "../../synthesize.ts";
import type { Caller } from "../caller.ts";
import { DeployError } from "../deploy-error.ts";
import type { StackState } from "../stack-state.ts";
import { accountFits, bootstrapVersion, neededBootstrapVersion, quotasSuffice } from "./account.ts";
import { domainStands, type NameServersOf } from "./domain.ts";
import { failed, ok, type PreflightFinding } from "./finding.ts";
import { modelsReachable } from "./models.ts";
import { providerFits } from "./provider.ts";
import { zonesReached } from "./zones.ts";
import { stacksCanGoOn, statesOf, templatesWithinLimits } from "./stacks.ts";

export interface Preflight {
  readonly findings: readonly PreflightFinding[];
  readonly states: ReadonlyMap<string, StackState>;
  /** Regions that have to be bootstrapped first. */
  readonly toBootstrap: readonly string[];
}

export interface PreflightOptions {
  readonly synthesis: Synthesis;
  /** Those that are to be deployed. */
  readonly stacks: readonly SynthesizedStack[];
  readonly caller: Caller;
  readonly nameServersOf?: NameServersOf;
}

/** Looks at everything that can be known to fail before anything is changed. @throws {DeployError} AWS cannot be asked. */
export async function preflight({ synthesis, stacks, caller, nameServersOf }: PreflightOptions): Promise<Preflight> {
  const { app } = synthesis;
  const account = accountFits(app, caller);
  // Of another account nothing else is worth asking.
  if (account.state === "failed") return { findings: [account], states: new Map(), toBootstrap: [] };
  const states = await statesOf(synthesis.stacks);
  const regions = [...new Set(stacks.map(({ region }) => region))];
  const versions = await Promise.all(
    regions.map(async (region) => ({ region, version: await bootstrapVersion(region) })),
  );
  const findings = [
    account,
    ...templatesWithinLimits(stacks),
    ...stacksCanGoOn(stacks, states),
    ...versions.flatMap((found) => bootstrapFinding(caller.account, found)),
    ...(await quotasSuffice(app, stacks, new Set(states.keys()))),
    ...(await zonesReached(app, isNew(stacks, states, "Network"))),
    ...(await providerFits(app, isNew(stacks, states, "Access"), caller)),
    ...(await domainStands(app, nameServersOf)),
    ...(await modelsReachable(app)),
  ];
  const toBootstrap = versions.filter(({ version }) => version === undefined).map(({ region }) => region);
  return { findings, states, toBootstrap };
}

function isNew(stacks: readonly SynthesizedStack[], states: Preflight["states"], part: StackPart): boolean {
  return stacks.some((stack) => stack.part === part && !states.has(stack.name));
}

function bootstrapFinding(
  account: string,
  { region, version }: { readonly region: string; readonly version: number | undefined },
): readonly PreflightFinding[] {
  if (version === undefined) return [];
  if (version >= neededBootstrapVersion) return [ok("bootstrap", `${region} has version ${version}.`)];
  const text = `The CDK's bootstrap stack in ${region} has version ${version}, and ${neededBootstrapVersion} is needed.`;
  return [failed("bootstrap", text, `npx cdk bootstrap aws://${account}/${region}`)];
}

/** @throws {DeployError} `preflight_failed`, with everything that keeps it, and what to do about each. */
export function requirePassed(findings: readonly PreflightFinding[]): void {
  const faults = findings.filter(({ state }) => state === "failed");
  if (faults.length === 0) return;
  const lines = faults.map(({ text, mend }) => `  ${text} ${mend ?? ""}`.trimEnd());
  const wrongAccount = faults.some(({ check }) => check === "account");
  const underWay = faults.some(({ text }) => text.startsWith("CloudFormation is still at work"));
  const code = wrongAccount ? "wrong_account" : underWay ? "deploy_under_way" : "preflight_failed";
  throw new DeployError(code, `Nothing was changed, for this is in the way:\n${lines.join("\n")}`);
}
