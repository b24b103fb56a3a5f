import { setTimeout as delay } from "node:timers/promises";
import {
  type Deployment,
  DescribeServicesCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  type ServiceDeploymentBrief,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { ResolvedApp } from "../config/resolve.ts";
import { stackName } from "../stacks/aloft-stack.ts";
import { asking } from "./aws-fault.ts";
import { DeployError } from "./deploy-error.ts";
import { type OnEvent } from "./deploy-event.ts";
import { ownAccount } from "./own-account.ts";
import { stackState } from "./stack-state.ts";

export interface RedeployOptions {
  readonly app: ResolvedApp;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
  readonly withinMs?: number;
  readonly pollMs?: number;
}

const withinDefault = 15 * 60_000;

/**
 * Replaces every task by a new one of the same image, as after a secret has changed. Each old one goes when a new one answers.
 * @throws {DeployError} it is not deployed, or ECS took the new tasks back.
 */
export async function redeploy(
  options: RedeployOptions,
): Promise<{ readonly service: string; readonly running: number }> {
  const { app, onEvent, signal, withinMs = withinDefault, pollMs = 5000 } = options;
  await ownAccount(app);
  const { service, cluster } = await runningService(app);
  const client = new ECSClient({ region: app.region });
  const blueGreen = app.topology !== "library" && app.service.deployment === "blue-green";
  // Clocks differ by seconds.
  const since = new Date(Date.now() - 30_000);
  const { service: updated } = await asking("asking for new tasks", () =>
    client.send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true })),
  );
  const id = updated?.deployments?.find(({ status }) => status === "PRIMARY")?.id;
  const end = performance.now() + withinMs;
  for (let last = ""; ;) {
    signal.throwIfAborted();
    const { services = [] } = await asking("waiting for new tasks", () =>
      client.send(new DescribeServicesCommand({ cluster, services: [service] })),
    );
    const [now] = services;
    const said = `${now?.runningCount ?? 0} of ${now?.desiredCount ?? 0} tasks run`;
    if (said !== last) onEvent({ kind: "note", text: said });
    last = said;
    const state = blueGreen
      ? stateByRevision(await revisions(client, { cluster, service, since }))
      : stateByRollout(now?.deployments, id);
    if (state === "failed") {
      throw new DeployError(
        "stack_failed",
        "The new tasks did not answer, and ECS took them back: the ones before go on running. See why: aloft logs",
      );
    }
    if (state === "done") return { service, running: now?.runningCount ?? 0 };
    if (performance.now() > end) {
      throw new DeployError(
        "stack_failed",
        "The new tasks are not all there yet. ECS goes on with it: aloft status shows how far it is.",
      );
    }
    await delay(pollMs, undefined, { signal });
  }
}

async function runningService(app: ResolvedApp): Promise<{ readonly service: string; readonly cluster: string }> {
  const compute = await stackState(app.region, stackName(app, "Compute"));
  const cluster = (await stackState(app.region, stackName(app, "Cluster")))?.outputs["ClusterName"];
  const service = compute?.outputs["ServiceName"];
  if (service === undefined || cluster === undefined) {
    const why =
      app.topology === "library"
        ? `${app.name} has no tasks: nothing runs in the topology library.`
        : `${app.prefix} does not run yet: aloft deploy --env ${app.environment}`;
    throw new DeployError("not_deployed", why);
  }
  return { service, cluster };
}

type State = "done" | "failed" | "going";

/** Of a rolling deployment, which ECS tells the state of beside the service. */
export function stateByRollout(
  deployments: readonly Pick<Deployment, "id" | "status" | "rolloutState">[] | undefined,
  id: string | undefined,
): State {
  const primary = deployments?.find(({ status }) => status === "PRIMARY");
  if (primary?.id !== id || primary?.rolloutState === "FAILED") return "failed";
  return primary?.rolloutState === "COMPLETED" ? "done" : "going";
}

/**
 * Of a blue/green deployment, which has no rollout state.
 * @param revisions the newest first.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
 */
export function stateByRevision(revisions: readonly Pick<ServiceDeploymentBrief, "status">[]): State {
  const { status = "PENDING" } = revisions[0] ?? {};
  if (status === "SUCCESSFUL") return "done";
  return /^(ROLLBACK|STOP)/.test(status) ? "failed" : "going";
}

async function revisions(
  client: ECSClient,
  { since, ...of }: { readonly cluster: string; readonly service: string; readonly since: Date },
): Promise<readonly ServiceDeploymentBrief[]> {
  const { serviceDeployments = [] } = await asking("waiting for new tasks", () =>
    client.send(new ListServiceDeploymentsCommand({ ...of, createdAt: { after: since } })),
  );
  const at = ({ createdAt }: ServiceDeploymentBrief): number => createdAt?.getTime() ?? 0;
  return serviceDeployments.toSorted((a, b) => at(b) - at(a));
}
