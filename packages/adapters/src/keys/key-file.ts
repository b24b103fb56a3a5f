import { randomBytes } from "node:crypto";
import { chmod, link, lstat, open, readFile, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { IncompatibleError, KeysError, StorageFullError, UnavailableError } from "@aloft/core/errors";
import { isBusy } from "../store/sqlite-errors.ts";
import { firstKeys, type KeyFileContent, parseKeyFile } from "./key-file-content.ts";

/** A key file as it was when it was last looked at. */
export interface KeyFile {
  /** @throws {KeysError} it is gone or damaged. */
  read(): Promise<KeyFileContent>;
  /** As far as it is known: looked at again after a few seconds. @throws {KeysError} */
  recent(): Promise<KeyFileContent>;
  /** Changes it for everybody; of several at once each sees what the one before made. */
  change(by: (content: KeyFileContent) => KeyFileContent): Promise<KeyFileContent>;
}

/** How long what was read is taken to be what is there. */
const recentMs = 2_000;
const lockPatienceMs = 10_000;

/**
 * Opens the file, making it first if it is not there.
 * @param onNotice is told when its permissions had to be narrowed.
 * @throws {KeysError} it is damaged or cannot be read. @throws {StorageFullError} it cannot be written.
 */
export async function openKeyFile(path: string, now: () => Date, onNotice: (notice: string) => void): Promise<KeyFile> {
  await makeKeyFile(path, now());
  await narrow(path, onNotice);
  let known = { content: await load(path), stamp: await stampOf(path), atMs: performance.now() };
  const read = async (): Promise<KeyFileContent> => {
    const stamp = await stampOf(path);
    const content = stamp === known.stamp ? known.content : await load(path);
    known = { content, stamp, atMs: performance.now() };
    return content;
  };
  return {
    read,
    recent: async () => (performance.now() - known.atMs < recentMs ? known.content : read()),
    change: (by) =>
      locked(path, async () => {
        const content = by(await load(path));
        await replace(path, content);
        return read();
      }),
  };
}

/** Distinguishes any two states of the file: it is never written in place. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(path, { bigint: true });
    return `${ino}:${mtimeNs}:${size}`;
  } catch (error) {
    throw gone(path, error);
  }
}

async function load(path: string): Promise<KeyFileContent> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw gone(path, error);
  }
  const content = parseKeyFile(text);
  if (content === "newer") {
    throw new IncompatibleError(`${path} was written by a newer version of Aloft. Upgrade; nothing was changed.`);
  }
  if (content === undefined) throw damaged(path, "is damaged");
  return content;
}

/** Writes it under another name first, so that it is never there half-written, and gives way to whoever was first. */
async function makeKeyFile(path: string, now: Date): Promise<void> {
  try {
    const status = await lstat(path);
    if (!status.isFile()) throw damaged(path, "is not a file");
    return;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error instanceof KeysError ? error : gone(path, error);
  }
  await writeDraft(path, firstKeys(now), async (draft) => {
    try {
      await link(draft, path);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    } finally {
      await unlink(draft);
    }
  });
}

async function replace(path: string, content: KeyFileContent): Promise<void> {
  await writeDraft(path, content, async (draft) => {
    await rename(draft, path);
    if (process.platform === "win32") return;
    const folder = await open(dirname(path));
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  });
}

async function writeDraft(path: string, content: KeyFileContent, use: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const handle = await open(draft, "wx", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await use(draft);
  } catch (cause) {
    await unlink(draft).catch(() => undefined);
    throw new StorageFullError(`${path} cannot be written (${codeOf(cause)}). Nothing was changed.`, { cause });
  }
}

async function narrow(path: string, onNotice: (notice: string) => void): Promise<void> {
  if (process.platform === "win32") return;
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  await chmod(path, 0o600).catch((cause: unknown) => {
    const message = `${path} can be read by others on this machine, and this user may not change that. Run: chmod 600 ${path}`;
    throw new KeysError("key_unavailable", message, { cause });
  });
  onNotice(
    `${path} could be read by others on this machine. It no longer can; if you do not trust them, run: ` +
      "aloft keys rotate sealing, then aloft keys reseal.",
  );
}

/** Works while no other process changes the file. The lock is one of the operating system's, so it ends with its holder. */
async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const { DatabaseSync } = await import("node:sqlite");
  const lock = `${path}.lock`;
  const deadline = performance.now() + lockPatienceMs;
  for (;;) {
    const handle = take(lock, DatabaseSync);
    if (handle !== undefined) {
      try {
        return await work();
      } finally {
        handle.close();
      }
    }
    if (performance.now() > deadline) throw new UnavailableError(`Another process is changing ${path}. Try again.`);
    await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 20));
  }
}

function take(lock: string, Database: typeof DatabaseSync): DatabaseSync | undefined {
  let handle: DatabaseSync | undefined;
  try {
    handle = new Database(lock, { timeout: 0 });
    handle.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return handle;
  } catch (cause) {
    handle?.close();
    if (isBusy(cause)) return undefined;
    throw new StorageFullError(`${lock} cannot be written. Nothing was changed.`, { cause });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

const loss = "without it, nothing that it sealed can be opened";

function damaged(path: string, how: string): KeysError {
  const message = `${path} ${how}. Restore it from a backup: ${loss}. It was left as it is.`;
  return new KeysError("key_unavailable", message);
}

function gone(path: string, cause: unknown): KeysError {
  const code = codeOf(cause);
  const how = code === "ENOENT" ? "is gone" : code === "ENOTDIR" ? "cannot be: a folder is a file" : "cannot be read";
  const message = `${path} ${how}${code === "EACCES" ? " by this user" : ""}. Restore it from a backup: ${loss}.`;
  return new KeysError("key_unavailable", message, { cause });
}
