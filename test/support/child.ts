import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));
export const startScript: string = `${root}scripts/start.mjs`;
const condition = "--conditions=aloft-source";

export interface Ready {
  readonly ready: true;
  readonly url: string;
  readonly signInUrl: string;
  readonly dataDir: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program under test. Whatever happens, it is gone once it is disposed of. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whose process it is, if this one may decide that. */
  readonly uid?: number;
  readonly gid?: number;
}

const inherited = ["PATH", "HOME", "TMPDIR", "LANG", "USER"];

/** The environment of a machine where nothing of Aloft's is set. */
export function plainEnv(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...Object.fromEntries(kept), ...more };
}

export function runChild(command: string, args: readonly string[], options: ChildOptions = {}): Child {
  const child = spawn(command, args, {
    ...options,
    cwd: options.cwd ?? "/",
    env: plainEnv(options.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code, signal]): Ended => ({ code, signal, stdout, stderr }));
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> => {
    child.kill(signal);
    return ended;
  };
  return {
    process: child,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    stop,
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
    },
  };
}

/** `npm start -- …`, without npm. */
export function runStart(args: readonly string[], options: ChildOptions = {}): Child {
  return runChild(process.execPath, [condition, startScript, ...args], options);
}

/** `aloft …` */
export function runAloft(args: readonly string[], options: ChildOptions = {}): Child {
  return runChild(process.execPath, [condition, `${root}packages/cli/bin/aloft.js`, ...args], options);
}

export interface Server extends Child {
  readonly ready: Ready;
  /** From the process's start to its line. */
  readonly readyInMs: number;
}

/** Starts the product on a data folder and any free port. @throws what it said instead of being ready. */
export async function startServer(
  dataDir: string,
  options: ChildOptions & { readonly args?: readonly string[] } = {},
): Promise<Server> {
  const started = performance.now();
  const child = runStart(["--json", "--port", "0", "--data", dataDir, ...(options.args ?? [])], options);
  const ready = await readyLine(child);
  return { ...child, ready, readyInMs: performance.now() - started };
}

/** The first line of a program that says when it is ready. */
export async function readyLine(child: Child): Promise<Ready> {
  const line = await new Promise<string>((resolve, reject) => {
    const look = (): void => {
      const end = child.stdout().indexOf("\n");
      if (child.stdout().includes('"ready":true') && end >= 0) resolve(child.stdout().slice(0, end));
    };
    child.process.stdout?.on("data", look);
    void child.ended.then(({ code, stdout, stderr }) =>
      reject(new Error(`ended with ${code} before it was ready\n${stdout}${stderr}`)),
    );
  });
  return JSON.parse(line) as Ready;
}
