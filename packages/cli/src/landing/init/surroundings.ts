import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type PackageManager = "npm" | "pnpm" | "yarn";

/** What a folder and its repository say of an app before anybody is asked. */
export interface Surroundings {
  readonly folder: string;
  /** Where git's repository begins, which is where GitHub looks for workflows; without git the folder itself. */
  readonly repositoryFolder: string;
  /** What the app is called in package.json, or its folder. */
  readonly title: string;
  /** Of git's remote `origin`, if that is on GitHub. */
  readonly repository: string | undefined;
  readonly packageManager: PackageManager;
  /** In what the folder's own program seems to be written. */
  readonly language: "node" | "python" | undefined;
  /** What package.json says under `start`. */
  readonly start: string | undefined;
  /** What starts a program in Python, by the files that are there. */
  readonly pythonCommand: readonly string[];
  readonly dockerfile: boolean;
  /** The port that the Dockerfile exposes. */
  readonly port: number | undefined;
  /** Names of variables in `.env.example` or `.env`. Their values are not looked at. */
  readonly variables: readonly string[];
  readonly manifest: ManifestFile | undefined;
}

export const manifestFiles = ["secrets.manifest.ts", "secrets.manifest.mjs", "secrets.manifest.json"] as const;
export type ManifestFile = (typeof manifestFiles)[number];

/** Looks at files and git only. */
export async function lookAround(folder: string): Promise<Surroundings> {
  const dockerfile = textOf(join(folder, "Dockerfile"));
  const pkg = packageOf(folder);
  return {
    folder,
    repositoryFolder: repositoryOf(folder) ?? folder,
    title: pkg?.name ?? basename(folder),
    repository: await gitHubRepository(folder),
    packageManager: packageManagerOf(folder),
    language: languageOf(folder, pkg),
    start: pkg?.scripts?.["start"],
    pythonCommand: pythonCommandOf(folder),
    dockerfile: dockerfile !== undefined,
    port: dockerfile === undefined ? undefined : exposed(dockerfile),
    variables: variablesOf(textOf(join(folder, ".env.example")) ?? textOf(join(folder, ".env")) ?? ""),
    manifest: manifestFiles.find((file) => existsSync(join(folder, file))),
  };
}

/** The text of a file; undefined if there is none. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** `owner/name` of a remote on GitHub, over HTTPS or SSH. */
export function parseRemote(remote: string): string | undefined {
  const match = /^(?:https:\/\/(?:[^@/]+@)?|git@|ssh:\/\/git@)github\.com[/:]([\w-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(
    remote.trim(),
  );
  return match === null ? undefined : `${match[1]}/${match[2]}`;
}

interface Package {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

function packageOf(folder: string): Package | undefined {
  try {
    const parsed: unknown = JSON.parse(textOf(join(folder, "package.json")) ?? "null");
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function languageOf(folder: string, pkg: Package | undefined): Surroundings["language"] {
  if (["requirements.txt", "pyproject.toml"].some((file) => existsSync(join(folder, file)))) return "python";
  return pkg?.scripts?.["start"] === undefined ? undefined : "node";
}

/** FastAPI and whatever else names uvicorn is served by it, others start themselves. */
function pythonCommandOf(folder: string): readonly string[] {
  const module = ["main", "app"].find((name) => existsSync(join(folder, `${name}.py`))) ?? "app";
  const needs = ["requirements.txt", "pyproject.toml"].map((file) => textOf(join(folder, file)) ?? "").join("\n");
  if (!/^[\s"']*(?:fastapi|uvicorn)\b/im.test(needs.replaceAll(/[[,]/g, "\n"))) return ["python", `${module}.py`];
  return ["uvicorn", `${module}:app`, "--host", "0.0.0.0", "--port", "3000"];
}

function packageManagerOf(folder: string): PackageManager {
  if (existsSync(join(folder, "pnpm-lock.yaml"))) return "pnpm";
  return existsSync(join(folder, "yarn.lock")) ? "yarn" : "npm";
}

function repositoryOf(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : repositoryOf(parent);
}

async function gitHubRepository(folder: string): Promise<string | undefined> {
  if (repositoryOf(folder) === undefined) return undefined;
  const git = run("git", ["-C", folder, "remote", "get-url", "origin"]);
  return git.then(
    ({ stdout }) => parseRemote(stdout),
    // No git on this machine, or no such remote.
    () => undefined,
  );
}

function exposed(dockerfile: string): number | undefined {
  const port = /^\s*EXPOSE\s+(\d+)/im.exec(dockerfile)?.[1];
  return port === undefined ? undefined : Number(port);
}

function variablesOf(env: string): readonly string[] {
  const names = [...env.matchAll(/^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=/gm)].map(([, name = ""]) => name);
  return [...new Set(names)];
}
