import { createHash } from "node:crypto";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** What programs write beside their sources. */
const passedOver = new Set(["node_modules", "__pycache__", "venv", "env", "dist-info", "tmp", "log", "logs", "data"]);
const maxFiles = 20_000;

/**
 * What a command in this folder stands for: the command, and the names, sizes and times of the files of the program. A
 * new release has another, so that its migration is never taken for done; instances of one image have the same.
 */
export function fingerprint(command: string, folder: string): string {
  const hash = createHash("sha256").update(`${command}\n`);
  let left = maxFiles;
  const walk = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith(".") || passedOver.has(entry.name) || entry.name.endsWith(".pyc")) continue;
      const full = join(path, entry.name);
      if (entry.isDirectory()) walk(full);
      else if (entry.isFile() && left-- > 0) {
        const status = lstatSync(full, { throwIfNoEntry: false });
        hash.update(`${full.slice(folder.length)}\0${status?.size}\0${status?.mtimeMs}\n`);
      }
    }
  };
  walk(folder);
  // Nobody can tell: never the same.
  if (left < 0) hash.update(String(process.hrtime.bigint()) + String(process.pid));
  return hash.digest("hex");
}
