import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { EnvironmentName } from "@aloft/infra";
import type { ResolvedApp } from "@aloft/infra/config/resolve";
import { CliError, usageError } from "../../errors.ts";
import type { Io } from "../../io.ts";
import { loadInfra } from "../load-infra.ts";
import { type Answers, gatherAnswers } from "./answers.ts";
import { type Ask, askerOf, Stopped } from "./ask.ts";
import { configText, declarationsOf, manifestFileOf, manifestText, optionsOf } from "./config-text.ts";
import { contradictions, type Existing, existingConfig } from "./existing.ts";
import { assertWritable, type PlannedFile, planFile, type Wanted, write } from "./files.ts";
import type { Flags } from "./questions.ts";
import type { Outcome, Reported } from "./report.ts";
import { lookAround, type ManifestFile, type Surroundings } from "./surroundings.ts";
import { wantedFiles } from "./wanted.ts";

export interface InitOptions {
  /** Where aloft.config.ts goes; made if it is not there. */
  readonly folder: string;
  readonly flags: Flags;
  readonly yes: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
}

export interface InitResult {
  readonly folder: string;
  readonly files: readonly Reported[];
  /** With the texts that a dry run shows. */
  readonly planned: readonly PlannedFile[];
  readonly decided: {
    readonly topology: string;
    readonly name: string;
    readonly region: string;
    readonly environments: readonly EnvironmentName[];
  };
  readonly next: readonly string[];
}

/** What an app is, decided, and what says so. */
interface Decided {
  readonly apps: readonly [ResolvedApp, ...ResolvedApp[]];
  readonly manifest: ManifestFile | undefined;
  /** Files that only a new configuration brings. */
  readonly own: readonly Wanted[];
}

/**
 * Writes what an app needs to be landed.
 * @throws {CliError} an answer is impossible, or something cannot be written; then nothing is.
 * @throws {Stopped} at a question; nothing is written.
 */
export async function runInit(io: Io, options: InitOptions): Promise<InitResult> {
  const folder = resolve(options.folder);
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw usageError("not_a_folder", `${folder} is a file. Name the folder that aloft.config.ts belongs in.`);
  }
  await loadInfra(() => import("@aloft/infra/config/resolve"));
  const ask = options.yes ? undefined : askerOf(io);
  const found = await lookAround(folder);
  const existing = options.force ? undefined : await existingConfig(folder);
  const decided =
    existing === undefined ? await decideAnew(io, options, found, ask) : decideByFile(existing, options.flags, found);
  const wanted = [...decided.own, ...wantedFiles({ ...decided, found })];
  const planned = wanted.map((one) => planFile(one, folder));
  const files = options.dryRun ? planned.map(asPlanned) : await settle(planned, options.force, ask);
  const [app] = decided.apps;
  return {
    folder,
    files,
    planned,
    decided: {
      topology: app.topology,
      name: app.name,
      region: app.region,
      environments: decided.apps.map(({ environment }) => environment),
    },
    next: nextSteps(decided, found),
  };
}

async function decideAnew(io: Io, { flags }: InitOptions, found: Surroundings, ask: Ask | undefined): Promise<Decided> {
  const answers = await gatherAnswers({ io, flags, found, ask });
  const manifest = manifestFileOf(answers, found);
  const options = optionsOf(answers, found);
  const apps = await resolved(options, answers, manifest);
  const config: Wanted = {
    path: join(found.folder, "aloft.config.ts"),
    text: configText(options, manifest),
    as: "whole",
  };
  if (manifest === undefined || found.manifest !== undefined) return { apps, manifest, own: [config] };
  const text = manifestText(declarationsOf(answers, found), manifest);
  return { apps, manifest, own: [config, { path: join(found.folder, manifest), text, as: "once" }] };
}

