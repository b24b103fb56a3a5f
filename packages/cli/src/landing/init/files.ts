import { constants, existsSync, statSync } from "node:fs";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { CliError } from "../../errors.ts";
import { textOf } from "./surroundings.ts";

/** A file that is to be there. */
export interface Wanted {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** `whole`: the file is this text. `once`: only if there is none. `lines`: the file has these lines, whatever else it has. */
  readonly as: "whole" | "once" | "lines";
}

/** What becomes of a file. `differs`: it is there and says something else. */
export type Fate = "created" | "unchanged" | "extended" | "differs";

export interface PlannedFile {
  readonly path: string;
  /** From the folder that is set up. */
  readonly shown: string;
  readonly fate: Fate;
  /** The file's whole new text. */
  readonly text: string;
}

export function planFile({ path, text, as }: Wanted, folder: string): PlannedFile {
  const shown = relative(folder, path);
  const before = textOf(path);
  if (before === undefined) return { path, shown, fate: "created", text: as === "lines" ? `${text}\n` : text };
  if (as === "once" || before === text) return { path, shown, fate: "unchanged", text: before };
  if (as === "whole") return { path, shown, fate: "differs", text };
  const there = new Set(before.split("\n").map((line) => line.trim()));
  const added = text.split("\n").filter((line) => line !== "" && !there.has(line));
  if (added.length === 0) return { path, shown, fate: "unchanged", text: before };
  const end = before === "" || before.endsWith("\n") ? "" : "\n";
  return { path, shown, fate: "extended", text: `${before}${end}${added.join("\n")}\n` };
}

/**
 * Looks whether a file could be written, and writes nothing.
 * @throws {CliError} `not_writable`, with what is in the way.
 */
export async function assertWritable(path: string): Promise<void> {
  if (existsSync(path) && !statSync(path).isFile()) {
    throw new CliError("not_writable", `${path} is in the way: it is no file. Nothing was written.`);
  }
  const folder = nearest(dirname(path));
  if (!statSync(folder).isDirectory()) {
    throw new CliError("not_writable", `${folder} is a file, and a folder is needed there. Nothing was written.`);
  }
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    const who = "The folder has to be writable for who runs aloft init.";
    throw new CliError("not_writable", `Nothing can be written in ${folder}. ${who} Nothing was written.`, { cause });
  });
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}

/** Writes a file whole or not at all. @throws {CliError} `not_writable`. */
export async function write({ path, text }: PlannedFile): Promise<void> {
  const draft = join(dirname(path), `.aloft-init-${process.pid}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("not_writable", `${path} could not be written: ${why}. The same command goes on.`, { cause });
  }
}
