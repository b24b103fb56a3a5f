import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, ECSClient, type Service } from "@aws-sdk/client-ecs";
import type { ResolvedApp } from "../config/resolve.ts";
import type { StackPart } from "../stacks/aloft-stack.ts";
import { plannedImage, synthesize } from "../synthesize.ts";
import { ifThere } from "./aws-fault.ts";
import { type Holder, lockName } from "./lock.ts";
import { ownAccount } from "./own-account.ts";
import { parametersIn } from "./parameters.ts";
import { statesOf } from "./preflight/stacks.ts";
import { type Deployment, readRecord } from "./record.ts";
import type { StackState } from "./stack-state.ts";

export interface StackStatus {
  readonly part: StackPart;
  readonly name: string;
  /** As CloudFormation has it; undefined: it is not deployed. */
  readonly status: string | undefined;
  readonly updatedAt: string | undefined;
}

export interface ServiceStatus {
  readonly name: string;
  readonly status: string;
  readonly running: number;
  readonly desired: number;
  readonly pending: number;
  /** How far the last deployment of ECS is. */
  readonly rollout: string | undefined;
  /** What ECS said last. */
  readonly lastEvent: string | undefined;
}

/** How an app is in one environment. */
export interface AppStatus {
  readonly account: string;
  readonly region: string;
  readonly stacks: readonly StackStatus[];
  readonly url: string | undefined;
  readonly image: string | undefined;
  readonly service: ServiceStatus | undefined;
  /** Whether it answers; undefined: there is nothing to ask. */
  readonly healthy: boolean | undefined;
  /** The newest first. */
  readonly deployments: readonly Deployment[];
  readonly underWay: Pick<Holder, "by" | "doing" | "since"> | undefined;
  /** Names of alarms that are raised. */
  readonly alarms: readonly string[];
}

const answerWithinMs = 5000;

/** @throws {DeployError} AWS cannot be asked. */
export async function appStatus(app: ResolvedApp): Promise<AppStatus> {
  const { account } = await ownAccount(app);
  const { stacks, states } = await deployedStacks(app);
  const parameters = parametersIn(app.region);
  const outputs = (part: StackPart) => outputsOf(app, states, part);
  const { Url: url, Image: image, ServiceName: service, DistributionDomainName: domain } = outputs("Compute");
  const lock = await parameters.read(lockName(app.prefix));
  return {
    account,
    region: app.region,
    stacks,
    url,
    image,
    service: service === undefined ? undefined : await serviceStatus(app, outputs("Cluster")["ClusterName"], service),
    healthy: domain === undefined ? undefined : await answers(app, domain),
    deployments: await readRecord(parameters, app.prefix),
    underWay: lock === undefined ? undefined : (JSON.parse(lock) as Holder),
    alarms: await raisedAlarms(app),
  };
}

/** The app's stacks, as CloudFormation has them. */
export async function deployedStacks(
  app: ResolvedApp,
): Promise<{ readonly stacks: readonly StackStatus[]; readonly states: ReadonlyMap<string, StackState> }> {
  const folder = mkdtempSync(join(tmpdir(), "aloft-status-"));
  try {
    const synthesis = synthesize(app, { folder, image: plannedImage });
    const states = await statesOf(synthesis.stacks);
    const stacks = synthesis.stacks.map(({ part, name }): StackStatus => {
      const state = states.get(name);
      return { part, name, status: state?.status, updatedAt: state?.updatedAt?.toISOString() };
    });
    return { stacks, states };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function outputsOf(
  { prefix }: ResolvedApp,
  states: ReadonlyMap<string, StackState>,
  part: StackPart,
): Readonly<Record<string, string | undefined>> {
  return states.get(`${prefix}-${part.toLowerCase()}`)?.outputs ?? {};
}

async function serviceStatus(
  { region }: ResolvedApp,
  cluster: string | undefined,
  name: string,
): Promise<ServiceStatus | undefined> {
  const found = await ifThere("asking ECS about the service", () =>
    new ECSClient({ region }).send(
      new DescribeServicesCommand({ services: [name], ...(cluster === undefined ? {} : { cluster }) }),
    ),
  );
  const service: Service | undefined = found?.services?.[0];
  if (service === undefined) return undefined;
  return {
    name,
    status: service.status ?? "",
    running: service.runningCount ?? 0,
    desired: service.desiredCount ?? 0,
    pending: service.pendingCount ?? 0,
    rollout: service.deployments?.find(({ status }) => status === "PRIMARY")?.rolloutState,
    lastEvent: service.events?.[0]?.message,
  };
}

async function answers(app: ResolvedApp, domain: string): Promise<boolean> {
  const path = app.topology === "library" ? "/" : app.service.healthPath;
  try {
    const { ok } = await fetch(new URL(path, `https://${domain}`), { signal: AbortSignal.timeout(answerWithinMs) });
    return ok;
  } catch {
    return false;
  }
}

async function raisedAlarms({ prefix, region }: ResolvedApp): Promise<readonly string[]> {
  const found = await ifThere("asking which alarms are raised", () =>
    new CloudWatchClient({ region }).send(
      new DescribeAlarmsCommand({ StateValue: "ALARM", AlarmNamePrefix: `${prefix}-` }),
    ),
  );
  const all = [...(found?.MetricAlarms ?? []), ...(found?.CompositeAlarms ?? [])];
  return all.map(({ AlarmName = "" }) => AlarmName);
}
