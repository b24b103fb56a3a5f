import { setTimeout as delay } from "node:timers/promises";
import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTasksCommand, ECSClient, RunTaskCommand, StopTaskCommand, type Task } from "@aws-sdk/client-ecs";
import { asking, ifThere } from "./aws-fault.ts";
import { DeployError } from "./deploy-error.ts";
import type { OnEvent } from "./deploy-event.ts";

/** Everything that running the migration takes: the outputs of the stack that has it. */
export interface MigrationTask {
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly container: string;
  readonly securityGroup: string;
  readonly subnets: readonly string[];
  readonly logGroup: string;
}

/** @throws {DeployError} the stack does not say where to run it. */
export function migrationTask(outputs: Readonly<Record<string, string>>): MigrationTask {
  const value = (name: string): string => {
    const found = outputs[name];
    if (found !== undefined && found !== "") return found;
    throw new DeployError(
      "not_deployed",
      `The stack with the migration has no output ${name}. Deploy it again: aloft deploy --only cluster`,
    );
  };
  return {
    cluster: value("ClusterName"),
    taskDefinition: value("MigrationTaskDefinition"),
    container: value("MigrationContainer"),
    securityGroup: value("MigrationSecurityGroup"),
    subnets: value("MigrationSubnets").split(","),
    logGroup: value("MigrationLogGroup"),
  };
}

export interface RunMigrationOptions {
  readonly region: string;
  readonly task: MigrationTask;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
  readonly pollMs?: number;
  /** How often it is said that it still runs. */
  readonly sayEveryMs?: number;
  /** How long it is waited for; it goes on after that. */
  readonly withinMs?: number;
}

/**
 * Runs the migration once and waits for its end. What served before goes on serving, whatever comes of it.
 * @throws {DeployError} `migration_failed`, with the last lines that it wrote; or how to look at it, where it takes too long.
 */
export async function runMigration({
  region,
  task,
  onEvent,
  signal,
  pollMs = 3000,
  sayEveryMs = 30_000,
  withinMs = 30 * 60_000,
}: RunMigrationOptions): Promise<void> {
  const ecs = new ECSClient({ region });
  const arn = await start(ecs, task);
  try {
    const ended = await untilStopped(ecs, { region, task, arn, signal, onEvent, pollMs, sayEveryMs, withinMs });
    const container = ended.containers?.find(({ name }) => name === task.container) ?? ended.containers?.[0];
    const lines = await lastLines(region, task, arn);
    for (const text of lines) onEvent({ kind: "log", text });
    if (container?.exitCode === 0) return;
    throw failed(ended, container?.exitCode, container?.reason, lines);
  } catch (error) {
    if (signal.aborted)
      await ecs
        .send(new StopTaskCommand({ cluster: task.cluster, task: arn, reason: "The deployment was stopped" }))
        .catch(() => undefined);
    throw error;
  }
}

async function start(
  ecs: ECSClient,
  { cluster, taskDefinition, subnets, securityGroup }: MigrationTask,
): Promise<string> {
  const answer = await asking("starting the migration", () =>
    ecs.send(
      new RunTaskCommand({
        cluster,
        taskDefinition,
        launchType: "FARGATE",
        count: 1,
        startedBy: "aloft-deploy",
        networkConfiguration: {
          awsvpcConfiguration: { subnets: [...subnets], securityGroups: [securityGroup], assignPublicIp: "DISABLED" },
        },
      }),
    ),
  );
  const arn = answer.tasks?.[0]?.taskArn;
  if (arn !== undefined) return arn;
  const why = answer.failures?.map(({ reason, detail }) => `${reason ?? ""} ${detail ?? ""}`.trim()).join("; ");
  throw new DeployError(
    "migration_failed",
    `ECS did not start the migration: ${why ?? "no reason given"}. ${untouched}`,
  );
}

const untouched = "What was running goes on running, unchanged. Mend it, and give aloft deploy again: it goes on here.";

interface Wait extends Required<RunMigrationOptions> {
  readonly arn: string;
}

async function untilStopped(ecs: ECSClient, wait: Wait): Promise<Task> {
  const { task, arn, signal, onEvent, pollMs, sayEveryMs, withinMs } = wait;
  const began = performance.now();
  let said = 0;
  for (;;) {
    signal.throwIfAborted();
    const { tasks = [] } = await asking("waiting for the migration", () =>
      ecs.send(new DescribeTasksCommand({ cluster: task.cluster, tasks: [arn] })),
    );
    if (tasks[0]?.lastStatus === "STOPPED") return tasks[0];
    const elapsed = performance.now() - began;
    if (elapsed >= withinMs) throw tooLong(wait);
    if (elapsed >= said + sayEveryMs) {
      said = elapsed;
      const status = (tasks[0]?.lastStatus ?? "not seen yet").toLowerCase();
      onEvent({ kind: "note", text: `The migration is ${status}, after ${Math.round(elapsed / 1000)} s.` });
    }
    await delay(pollMs, undefined, { signal });
  }
}

function tooLong({ region, task, arn, withinMs }: Wait): DeployError {
  const id = arn.slice(arn.lastIndexOf("/") + 1);
  const at = `--region ${region}`;
  return new DeployError(
    "migration_failed",
    `The migration still runs after ${Math.round(withinMs / 60_000)} minutes, and goes on by itself. What it says: ` +
      `aws logs tail ${task.logGroup} --follow ${at}. To stop it: aws ecs stop-task --cluster ${task.cluster} --task ${id} ${at}. ` +
      "What was running goes on running. Once it has ended, give aloft deploy again: it goes on here.",
  );
}

function failed(
  task: Task,
  code: number | undefined,
  reason: string | undefined,
  lines: readonly string[],
): DeployError {
  const how =
    code === undefined ? `did not run: ${reason ?? task.stoppedReason ?? "no reason given"}` : `ended with ${code}`;
  const said = lines.length === 0 ? "" : ` It said last:\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
  return new DeployError("migration_failed", `The migration ${how}.${said} ${untouched}`);
}

const tail = 20;

async function lastLines(
  region: string,
  { logGroup, container }: MigrationTask,
  arn: string,
): Promise<readonly string[]> {
  const logStreamName = `${container}/${container}/${arn.slice(arn.lastIndexOf("/") + 1)}`;
  const client = new CloudWatchLogsClient({ region });
  const found = await ifThere("reading what the migration said", () =>
    client.send(new GetLogEventsCommand({ logGroupName: logGroup, logStreamName, limit: tail, startFromHead: false })),
  );
  return (found?.events ?? []).map(({ message = "" }) => message.trimEnd());
}
