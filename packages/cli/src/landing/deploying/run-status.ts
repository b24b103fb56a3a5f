import type { AppStatus, ServiceStatus } from "@aloft/infra/deploying/status";
import { type Io, type Paint, painter, printJson } from "../../io.ts";
import type { LoadedApp } from "../app-config.ts";
import { loadInfra } from "../load-infra.ts";

/** Says how an app is. @returns 1 if something is wrong. */
export async function runStatus(io: Io, { app, environment }: LoadedApp, json: boolean): Promise<number> {
  const { appStatus } = await loadInfra(() => import("@aloft/infra/deploying/status"));
  const status = await appStatus(app);
  const wrong = faults(status, environment);
  if (json) printJson(io, { ok: wrong.length === 0, app: app.name, environment, ...status, wrong });
  else io.out.write(`${text(status, wrong, painter(io.out, io.env))}\n`);
  return wrong.length === 0 ? 0 : 1;
}

function faults({ stacks, service, healthy, alarms }: AppStatus, environment: string): readonly string[] {
  const wrong: string[] = [];
  if (stacks.every(({ status }) => status === undefined))
    wrong.push(`Nothing is deployed: aloft deploy --env ${environment}`);
  for (const { name, status } of stacks) {
    if (status !== undefined && !/^(CREATE|UPDATE|IMPORT|UPDATE_ROLLBACK)_COMPLETE$/.test(status))
      wrong.push(`${name} is ${status}`);
  }
  if (service !== undefined && service.running < service.desired) {
    wrong.push(`${service.running} of ${service.desired} tasks run. ${service.lastEvent ?? ""}`.trim());
  }
  if (healthy === false) wrong.push("It does not answer. See why: aloft logs");
  for (const alarm of alarms) wrong.push(`The alarm ${alarm} is raised`);
  return wrong;
}

function text(status: AppStatus, wrong: readonly string[], paint: Paint): string {
  const { account, region, stacks, url, image, service, healthy, deployments, underWay } = status;
  const lines = [`Account ${account}, ${region}`];
  for (const { part, status: state, updatedAt } of stacks) {
    lines.push(
      `  ${part.padEnd(10)} ${state ?? paint("dim", "not deployed")}${updatedAt === undefined ? "" : paint("dim", ` ${updatedAt}`)}`,
    );
  }
  if (url !== undefined)
    lines.push(`Address  ${url}${healthy === undefined ? "" : healthy ? " (answers)" : " (does not answer)"}`);
  if (service !== undefined) lines.push(`Tasks    ${tasksText(service)}`);
  if (image !== undefined) lines.push(`Image    ${image}`);
  const [now] = deployments;
  if (now !== undefined) lines.push(`Version  ${now.version ?? "unknown"}, since ${now.at}, by ${now.by}`);
  if (underWay !== undefined) lines.push(`${underWay.by} is at "${underWay.doing}" since ${underWay.since}`);
  lines.push(...wrong.map((fault) => `${paint("red", "✗")} ${fault}`));
  const whole = stacks.every(({ status }) => status !== undefined);
  if (wrong.length === 0) {
    lines.push(`${paint("green", "✓")} ${whole ? "Everything" : "What is deployed"} is as it should be.`);
  }
  return lines.join("\n");
}

function tasksText({ running, desired, pending, rollout }: ServiceStatus): string {
  const coming = pending > 0 ? `, ${pending} are coming` : "";
  return `${running} of ${desired} run${coming}${rollout === "IN_PROGRESS" ? ", a deployment is under way" : ""}`;
}
