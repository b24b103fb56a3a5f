import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AloftError, StorageFullError } from "@aloft/core/errors";
import { makeFolder } from "./folder.ts";
import { isBusy, translateError } from "./sqlite-errors.ts";

/** Another process works on the data folder. */
export class DataFolderInUseError extends AloftError {
  readonly code = "data_folder_in_use";
  /** The holder's process, as far as it is known. */
  readonly pid: number | undefined;
  /** Where the holder serves, as far as it is known. */
  readonly url: string | undefined;

  constructor(folder: string, holder: Holder) {
    const who = holder.pid === undefined ? "another process" : `process ${holder.pid}`;
    const where = holder.url === undefined ? "" : ` at ${holder.url}`;
    super(`The data folder ${folder} is in use by ${who}${where}. Stop it first, or give another data folder.`);
    this.pid = holder.pid;
    this.url = holder.url;
  }
}

export interface DataFolderLock extends AsyncDisposable {
  /** Lets whoever is refused know where the holder serves. */
  readonly announce: (url: string) => void;
  /** Gives the folder up. Twice is no error. */
  readonly release: () => void;
}

interface Holder {
  readonly pid?: number | undefined;
  readonly url?: string | undefined;
}

/**
 * Takes a data folder for this process alone, making it if it is not there. The lock is one of the operating system's
 * on a file in it, so it ends with the process, however that ends.
 * @throws {DataFolderInUseError} another holds it, in this process or in another.
 * @throws {StorageFullError} the folder cannot be made or written.
 */
export async function lockDataFolder(folder: string, info: { readonly url?: string } = {}): Promise<DataFolderLock> {
  const holderFile = join(folder, "lock.json");
  const handle = acquire(folder, holderFile);
  const announce = (holder: Holder): void => {
    writeFileSync(holderFile, `${JSON.stringify({ pid: process.pid, ...holder })}\n`, { mode: 0o600 });
  };
  const release = (): void => {
    if (!handle.isOpen) return;
    rmSync(holderFile, { force: true });
    handle.close();
  };
  announce(info);
  return {
    announce: (url) => announce({ url }),
    release,
    [Symbol.asyncDispose]: async () => release(),
  };
}

function acquire(folder: string, holderFile: string): DatabaseSync {
  const lockFile = join(folder, "lock");
  let handle: DatabaseSync | undefined;
  try {
    makeFolder(folder);
    // An existing file is not opened here: closing it would drop the lock that this process may hold on it.
    if (!existsSync(lockFile)) closeSync(openSync(lockFile, "a", 0o600));
    handle = new DatabaseSync(lockFile, { timeout: 0 });
    handle.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return handle;
  } catch (error) {
    handle?.close();
    if (isBusy(error)) throw new DataFolderInUseError(folder, readHolder(holderFile));
    if (isNodeError(error)) {
      throw new StorageFullError(`The data folder ${folder} cannot be made or written: ${error.message}.`, {
        cause: error,
      });
    }
    throw translateError(error, lockFile);
  }
}

function isNodeError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}

/** What the holder says of itself; it may be about to say it. */
function readHolder(file: string): Holder {
  try {
    const holder: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof holder !== "object" || holder === null) return {};
    return {
      pid: "pid" in holder && typeof holder.pid === "number" ? holder.pid : undefined,
      url: "url" in holder && typeof holder.url === "string" ? holder.url : undefined,
    };
  } catch {
    return {};
  }
}
