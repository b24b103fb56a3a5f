import module from "node:module";
import { type RunningServer, startServer } from "@aloft/server";
import { readEnvironment, secretsEnabled } from "@aloft/server/config/env";
import type { Io } from "../io.ts";
import { giveToSdk } from "../server-environment.ts";
import { prettyLog } from "./pretty-log.ts";
import { explainPortInUse } from "./port-in-use.ts";
import { closeOnSignal } from "./signals.ts";

export interface StartOptions {
  readonly port?: number;
  readonly host?: string;
  readonly dataDir?: string;
  /** Log lines for people, not for programs. */
  readonly pretty: boolean;
}

export interface Running {
  readonly server: RunningServer;
  readonly startedInMs: number;
  /** Settles once a signal came and everything is closed. */
  readonly stopped: Promise<void>;
}

export async function start(io: Io, { pretty, ...options }: StartOptions): Promise<Running> {
  const env = readEnvironment(io.env, process.cwd());
  giveToSdk(env);
  const logTo = pretty ? { logTo: prettyLog(io) } : {};
  const server = await startServer({ ...options, ...logTo, env: io.env }).catch(explainPortInUse);
  // What was compiled is kept for the next start even if this process is killed.
  setTimeout(() => module.flushCompileCache(), 1000).unref();
  // With secrets kept on AWS, SIGHUP asks to read them again.
  const stops = secretsEnabled(env) ? (["SIGINT", "SIGTERM"] as const) : (["SIGINT", "SIGTERM", "SIGHUP"] as const);
  const stopped = closeOnSignal(io, server, stops);
  return { server, startedInMs: Math.round(process.uptime() * 1000), stopped };
}
