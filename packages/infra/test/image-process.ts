import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, root, runChild } from "../../../test/support/child.ts";

/** What an image's Dockerfile says of how it runs. */
interface ImageWords {
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export function imageWords(dockerfile: string): ImageWords {
  const text = readFileSync(dockerfile, "utf8");
  const words = (instruction: string): string[] => {
    const found = new RegExp(`^${instruction} (\\[.*\\])$`, "m").exec(text)?.[1];
    if (found === undefined) throw new Error(`${dockerfile} has no ${instruction} with a list of words`);
    return JSON.parse(found) as string[];
  };
  const settings = [...text.matchAll(/^ENV (.*)$/gm)].flatMap(([, line = ""]) => line.split(" "));
  const environment = Object.fromEntries(settings.map((one) => one.split("=", 2) as [string, string]));
  return { entryPoint: words("ENTRYPOINT"), command: words("CMD"), environment };
}

export interface ContainerWords {
  readonly entryPoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ImageProcessOptions {
  readonly dockerfile: string;
  /** What the image has as its working directory. */
  readonly cwd: string;
  readonly python: string;
  /** Where its programs are put. */
  readonly bin: string;
  /** What differs from a container at AWS. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** Starts what a container would: the image's words where the task definition has none, its environment, no other. */
export function imageProcess(container: ContainerWords, options: ImageProcessOptions): Child {
  const { dockerfile, cwd, python, bin, overrides } = options;
  mkdirSync(bin, { recursive: true });
  program(
    join(bin, "aloft"),
    `exec "${process.execPath}" --conditions=aloft-source "${root}packages/cli/bin/aloft.js" "$@"`,
  );
  program(join(bin, "python"), `exec "${python}" "$@"`);
  const image = imageWords(dockerfile);
  const words = (given: readonly string[] | undefined, own: readonly string[]) =>
    given === undefined || given.length === 0 ? own : given;
  // A task's own entry point takes the image's command away as well, as Docker does.
  const command = words(container.command, container.entryPoint === undefined ? image.command : []);
  const [first = "", ...rest] = [...words(container.entryPoint, image.entryPoint), ...command];
  const env = { ...image.environment, ...container.environment, ...overrides };
  return runChild(join(bin, first), rest, { cwd, env: { ...env, PATH: `${bin}:/usr/bin:/bin` } });
}

function program(path: string, line: string): void {
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}
