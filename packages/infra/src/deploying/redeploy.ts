import { setTimeout as delay } from "node:timers/promises";
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
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
  const client = new ECSClient({ region: app.region });
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
    const primary = now?.deployments?.find(({ status }) => status === "PRIMARY");
    const said = `${now?.runningCount ?? 0} of ${now?.desiredCount ?? 0} tasks run`;
    if (said !== last) onEvent({ kind: "note", text: said });
    last = said;
    if (primary?.id !== id || primary?.rolloutState === "FAILED") {
      throw new DeployError(
        "stack_failed",
        "The new tasks did not answer, and ECS took them back: the ones before go on running. See why: aloft logs",
      );
    }
    if (primary?.rolloutState === "COMPLETED") return { service, running: now?.runningCount ?? 0 };
    if (performance.now() > end) {
      throw new DeployError(
        "stack_failed",
        "The new tasks are not all there yet. ECS goes on with it: aloft status shows how far it is.",
      );
    }
    await delay(pollMs, undefined, { signal });
  }
}
