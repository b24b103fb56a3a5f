import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

const condition = "--conditions=aloft-source";

export interface Child {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the exit code, null if it was killed. */
  readonly exited: Promise<number | null>;
}

/** Runs a program of this package in a process of its own. */
export function startProgram(file: string, ...args: readonly string[]): Child {
  return start([condition, new URL(file, import.meta.url).pathname, ...args]);
}

/** Runs a few lines of JavaScript in a process of its own; they may import this package. */
export function startLines(code: string): Child {
  return start([condition, "--input-type=module", "--eval", code]);
}

function start(args: readonly string[]): Child {
  const child = spawn(process.execPath, args, {
    cwd: new URL(".", import.meta.url).pathname,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    let text = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    return () => text;
  }) as [() => string, () => string];
  const exited = once(child, "close").then(([code]) => code as number | null);
  return { process: child, stdout, stderr, exited };
}
