import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inspectSqlite } from "@aloft/adapters/store/sqlite-inspect";
import { schemaVersion } from "@aloft/core/tables";
import { keptAuthSecret } from "@aloft/server/config/data-folder";
import { databaseFile } from "../data-folder.ts";
import { codeOf, failed, type Finding, messageOf, ok, warning } from "./finding.ts";

const megabyte = 1024 * 1024;
const failBelowBytes = 64 * megabyte;
const warnBelowBytes = 1024 * megabyte;

export async function checkDataFolder(folder: string): Promise<Finding> {
  const check = "data folder";
  const status = statSync(folder, { throwIfNoEntry: false });
  if (status === undefined) {
    const fault = writeFault(existingParent(folder));
    if (fault === undefined) return ok(check, `${folder} will be made at the first start`);
    return failed(check, `${folder} cannot be made: ${fault}`, "Name another folder with --data or ALOFT_DATA_DIR.");
  }
  if (!status.isDirectory()) {
    return failed(check, `${folder} is a file`, "Move it away, or name a folder with --data or ALOFT_DATA_DIR.");
  }
  const fault = writeFault(folder);
  if (fault !== undefined) {
    return failed(
      check,
      `${folder} cannot be written to: ${fault}`,
      `Let this user write there, or use another folder.`,
    );
  }
  if (process.platform !== "win32" && (status.mode & 0o077) !== 0) {
    return warning(check, `${folder} can be opened by other users of this machine`, `chmod 700 ${folder}`);
  }
  return ok(check, folder);
}

function existingParent(folder: string): string {
  const parent = dirname(folder);
  return existsSync(parent) || parent === folder ? parent : existingParent(parent);
}

/** Why nothing can be written into a folder, found out by writing. */
function writeFault(folder: string): string | undefined {
  const probe = join(folder, `.aloft-doctor-${process.pid}`);
  try {
    writeFileSync(probe, "probe", { flag: "wx" });
    rmSync(probe);
    return undefined;
  } catch (error) {
    const reasons: Readonly<Record<string, string>> = {
      EACCES: "this user may not",
      EPERM: "this user may not",
      EROFS: "the disk is read-only",
      ENOSPC: "the disk is full",
      EDQUOT: "this user's quota is used up",
      ENOTDIR: "part of its path is a file",
    };
    return reasons[codeOf(error)] ?? messageOf(error);
  }
}

export function checkDatabase(folder: string): Finding {
  const path = join(folder, databaseFile);
  if (!existsSync(path)) return ok("database", "none yet; the first start makes it");
  try {
    const found = inspectSqlite(path);
    if (found.schemaVersion !== undefined && found.schemaVersion > schemaVersion) {
      const message = `${path} was written by a newer version (schema ${found.schemaVersion}, this is ${schemaVersion})`;
      return failed("database", message, "Upgrade Aloft, or use another data folder.");
    }
    return ok("database", `${databaseFile}, ${(found.bytes / megabyte).toFixed(1)} MB, is sound`);
  } catch (error) {
    return failed("database", messageOf(error), `Put a backup in the place of ${path}, with the server stopped.`);
  }
}

export async function checkAuthSecret(env: NodeJS.ProcessEnv, folder: string): Promise<Finding> {
  const check = "auth secret";
  const given = env["AUTH_SECRET"]?.trim() ?? "";
  if (given !== "") return ok(check, "AUTH_SECRET is set");
  const file = join(folder, "auth-secret");
  if (!existsSync(file)) return ok(check, "none yet; the first start makes one and keeps it in the data folder");
  const notes: string[] = [];
  try {
    await keptAuthSecret(folder, (note) => notes.push(note));
  } catch {
    const mend = `Restore ${file}; or delete it, and everybody has to sign in again.`;
    return failed(check, `${file} is damaged or cannot be read`, mend);
  }
  const [note] = notes;
  return note === undefined
    ? ok(check, "kept in the data folder, readable by this user alone")
    : warning(check, note, `To be safe, delete ${file}: the next start makes a new one.`);
}

export async function checkDisk(
  folder: string,
  measure: (path: string) => Promise<{ readonly bavail: number; readonly bsize: number }> = statfs,
): Promise<Finding> {
  const { bavail, bsize } = await measure(existsSync(folder) ? folder : existingParent(folder));
  const free = bavail * bsize;
  const message =
    free < warnBelowBytes
      ? `${Math.floor(free / megabyte)} MB free`
      : `${Math.floor(free / (1024 * megabyte))} GB free`;
  if (free < failBelowBytes) return failed("disk", message, "Free some space: writes will be refused soon.");
  if (free < warnBelowBytes) return warning("disk", message, "Free some space before it runs out.");
  return ok("disk", message);
}
