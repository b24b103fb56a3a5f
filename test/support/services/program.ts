import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createConnection, createServer, type AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

export const run = promisify(execFile);

export interface RunningService {
  readonly url: string;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Who runs it, as PostgreSQL refuses to run as root. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly port: number;
  /** Where something answers once the service is ready; default: as soon as the port takes connections. */
  readonly readyUrl?: string;
  readonly stopSignal?: NodeJS.Signals;
}

const readyWithinMs = 60_000;
const stoppedWithinMs = 5_000;

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a program and waits until it serves. @throws {Error} with its last words. */
export async function startProgram(options: ProgramOptions): Promise<{ stop(): Promise<void> }> {
  const { command, args, cwd, env, user, port, readyUrl } = options;
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...user,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let words = "";
  const listen = (chunk: unknown) => void (words = (words + String(chunk)).slice(-2000));
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  let failure: string | undefined;
  child.on("error", (error) => (failure = error.message));
  child.on("exit", (code) => (failure ??= `it ended with code ${code}`));
  const stop = () => stopChild(child, options.stopSignal ?? "SIGTERM");
  const deadline = Date.now() + readyWithinMs;
  while (!(await serves(port, readyUrl))) {
    if (failure === undefined && Date.now() < deadline) await delay(50);
    else {
      await stop();
      throw new Error(`${command} did not start: ${failure ?? "it took too long"}. ${words.trim().slice(-500)}`);
    }
  }
  return { stop };
}

async function stopChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), stoppedWithinMs);
  await ended;
  clearTimeout(timer);
}

async function serves(port: number, readyUrl: string | undefined): Promise<boolean> {
  if (readyUrl !== undefined)
    return fetch(readyUrl).then(
      () => true,
      () => false,
    );
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
