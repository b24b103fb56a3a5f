import { productSecrets } from "@aloft/core/secrets/manifest";
import type { SecretsManifest } from "@aloft/core/secrets/define-secrets";
import type { Issue } from "@aloft/core/errors";
import type { z } from "zod";
import { AppConfigError } from "./app-config-error.ts";
import { exclusions } from "./exclusions.ts";
import { asIssue } from "./issues.ts";
import {
  environmentNames,
  type EnvironmentName,
  type librarySchema,
  type relationalSchema,
  resolvedSchema,
  type ResolvedOptions,
  type soloSchema,
  type WafOptions,
} from "./schema.ts";

interface Decided {
  readonly environment: EnvironmentName;
  /** `<name>-<environment>`: what stacks and what they own are named after. */
  readonly prefix: string;
  readonly protectData: boolean;
}

interface DecidedCompute extends Decided {
  readonly waf: WafOptions | false;
  readonly secrets: SecretsManifest;
  /** What ALOFT_SECRETS_PREFIX says to the program. */
  readonly secretsPrefix: string;
}

export type ResolvedSolo = Omit<z.output<typeof soloSchema>, "waf" | "secrets" | "protectData"> & DecidedCompute;
export type ResolvedRelational = Omit<z.output<typeof relationalSchema>, "waf" | "secrets" | "protectData"> &
  DecidedCompute;
export type ResolvedCompute = ResolvedSolo | ResolvedRelational;
export type ResolvedLibrary = Omit<z.output<typeof librarySchema>, "protectData"> & Decided;
/** An app in one of its environments: every default taken, everything checked that can be without AWS. */
export type ResolvedApp = ResolvedCompute | ResolvedLibrary;

/**
 * @param config what `aloft.config.ts` exports.
 * @throws {AppConfigError} with every fault.
 */
export function resolveApp(config: unknown, environment: string): ResolvedApp {
  const { environments, ...base } = asObject(config, "What the file exports");
  const all = asObject(environments ?? {}, "environments");
  const given = Object.keys(all);
  const unknown = given.filter((name) => !isEnvironment(name));
  const faults: Issue[] = unknown.map((name) => ({
    path: `environments.${name}`,
    message: `There is no environment "${name}": they are ${environmentNames.join(", ")}.`,
  }));
  if (given.length === 0) {
    faults.push({ path: "environments", message: "Name at least one, such as: environments: { dev: {} }" });
  }
  if (faults.length > 0) throw new AppConfigError(faults);
  if (!isEnvironment(environment) || !Object.hasOwn(all, environment)) {
    const message = `There is no environment "${environment}" here: it has ${given.join(", ")}.`;
    throw new AppConfigError([{ path: "environments", message }]);
  }
  const over = asObject(all[environment] ?? {}, `environments.${environment}`);
  const fixed = ["name", "topology", "environments"].filter((key) => key in over);
  if (fixed.length > 0) {
    const message = "is the same in every environment: an app with another one is another app.";
    throw new AppConfigError(fixed.map((key) => ({ path: `environments.${environment}.${key}`, message })));
  }
  const merged = merge(base, over);
  const parsed = resolvedSchema.safeParse(merged);
  if (!parsed.success) throw new AppConfigError(parsed.error.issues.flatMap((issue) => asIssue(issue, merged)));
  const options = parsed.data;
  const excluded = exclusions(options);
  if (excluded.length > 0) throw new AppConfigError(excluded);
  return decide(options, environment);
}

function decide(options: ResolvedOptions, environment: EnvironmentName): ResolvedApp {
  const production = environment === "production";
  const decided: Decided = {
    environment,
    prefix: `${options.name}-${environment}`,
    protectData: options.protectData ?? production,
  };
  if (options.topology === "library") return { ...options, ...decided };
  return {
    ...options,
    ...decided,
    waf: options.waf ?? (production ? { requestsPerFiveMinutes: 2000, managedRules: true } : false),
    secrets: options.secrets ?? productSecrets,
    secretsPrefix: `${options.name}/${environment === "production" ? "prod" : environment}`,
  };
}

/** Settings of the environment over those of all; objects are merged, lists replaced. */
function merge(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    // Variants exclude each other: a database of another engine keeps nothing of the first.
    const variant = isPlain(before) && isPlain(value) && "engine" in value && value["engine"] !== before["engine"];
    merged[key] = isPlain(before) && isPlain(value) && !variant ? merge(before, value) : value;
  }
  return merged;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isEnvironment(name: string): name is EnvironmentName {
  return (environmentNames as readonly string[]).includes(name);
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new AppConfigError([{ path: "", message: `${what} is not an object.` }]);
}
