import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ResolvedApp } from "../config/resolve.ts";
import type { StackPart } from "../stacks/aloft-stack.ts";
import { plannedImage, synthesize, type SynthesizedStack, type Synthesis } from "../synthesize.ts";
import { abandonedStacks } from "./abandoned.ts";
import { asking, translated } from "./aws-fault.ts";
import type { Caller } from "./caller.ts";
import { DeployError } from "./deploy-error.ts";
import { type OnEvent, stepping } from "./deploy-event.ts";
import { unlessStopped } from "./deploy-parts.ts";
import { emptyBucket, emptyRepository } from "./empty.ts";
import { type Leftover, leftovers } from "./leftovers.ts";
import { lockDeployment } from "./lock.ts";
import { ownAccount } from "./own-account.ts";
import { parametersIn } from "./parameters.ts";
import { statesOf } from "./preflight/stacks.ts";
import { recordName } from "./record.ts";
import { stackFailures, type StackResource, stackResources, type StackState, stackState } from "./stack-state.ts";
import { stacksOf } from "./toolkit.ts";

/** What would go, for a person to agree to. */
export interface DestroyPlan {
  readonly account: string;
  readonly removed: readonly DestroyedStack[];
  /** Stacks that stay, because they hold data or hold up what does. */
  readonly stays: readonly DestroyedStack[];
  /** Buckets and repositories that are emptied, by name. */
  readonly emptied: readonly string[];
}

export interface DestroyedStack {
  readonly part: StackPart;
  readonly name: string;
  readonly resources: number;
}

