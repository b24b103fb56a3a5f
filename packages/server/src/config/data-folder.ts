import { randomBytes } from "node:crypto";
import { access, chmod, constants, link, lstat, mkdir, open, readFile, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ConfigError } from "./config-error.ts";

const example = "ALOFT_DATA_DIR=./data";
const secretFile = "auth-secret";

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/**
 * Makes the folder where everything is kept, for its owner only, unless it is there.
 * @throws {ConfigError} it cannot be made, is no folder, or cannot be written to.
 */
export async function openDataFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new ConfigError([{ variable: "ALOFT_DATA_DIR", problem: problemOf(codeOf(cause), folder), example }], {
      cause,
    });
  }
}

/** Node's own recursive `mkdir` never returns where a parent takes no folders, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  const make = () => mkdir(folder, { mode: 0o700 });
  try {
    await make();
  } catch (error) {
    const parent = dirname(folder);
    if (codeOf(error) === "EEXIST" && (await stat(folder)).isDirectory()) return;
    if (codeOf(error) !== "ENOENT" || parent === folder) throw error;
    await makeFolder(parent);
    await make().catch((again: unknown) => {
      if (codeOf(again) !== "EEXIST") throw again;
    });
  }
}

function problemOf(code: string, folder: string): string {
  switch (code) {
    case "EEXIST":
    case "ENOTDIR":
      return `${folder} cannot be a folder: something else is there.`;
    case "EROFS":
      return `${folder} is on a disk that is read-only.`;
    case "ENOSPC":
    case "EDQUOT":
      return `${folder} is on a disk that is full.`;
    default:
      return `${folder} cannot be written to by this user.`;
  }
}

/**
 * The secret of this data folder: made once, however many servers start at the same moment, and readable by its owner
 * only.
 * @param warn is told when the file's permissions had to be narrowed.
 * @throws {ConfigError} the file is damaged or cannot be read.
 */
export async function keptAuthSecret(folder: string, warn: (message: string) => void): Promise<string> {
  const file = join(folder, secretFile);
  try {
    return await readSecret(file, warn);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw asConfigError(error, file);
  }
  try {
    await createSecret(file);
    return await readSecret(file, warn);
  } catch (error) {
    throw asConfigError(error, file);
  }
}

/** Writes the secret under another name first, so that the file is never there half-written. */
async function createSecret(file: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`${randomBytes(48).toString("base64url")}\n`);
    await handle.sync();
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    await handle.close();
    await unlink(draft);
  }
}

async function readSecret(file: string, warn: (message: string) => void): Promise<string> {
  const status = await lstat(file);
  if (!status.isFile()) throw damaged(file, "is not a file");
  if (process.platform !== "win32" && (status.mode & 0o077) !== 0) {
    await chmod(file, 0o600);
    warn(`${file} could be read by others on this machine. It no longer can; if you do not trust them, delete it.`);
  }
  const secret = (await readFile(file, "utf8")).trim();
  if (!/^[A-Za-z0-9_-]{43,}$/.test(secret)) throw damaged(file, "is damaged");
  return secret;
}

function damaged(file: string, how: string, cause?: unknown): ConfigError {
  const problem = `${file} ${how}. Restore it; or delete it, and everybody has to sign in again.`;
  return new ConfigError([{ variable: "AUTH_SECRET", problem, example: "AUTH_SECRET=$(openssl rand -base64 48)" }], {
    cause,
  });
}

function asConfigError(error: unknown, file: string): ConfigError {
  if (error instanceof ConfigError) return error;
  const code = codeOf(error);
  if (!["ENOSPC", "EDQUOT", "EROFS"].includes(code)) return damaged(file, "cannot be read or written", error);
  const problem = problemOf(code, dirname(file));
  return new ConfigError([{ variable: "ALOFT_DATA_DIR", problem, example }], { cause: error });
}
