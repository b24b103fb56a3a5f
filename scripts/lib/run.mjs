import { spawn } from "node:child_process";
import { constants } from "node:os";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a program in the foreground and gives its exit code. Signals are passed on, and waited for.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ stdio?: import("node:child_process").StdioOptions, env?: Record<string, string>, cwd?: string }} [options]
 * @returns {Promise<number>} of a program ended by a signal: 128 and its number, as a shell has it.
 */
export function run(command, args, { stdio = "inherit", env = {}, cwd = process.cwd() } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio, env: { ...process.env, ...env } });
    const pass = (signal) => child.kill(signal);
    for (const signal of signals) process.on(signal, pass);
    const settle = (finish) => (value) => {
      for (const signal of signals) process.off(signal, pass);
      finish(value);
    };
    child.on("error", settle(reject));
    child.on("exit", (code, signal) => settle(resolve)(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
  });
}
