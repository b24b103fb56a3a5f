import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { AppConfig, EnvironmentName } from "@aloft/infra";
import type { ResolvedApp } from "@aloft/infra/config/resolve";
import { CliError, usageError } from "../errors.ts";
import { closest } from "../suggest.ts";
import { importConfig } from "./import-config.ts";
import { loadInfra } from "./load-infra.ts";

/** An app in one environment, with where it was found. */
export interface LoadedApp {
  readonly file: string;
  /** Of the file: paths in the configuration are relative to it. */
  readonly folder: string;
  readonly config: AppConfig;
  readonly environment: EnvironmentName;
  /** Every environment that the file names. */
  readonly environments: readonly EnvironmentName[];
  readonly app: ResolvedApp;
}

export interface AppConfigOptions {
  /** `--config`: a file, or the folder that it is in. */
  readonly config?: string | undefined;
  /** `--env`. */
  readonly env?: string | undefined;
  /** Instead of the region that the file says. */
  readonly region?: string | undefined;
  /** Where paths begin. Default: the process's folder. */
  readonly cwd?: string | undefined;
}

const fileNames = ["aloft.config.ts", "aloft.config.mts", "aloft.config.js", "aloft.config.mjs"] as const;

/**
 * Reads `aloft.config.ts` and decides everything about the app in one environment. Needs no AWS.
 * @throws {CliError} there is no such file, it cannot be loaded, or which environment is meant is not said.
 * @throws {AppConfigError} the configuration has faults; every one is named.
 */
export async function loadAppConfig(options: AppConfigOptions): Promise<LoadedApp> {
  const file = findConfig(options);
  const config = await importConfig(file);
  const { environmentNames } = await loadInfra(() => import("@aloft/infra/config/schema"));
  const { resolveApp } = await loadInfra(() => import("@aloft/infra/config/resolve"));
  const named = Object.keys(asRecord(asRecord(config)["environments"]));
  const environments = environmentNames.filter((name) => named.includes(name));
  // A file without any is told so, among its other faults.
  const environment = named.length === 0 ? "dev" : chosen(options.env, named);
  const app = resolveApp(inRegion(config, environment, options.region), environment);
  return { file, folder: dirname(file), config: config as AppConfig, environment: app.environment, environments, app };
}

function findConfig({ config, cwd = process.cwd() }: AppConfigOptions): string {
  const given = resolve(cwd, config ?? ".");
  if (!existsSync(given)) throw usageError("config_not_found", `--config: there is no ${given}.`);
  if (!statSync(given).isDirectory()) return given;
  const found = fileNames.filter((name) => existsSync(join(given, name)));
  const [file] = found;
  if (file === undefined) {
    throw new CliError("config_not_found", `There is no aloft.config.ts in ${given}. To write one: aloft init`);
  }
  if (found.length === 1) return join(given, file);
  throw new CliError("config_ambiguous", `There are ${found.join(" and ")}: keep one, or name it with --config.`);
}

function chosen(env: string | undefined, named: readonly string[]): string {
  const all = named.join(", ");
  if (env === undefined) {
    if (named.length === 1) return named[0] ?? "";
    throw usageError("environment_needed", `Which environment? --env is one of ${all}.`);
  }
  if (named.includes(env)) return env;
  const meant = closest(env, named) ?? named.find((name) => name.startsWith(env) || env.startsWith(name));
  const hint = meant === undefined ? `It has ${all}.` : `Did you mean "${meant}"?`;
  throw usageError("unknown_environment", `The configuration has no environment "${env}". ${hint}`);
}

function inRegion(config: unknown, environment: string, region: string | undefined): unknown {
  if (region === undefined) return config;
  const environments = asRecord(asRecord(config)["environments"]);
  const here = { ...asRecord(environments[environment]), region };
  return { ...asRecord(config), environments: { ...environments, [environment]: here } };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
