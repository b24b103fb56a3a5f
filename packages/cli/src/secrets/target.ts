import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { openSecretAdmin, type SecretAdmin } from "@aloft/adapters/secrets/secret-admin";
import type { WantedSecret } from "@aloft/adapters/secrets/read-aws";
import { InvalidError } from "@aloft/core/errors";
import type { SecretsManifest } from "@aloft/core/secrets/define-secrets";
import { productSecrets } from "@aloft/core/secrets/manifest";
import { manifestFromJson } from "@aloft/core/secrets/manifest-from-json";
import { environmentOf, type EnvironmentName, secretName } from "@aloft/core/secrets/names";
import { CliError, usageError } from "../errors.ts";
import { importModule } from "../import-module.ts";
import type { Io } from "../io.ts";
import { landedSecrets } from "./landed.ts";

/** Which secrets a command is about, and where they are. */
export interface SecretsTarget {
  readonly manifest: SecretsManifest;
  readonly environment: EnvironmentName;
  /** Every declared secret, under its name in that environment. */
  readonly wanted: readonly WantedSecret[];
  open(): Promise<SecretAdmin>;
}

export interface TargetOptions {
  readonly env: string | undefined;
  readonly manifest: string | undefined;
  readonly region: string | undefined;
}

/**
 * By the manifest that is named; else by the aloft.config.ts of this folder; else Aloft's own.
 * @throws {CliError} the manifest cannot be used. @throws {InvalidError} the environment's name is impossible.
 */
export async function secretsTarget(io: Io, options: TargetOptions): Promise<SecretsTarget> {
  const named = options.manifest === undefined ? undefined : await readManifest(options.manifest);
  const landed = named === undefined ? await landedSecrets(io, options.env) : undefined;
  const manifest = named ?? landed?.manifest ?? productSecrets;
  const environment = environmentOf(manifest, io.env, options.env);
  const prefix = landed?.prefix === undefined ? {} : { [manifest.prefixVariable ?? ""]: landed.prefix };
  return {
    manifest,
    environment,
    wanted: manifest.secrets.map((secret) => ({
      secret,
      name: secretName(manifest, secret, environment.name, { ...io.env, ...prefix }),
    })),
    open: () => openSecretAdmin(io.env, environment.name, { region: options.region ?? landed?.region }),
  };
}

/** A manifest of the user's own. @throws {CliError} with exit code 2. */
export async function readManifest(given: string): Promise<SecretsManifest> {
  const path = resolve(given);
  if (!existsSync(path)) throw usageError("manifest_not_found", `--manifest: there is no file ${path}.`);
  const found = extname(path) === ".json" ? fromJson(path, await readFile(path, "utf8")) : await fromModule(path);
  if (isManifest(found)) return found;
  const what = "it has to export what defineSecrets gives, as default or as `secrets`";
  throw usageError("manifest_invalid", `--manifest: ${path} is no manifest: ${what}.`);
}

function isManifest(value: unknown): value is SecretsManifest {
  return typeof value === "object" && value !== null && "secrets" in value && "environmentVariables" in value;
}

async function fromModule(path: string): Promise<unknown> {
  try {
    const { default: main, secrets } = await importModule<{ default?: unknown; secrets?: unknown }>(path);
    return main ?? secrets;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("manifest_invalid", `--manifest: ${path} cannot be loaded: ${why}`, { exitCode: 2, cause });
  }
}

function fromJson(path: string, text: string): SecretsManifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new CliError("manifest_invalid", `--manifest: ${path} is not JSON.`, { exitCode: 2, cause });
  }
  try {
    return manifestFromJson(parsed);
  } catch (cause) {
    if (!(cause instanceof InvalidError) || cause.issues.length > 0) throw cause;
    throw new CliError("manifest_invalid", `--manifest: ${path}: ${cause.message}`, { exitCode: 2, cause });
  }
}
