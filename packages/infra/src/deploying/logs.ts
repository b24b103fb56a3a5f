import { setTimeout as delay } from "node:timers/promises";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { ResolvedApp } from "../config/resolve.ts";
import { asking } from "./aws-fault.ts";
import { DeployError } from "./deploy-error.ts";
import { ownAccount } from "./own-account.ts";
import { stackState } from "./stack-state.ts";
import { stackName } from "../stacks/aloft-stack.ts";

export interface LogLine {
  readonly at: string;
  /** Of one task. */
  readonly stream: string;
  readonly text: string;
}

export interface LogsOptions {
  readonly app: ResolvedApp;
  readonly of: "server" | "migration";
  readonly sinceMs: number;
  /** A filter pattern of CloudWatch. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  readonly filter?: string | undefined;
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly pollMs?: number;
}

/**
 * What a program logged, the oldest first; with `follow` until the signal.
 * @throws {DeployError} it is not deployed, or AWS cannot be asked.
 */
export async function* logLines(options: LogsOptions): AsyncGenerator<LogLine> {
  const { app, signal, follow, pollMs = 2000 } = options;
  const group = await logGroupOf(app, options.of);
  const client = new CloudWatchLogsClient({ region: app.region });
  const seen = new Set<string>();
  let startTime = Date.now() - options.sinceMs;
  while (!signal.aborted) {
    let nextToken: string | undefined;
    do {
      const page = await asking("reading the log", () =>
        client.send(
          new FilterLogEventsCommand({
            logGroupName: group,
            startTime,
            nextToken,
            ...(options.filter === undefined ? {} : { filterPattern: options.filter }),
          }),
        ),
      );
      for (const { eventId = "", timestamp = 0, logStreamName = "", message = "" } of page.events ?? []) {
        if (seen.has(eventId)) continue;
        seen.add(eventId);
        // Lines of the same moment may still come: that moment is read again.
        startTime = Math.max(startTime, timestamp);
        yield { at: new Date(timestamp).toISOString(), stream: logStreamName, text: message.trimEnd() };
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined && !signal.aborted);
    if (!follow) return;
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

async function logGroupOf(app: ResolvedApp, of: LogsOptions["of"]): Promise<string> {
  const [part, output] =
    of === "server" ? (["Compute", "LogGroup"] as const) : (["Cluster", "MigrationLogGroup"] as const);
  await ownAccount(app);
  const state = await stackState(app.region, stackName(app, part));
  const group = state?.outputs[output];
  if (group !== undefined) return group;
  const what =
    app.topology === "library"
      ? "Nothing runs in this topology, so nothing is logged."
      : `${app.prefix} does not run yet: aloft deploy --env ${app.environment}`;
  throw new DeployError("not_deployed", what);
}
