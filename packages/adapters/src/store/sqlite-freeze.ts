import { setTimeout as delay } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import { ThrottledError, UnavailableError } from "@aloft/core/errors";
import type { Freeze } from "@aloft/core/ports/store";
import { memoryPath } from "./sqlite-database.ts";
import { isBusy, translateError } from "./sqlite-errors.ts";

const timeoutMs = 30_000;

/**
 * Takes the file's one write lock, over a connection of its own, and keeps it: writers wait as for any other writer,
 * and the system gives the lock back if the process dies.
 * @throws {ThrottledError} writers kept it for 30 seconds.
 */
export async function freezeDatabase(path: string): Promise<Freeze> {
  if (path === memoryPath) throw new UnavailableError("A store in memory cannot be frozen: nobody else has it.");
  const handle = new DatabaseSync(path, { timeout: 0 });
  try {
    await lock(handle, path);
  } catch (error) {
    handle.close();
    throw translateError(error, path);
  }
  const release = async (): Promise<void> => {
    if (handle.isOpen) handle.close();
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** Between two commits of a busy writer there is little time, so it is tried often. */
async function lock(handle: DatabaseSync, path: string): Promise<void> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    try {
      handle.exec("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > until) {
        throw new ThrottledError(`${path} could not be frozen: writers kept it for ${timeoutMs} ms.`, { cause: error });
      }
    }
    await delay(1);
  }
}