export interface DestroyOptions {
  readonly app: ResolvedApp;
  /** Also what users stored. Otherwise it stays, with the stacks that it is in. */
  readonly deleteData: boolean;
  readonly confirm: (plan: DestroyPlan) => Promise<boolean>;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

export interface DestroyReport {
  readonly account: string;
  readonly removed: readonly string[];
  readonly stays: readonly string[];
  readonly leftovers: readonly Leftover[];
}

interface Standing extends SynthesizedStack {
  readonly state: StackState;
  readonly resources: readonly StackResource[];
  /** Buckets and repositories that go with it, and are emptied before. */
  readonly emptied: readonly StackResource[];
}

/**
 * Removes an app's stacks, the last first. Needs no secret's value and no image.
 * @throws {DeployError} with what is left and how to go on.
 */
export async function destroy(options: DestroyOptions): Promise<DestroyReport> {
  const { app, onEvent, signal } = options;
  const folder = mkdtempSync(join(tmpdir(), "aloft-destroy-"));
  try {
    const who = await ownAccount(app);
    const synthesis = synthesize(app, { folder, image: plannedImage });
    const standing = await standingStacks(synthesis, options.deleteData);
    const { goes, stays } = divided(standing, options.deleteData);
    await agree(options, who, goes, stays);
    const parameters = parametersIn(app.region);
    await using _lock = await lockDeployment({ prefix: app.prefix, by: who.name, doing: "aloft destroy", parameters });
    for (const stack of goes) {
      signal.throwIfAborted();
      await stepping(onEvent, "destroy", `Removing ${stack.name}`, async () => {
        await remove(options, folder, stack);
        return { value: undefined, text: `${stack.name} is gone` };
      });
    }
    if (stays.length === 0) await parameters.remove(recordName(app.prefix));
    for (const { name, command } of await abandonedStacks(synthesis)) {
      onEvent({
        kind: "warning",
        text: `${name} was no part of the app any more, and is still there. To remove it: ${command}`,
      });
    }
    const all = standing.flatMap(({ resources }) => resources);
    return {
      account: who.account,
      removed: goes.map(({ name }) => name),
      stays: stays.map(({ name }) => name),
      leftovers: await leftovers(app.region, all),
    };
  } catch (error) {
    if (signal.aborted) throw stopped(error);
    throw translated(error, "destroying");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function stopped(cause: unknown): DeployError {
  const began = cause instanceof DeployError && cause.code === "interrupted" ? `${cause.message} ` : "Stopped. ";
  return new DeployError("interrupted", `${began}aloft destroy goes on from here.`, { cause });
}

/** The last made first: what stands on others goes before them. */
async function standingStacks(synthesis: Synthesis, deleteData: boolean): Promise<readonly Standing[]> {
  const states = await statesOf(synthesis.stacks);
  const goes = deleteData ? goingContainers(synthesis) : () => false;
  const found: Standing[] = [];
  for (const stack of [...synthesis.stacks].reverse()) {
    const state = states.get(stack.name);
    if (state === undefined) continue;
    const resources = await stackResources(stack.region, stack.name);
    const emptied = resources.filter((resource) => goes(stack, resource));
    found.push({ ...stack, state, resources, emptied });
  }
  return inOrder(found);
}

/** Those that go once nothing is protected. What stays even then, such as the bucket of a trail, keeps what is in it. */
function goingContainers({ app, stacks, folder }: Synthesis) {
  const last = app.protectData
    ? synthesize({ ...app, protectData: false }, { folder: join(folder, "unprotected"), image: plannedImage }).stacks
    : stacks;
  const templates = new Map(last.map(({ name, template }) => [name, template]));
  return ({ name }: SynthesizedStack, resource: StackResource): boolean => {
    const policy = templates.get(name)?.Resources[resource.logicalId]?.DeletionPolicy ?? "Delete";
    return isContainer(resource) && !policy.startsWith("Retain");
  };
}

function inOrder(stacks: readonly Standing[]): readonly Standing[] {
  const left = [...stacks];
  const ordered: Standing[] = [];
  while (left.length > 0) {
    const index = left.findIndex(({ part }) => !left.some(({ after }) => after.includes(part)));
    ordered.push(...left.splice(Math.max(0, index), 1));
  }
  return ordered;
}

function divided(
  standing: readonly Standing[],
  deleteData: boolean,
): { goes: readonly Standing[]; stays: readonly Standing[] } {
  if (deleteData) return { goes: standing, stays: [] };
  const data = standing.find(({ part }) => part === "Data");
  const staying = new Set<StackPart>(data === undefined ? [] : ["Data", ...data.after]);
  return {
    goes: standing.filter(({ part }) => !staying.has(part)),
    stays: standing.filter(({ part }) => staying.has(part)),
  };
}

async function agree(
  { confirm, app }: DestroyOptions,
  who: Caller,
  goes: readonly Standing[],
  stays: readonly Standing[],
): Promise<void> {
  if (goes.length === 0) {
    const text =
      stays.length === 0
        ? `Nothing of ${app.prefix} is deployed in account ${who.account}, ${app.region}.`
        : `All that is left of ${app.prefix} holds data (${stays.map(({ name }) => name).join(", ")}), and is kept. To remove that too: aloft destroy --env ${app.environment} --delete-data`;
    throw new DeployError(stays.length === 0 ? "not_deployed" : "data_kept", text);
  }
  const summary = (stacks: readonly Standing[]) =>
    stacks.map(({ part, name, resources }) => ({ part, name, resources: resources.length }));
  const names = goes.flatMap(({ emptied }) => emptied.map(({ physicalId }) => physicalId ?? ""));
  if (await confirm({ account: who.account, removed: summary(goes), stays: summary(stays), emptied: names })) return;
  throw new DeployError("not_confirmed", "Nothing was changed.");
}

function isContainer({ type }: StackResource): boolean {
  return type === "AWS::S3::Bucket" || type === "AWS::ECR::Repository";
}

async function remove(
  { app, onEvent, signal, deleteData }: DestroyOptions,
  folder: string,
  stack: Standing,
): Promise<void> {
  const { region, part, name } = stack;
  if (deleteData) {
    if (app.protectData) await withoutProtection(app, stack, onEvent);
    for (const { type, physicalId } of stack.emptied) {
      if (physicalId === undefined) continue;
      const emptied = await emptyContainer(type, region, physicalId);
      if (emptied > 0) onEvent({ kind: "note", text: `${physicalId} had ${emptied} objects, and is empty now` });
    }
  }
  if (part === "Compute" && app.protectData) await unprotectLoadBalancers(stack);
  try {
    await unlessStopped(stacksOf(folder, app.region, onEvent).destroy(part), signal, () => {
      return `Stopped while CloudFormation was removing ${name}: it ends that by itself.`;
    });
  } catch (cause) {
    if (cause instanceof DeployError) throw cause;
    // Who asks after a stack just when it is gone is told that there is none.
    if ((await stackState(region, name)) !== undefined) throw await notRemoved(cause, stack);
  }
}

async function emptyContainer(type: string, region: string, id: string): Promise<number> {
  if (type === "AWS::S3::Bucket") return emptyBucket(region, id);
  return type === "AWS::ECR::Repository" ? emptyRepository(region, id) : 0;
}

/** Deploys the same stack as one that need not be protected: CloudFormation then takes off whatever protects it. */
async function withoutProtection(app: ResolvedApp, { part, state }: Standing, onEvent: OnEvent): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "aloft-unprotect-"));
  try {
    const image = state.outputs["Image"] ?? plannedImage;
    synthesize({ ...app, protectData: false }, { folder, image });
    await stacksOf(folder, app.region, onEvent).deploy(part);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function unprotectLoadBalancers({ region, resources }: Standing): Promise<void> {
  const client = new ElasticLoadBalancingV2Client({ region });
  for (const { type, physicalId } of resources) {
    if (type !== "AWS::ElasticLoadBalancingV2::LoadBalancer" || physicalId === undefined) continue;
    const Attributes = [{ Key: "deletion_protection.enabled", Value: "false" }];
    await asking("letting the load balancer be deleted", () =>
      client.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: physicalId, Attributes })),
    );
  }
}

async function notRemoved(cause: unknown, { name, region }: Standing): Promise<Error> {
  const fault = translated(cause, `removing ${name}`);
  if (!(fault instanceof DeployError) || fault.code !== "aws") return fault;
  const reasons = await stackFailures(region, name).catch(() => []);
  const lines = (reasons.length === 0 ? [fault.message] : reasons).map((line) => `  ${line}`).join("\n");
  const text = `${name} could not be removed whole:\n${lines}\nWhat could be is gone. Take away what is in the way, and give aloft destroy again: it goes on here.`;
  return new DeployError("stack_failed", text, { cause });
}