/** @throws {CliError} with exit code 2, naming flags. */
async function resolved(
  options: Readonly<Record<string, unknown>>,
  { environments, topology }: Answers,
  manifest: ManifestFile | undefined,
): Promise<Decided["apps"]> {
  const { resolveApp } = await import("@aloft/infra/config/resolve");
  const { AppConfigError } = await import("@aloft/infra/config/app-config-error");
  const { defineSecrets } = await import("@aloft/core/secrets/define-secrets");
  // Which secrets there are is the manifest's matter, and decides nothing here.
  const secrets = manifest === undefined && topology !== "library" ? {} : { secrets: defineSecrets({}) };
  try {
    const [first = "dev", ...rest] = environments;
    const config = { ...options, ...secrets };
    return [resolveApp(config, first), ...rest.map((one) => resolveApp(config, one))];
  } catch (error) {
    if (!(error instanceof AppConfigError)) throw error;
    const faults = error.issues.map(({ path, message }) => `--${path.split(".")[0] ?? ""}: ${message}`);
    throw usageError("invalid_value", faults.join("\n"));
  }
}

function decideByFile({ apps, secretsFile }: Existing, flags: Flags, found: Surroundings): Decided {
  const against = contradictions(apps, flags);
  if (against.length > 0) {
    const what = against.map(({ flag, said, has }) => `--${flag} ${said}: it has ${has}.`).join("\n  ");
    const message = `aloft.config.ts is there already, and is what counts:\n  ${what}\nChange it there, or write it anew with --force.`;
    throw usageError("config_exists", message);
  }
  const kept = ["aloft.config.ts", ...(secretsFile === undefined ? [] : [secretsFile])];
  const own = kept.map((file): Wanted => ({ path: join(found.folder, file), text: "", as: "once" }));
  return { apps, manifest: secretsFile, own };
}

function asPlanned({ shown, fate }: PlannedFile): Reported {
  return { path: shown, outcome: fate === "differs" ? "kept" : fate };
}

/** Decides about every file before the first is written. */
async function settle(
  planned: readonly PlannedFile[],
  force: boolean,
  ask: Ask | undefined,
): Promise<readonly Reported[]> {
  for (const { path, fate } of planned) if (fate !== "unchanged") await assertWritable(path);
  const decisions: { readonly file: PlannedFile; readonly outcome: Outcome }[] = [];
  for (const file of planned) {
    if (file.fate !== "differs") decisions.push({ file, outcome: file.fate });
    else decisions.push({ file, outcome: (await mayOverwrite(file, force, ask)) ? "overwritten" : "kept" });
  }
  for (const { file, outcome } of decisions) {
    if (outcome !== "unchanged" && outcome !== "kept") await write(file);
  }
  return decisions.map(({ file, outcome }) => ({ path: file.shown, outcome }));
}

async function mayOverwrite({ shown }: PlannedFile, force: boolean, ask: Ask | undefined): Promise<boolean> {
  if (force) return true;
  if (ask === undefined) return false;
  const answer = await ask(`${shown} is there and differs. Overwrite it? [y/N] `);
  if (answer === undefined) throw new Stopped();
  return /^y(?:es)?$/i.test(answer.trim());
}

function nextSteps({ apps: [app], manifest }: Decided, found: Surroundings): readonly string[] {
  const { environment: env } = app;
  const add = { npm: "npm install --save-dev", pnpm: "pnpm add --save-dev", yarn: "yarn add --dev" }[
    found.packageManager
  ];
  return [
    `${add} @aloft/cli @aloft/infra${app.topology === "library" || typeof app.service.image === "object" ? "" : " @aloft/server"}`,
    ...(app.topology === "library" ? [`${add.replace(/ --(?:save-)?dev/, "")} @aloft/adapters`] : []),
    `npx aloft plan --env ${env}      what is made, its monthly price, and what would be refused; needs no credentials`,
    `npx aloft deploy --env ${env}    into the account of your credentials; it asks before it does`,
    ...(manifest === undefined
      ? []
      : [`npx aloft secrets push .env --env ${env}    what deploy says is still missing`]),
    ...(app.repository === undefined ? [] : ["then GitHub deploys: RUNBOOK.md says what to set there once"]),
  ];
}

/** What is said when somebody stopped at a question. */
export function stoppedError(): CliError {
  return new CliError("interrupted", "Stopped. Nothing was written.");
}
