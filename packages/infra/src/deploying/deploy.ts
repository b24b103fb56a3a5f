import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plannedImage, synthesize, type SynthesizedStack, type Synthesis } from "../synthesize.ts";
import { objections } from "../refusals/refusals.ts";
import { translated } from "./aws-fault.ts";
import { type Caller, caller } from "./caller.ts";
import { chosenStacks } from "./chosen-stacks.ts";
import { DeployError } from "./deploy-error.ts";
import type { Deploying, DeployOptions, DeployPlan, DeployReport } from "./deployment.ts";
import { stepping } from "./deploy-event.ts";
import { deployParts } from "./deploy-parts.ts";
import { planChanges } from "./plan-changes.ts";
import { lockDeployment } from "./lock.ts";
import { parametersIn } from "./parameters.ts";
import { type Preflight, preflight, requirePassed } from "./preflight/preflight.ts";
import { readRecord } from "./record.ts";
import { realSteps } from "./steps.ts";
import { bootstrap } from "./toolkit.ts";

/**
 * Puts an app to work in one environment: what keeps data first, then its image and migration, then what takes requests.
 * What is as it should be is left alone, so that the same call goes on after a stop.
 * @throws {DeployError} with what is left and how to go on.
 */
export async function deploy(options: DeployOptions): Promise<DeployReport> {
  const { app } = options;
  const folder = mkdtempSync(join(tmpdir(), "aloft-deploy-"));
  try {
    const synthesis = synthesize(app, { folder: join(folder, "planned"), image: plannedImage });
    requireNothingRefused(synthesis);
    const who = await caller(app.region);
    const chosen = chosenStacks(synthesis, options.only);
    const looked = await lookFirst(options, synthesis, chosen, who);
    const parameters = parametersIn(app.region);
    await using _lock = await lockDeployment({ prefix: app.prefix, by: who.name, doing: doing(options), parameters });
    const record = await readRecord(parameters, app.prefix);
    const run: Deploying = {
      ...options,
      folder,
      caller: who,
      parameters,
      record,
      steps: { ...realSteps, ...options.steps },
    };
    await agree(run, looked);
    options.signal.throwIfAborted();
    const made = await deployParts(run);
    return { account: who.account, region: app.region, findings: looked.findings, ...made };
  } catch (error) {
    throw options.signal.aborted ? interrupted(error) : translated(error, "deploying");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a plan refuses would fail later, and dearer. @throws {DeployError} `refused` */
function requireNothingRefused(synthesis: Synthesis): void {
  const refused = objections(synthesis).filter(({ level }) => level === "refusal");
  if (refused.length === 0) return;
  const lines = refused.map(({ id, fact, instead }) => `  ${id}: ${fact} ${instead}`);
  throw new DeployError(
    "refused",
    `Nothing was changed: AWS would not carry this.\n${lines.join("\n")}\nWhere, and from what it is seen: aloft plan --env ${synthesis.app.environment}`,
  );
}

function doing({ only, withoutMigration }: DeployOptions): string {
  if (withoutMigration === true) return "aloft rollback";
  return only === undefined ? "aloft deploy" : `aloft deploy --only ${only.toLowerCase()}`;
}

async function lookFirst(
  options: DeployOptions,
  synthesis: Synthesis,
  stacks: readonly SynthesizedStack[],
  who: Caller,
): Promise<Preflight> {
  const { onEvent, app } = options;
  const looked = await stepping(onEvent, "preflight", "Looking at the account", async () => {
    const value = await preflight({ synthesis, stacks, caller: who });
    requirePassed(value.findings);
    return { value, text: `Account ${who.account}, ${app.region}` };
  });
  for (const { state, text, mend } of looked.findings) {
    if (state === "warning") onEvent({ kind: "warning", text: `${text} ${mend ?? ""}`.trim() });
  }
  requireEarlierParts(synthesis, stacks, looked);
  for (const region of await regionsToBootstrap(options, looked)) {
    await stepping(onEvent, "bootstrap", `Preparing ${region} for deployments`, async () => {
      await bootstrap(who.account, region, onEvent);
      return { value: undefined };
    });
  }
  return looked;
}

async function regionsToBootstrap(
  { confirmBootstrap }: DeployOptions,
  { toBootstrap }: Preflight,
): Promise<readonly string[]> {
  if (toBootstrap.length === 0 || (await confirmBootstrap(toBootstrap))) return toBootstrap;
  throw new DeployError(
    "not_bootstrapped",
    `${toBootstrap.join(" and ")} has to be bootstrapped once: a bucket for templates, and the roles that deploy. Nothing was changed. ` +
      "Deploy again and agree, or do it yourself: npx cdk bootstrap",
  );
}

function requireEarlierParts(synthesis: Synthesis, stacks: readonly SynthesizedStack[], { states }: Preflight): void {
  const chosen = new Set(stacks.map(({ part }) => part));
  const needed = new Set(stacks.flatMap(({ after }) => after).filter((part) => !chosen.has(part)));
  const missing = synthesis.stacks.filter(({ part, name }) => needed.has(part) && !states.has(name));
  if (missing.length === 0) return;
  const parts = missing.map(({ part }) => part.toLowerCase()).join(" and ");
  throw new DeployError(
    "not_deployed",
    `It stands on ${parts}, which is not deployed yet. Nothing was changed. Deploy everything: aloft deploy, or that first: ` +
      missing.map(({ part }) => `aloft deploy --only ${part.toLowerCase()}`).join(", "),
  );
}

async function agree(run: Deploying, { states }: Preflight): Promise<void> {
  const plan = await stepping(run.onEvent, "changes", "Comparing with what is deployed", async () => {
    const value = await planned(run, new Set(states.keys()));
    const count = value.stacks.reduce((sum, { changes }) => sum + changes.length, 0);
    return { value, text: count === 0 ? "Nothing differs" : `${count} ${count === 1 ? "change" : "changes"}` };
  });
  run.onPlan?.(plan);
  const { losesData, widens } = plan.confirmation;
  if (losesData.length + widens.length === 0 || (await run.confirm(plan))) return;
  throw new DeployError("not_confirmed", "Nothing was changed.");
}

async function planned(run: Deploying, existing: ReadonlySet<string>): Promise<DeployPlan> {
  const image = run.image?.kind === "uri" ? run.image.uri : (run.record[0]?.image ?? plannedImage);
  return planChanges({ ...run, image, existing, folder: join(run.folder, "compared") });
}

function interrupted(cause: unknown): DeployError {
  const began =
    cause instanceof DeployError && cause.code === "interrupted" ? cause.message : "Stopped before the next step.";
  return new DeployError("interrupted", `${began} aloft deploy goes on from here.`, { cause });
}
