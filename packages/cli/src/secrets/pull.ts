import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { formatEnvFile } from "@aloft/adapters/secrets/env-files";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";
import { readTarget } from "./read-target.ts";
import { secretsTarget, type TargetOptions } from "./target.ts";

export interface PullOptions extends TargetOptions {
  readonly file: string;
  readonly force: boolean;
}

export interface Pulled {
  readonly environment: string;
  readonly region: string;
  readonly file: string;
  readonly variables: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Writes an environment's values into a file that only its owner may read.
 * @throws {CliError} `file_exists`: there is one, and `force` was not said. Nothing is written.
 */
export async function pullSecrets(io: Io, options: PullOptions): Promise<Pulled> {
  const path = resolve(options.file);
  if (existsSync(path) && !options.force) throw fileExists(options.file);
  const target = await secretsTarget(io, options);
  const admin = await target.open();
  const { values, problems } = await readTarget(target, admin);
  const text = formatEnvFile(values);
  const warnings = [
    ...problems.map(({ message, variables }) => `${variables.join(", ")}: ${message}`),
    ...gitWarnings(path),
  ];
  const draft = `${path}.${randomUUID()}`;
  try {
    if (options.force) {
      await writeFile(draft, text, { mode: 0o600, flag: "wx" });
      await rename(draft, path);
    } else await writeFile(path, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    await rm(draft, { force: true });
    if (error instanceof Error && "code" in error && error.code === "EEXIST") throw fileExists(options.file);
    throw new CliError(
      "file_not_written",
      `${options.file} cannot be written. Name another file, or mend its folder.`,
      {
        cause: error,
      },
    );
  }
  return {
    environment: admin.environment,
    region: admin.region,
    file: options.file,
    variables: Object.keys(values),
    warnings,
  };
}

function fileExists(file: string): CliError {
  return new CliError("file_exists", `${file} is there already. Name another file, or write over it with --force.`);
}

/** What git would do with the file: nothing to say outside of a repository. */
function gitWarnings(path: string): readonly string[] {
  const git = (...args: string[]): number | null =>
    spawnSync("git", ["-C", dirname(path), ...args, "--", basename(path)], { stdio: "ignore" }).status;
  if (git("ls-files", "--error-unmatch") === 0) {
    return [`git follows ${path}: the next commit would publish it. Run: git rm --cached ${path}`];
  }
  return git("check-ignore", "-q") === 1 ? [`git does not ignore ${path}. Add it to .gitignore.`] : [];
}
