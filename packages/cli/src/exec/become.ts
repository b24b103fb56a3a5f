import module from "node:module";
import { CliError } from "../errors.ts";
import { findProgram } from "./find-program.ts";

/** Signals that Node ignores from its start on; a program that is started ignored would never get them back. */
const ignoredByNode = ["SIGPIPE", "SIGXFSZ"] as const;

/** A pipe that Node has opened does not block any more, for anybody who has it: few programs expect that. */
interface Piped {
  readonly _handle?: { readonly setBlocking?: (blocking: boolean) => void };
}

/**
 * Becomes the program: the same process, with its descriptors, its terminal and its parent. Nothing of ours is left, so
 * there is nothing that signals or exit codes would have to pass through.
 * @throws {CliError} with exit code 126 or 127: it cannot be started.
 * @see https://nodejs.org/docs/latest-v24.x/api/process.html#processexecvefile-args-env
 */
export function become(words: readonly string[], env: NodeJS.ProcessEnv): never {
  if (process.execve === undefined || process.platform === "win32") {
    throw new CliError("not_supported", "aloft exec needs Linux or macOS: this system has no exec.");
  }
  const { path, args } = findProgram(words, env);
  module.flushCompileCache();
  for (const stream of [process.stdout, process.stderr]) (stream as Piped)._handle?.setBlocking?.(true);
  // A handler is set back to the default by the kernel, what is ignored stays ignored.
  for (const signal of ignoredByNode) process.on(signal, () => undefined);
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  return process.execve(path, args, set);
}
