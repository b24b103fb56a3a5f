import { spawn } from "node:child_process";
import { once } from "node:events";
import { CliError } from "../errors.ts";

/**
 * Runs the command beside a watcher, in a process group of their own. The watcher reads a pipe that only we hold: when
 * we are gone, however, it kills the group. The traps are there so that a command that ends on a signal in its own time
 * is waited for.
 */
const script = `
{ read -r _ <&3; kill -s KILL 0; } &
watcher=$!
trap : TERM INT HUP
/bin/sh -c "$1" 3<&-
status=$?
kill -s KILL "$watcher" 2>/dev/null
exit "$status"
`;
const patienceMs = 10_000;

export interface Supervised {
  readonly what: string;
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ends it when aborted. */
  readonly stop: AbortSignal;
}

/**
 * Runs a command of the shell to its end. What it prints goes to standard error. It does not outlive us, even if we are
 * killed.
 * @throws {CliError} it did not succeed. @throws the reason of `stop`.
 */
export async function runSupervised({ what, command, env, stop }: Supervised): Promise<void> {
  stop.throwIfAborted();
  const child = spawn("/bin/sh", ["-c", script, "aloft-exec", command], {
    env,
    detached: true,
    stdio: ["ignore", 2, 2, "pipe"],
  });
  // Node would send what it has to nobody otherwise.
  child.stdio[3]?.on("error", () => undefined);
  let patience: NodeJS.Timeout | undefined;
  const end = (): void => {
    killGroup(child.pid, "SIGTERM");
    patience = setTimeout(() => killGroup(child.pid, "SIGKILL"), patienceMs);
  };
  stop.addEventListener("abort", end, { once: true });
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    stop.throwIfAborted();
    if (code === 0) return;
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const message = `${what} failed with ${how}, so the program was not started. The command was: ${command}`;
    throw new CliError("preparation_failed", message);
  } finally {
    clearTimeout(patience);
    stop.removeEventListener("abort", end);
    child.stdio[3]?.destroy();
  }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}
