import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { secretsEnabled } from "@aloft/server/config/env";
import { environmentOf } from "@aloft/core/secrets/names";
import type { ExecSettings } from "./run-exec.ts";
import { say } from "./say.ts";

/** Taken when none is named. */
const manifestFiles = ["secrets.manifest.json", "secrets.manifest.ts", "secrets.manifest.mjs", "secrets.manifest.js"];
const defaultNaming = {
  environmentVariables: ["ALOFT_ENV", "NODE_ENV"],
  environmentNames: {},
  prefix: undefined,
  prefixVariable: undefined,
  secrets: [],
} as const;

/**
 * What the program's environment is to be: ours as it was, with the variables of the manifest that it lacks. In
 * development also what `.env` files say.
 * @throws {SecretsError} something required is missing: the program must not start.
 */
export async function environmentFor(
  processEnv: NodeJS.ProcessEnv,
  { env, manifest, program }: Pick<ExecSettings, "env" | "manifest" | "program">,
): Promise<NodeJS.ProcessEnv> {
  const own = env === undefined ? processEnv : { ...processEnv, ALOFT_ENV: env };
  const file = manifest ?? manifestFiles.find((name) => existsSync(resolve(name)));
  const declared = file === undefined ? await undeclared(own, program) : await readDeclared(file);
  const { development } = environmentOf(declared ?? defaultNaming, own, env);
  const files = development ? await envFiles() : {};
  const base = { ...files, ...withoutEmpty(own, files) };
  if (declared === undefined) return base;
  const { loadSecrets } = await import("@aloft/adapters/secrets/load-secrets");
  // A deployment names what to read of a manifest; where there is none, it has nothing to choose from.
  const choosing = declared.secrets.length === 0 ? { ...base, ALOFT_SECRETS: "" } : base;
  using secrets = await loadSecrets(declared, { env: choosing, warn: say });
  return { ...base, ...secrets.current() };
}

/** Where no manifest is: that of Aloft's own server, or none but of the database that DATABASE_SECRET names. */
async function undeclared(env: NodeJS.ProcessEnv, program: readonly string[]) {
  const own = await ownSecrets(env, program);
  if (own !== undefined || !env["DATABASE_SECRET"]?.trim()) return own;
  return (await import("@aloft/core/secrets/define-secrets")).defineSecrets({});
}

/** Aloft's server has a manifest of its own, if it is to read secrets from AWS. */
async function ownSecrets(env: NodeJS.ProcessEnv, [program = ""]: readonly string[]) {
  if (!/^aloft(?:\.js)?$/.test(basename(program)) || !secretsEnabled(env)) return undefined;
  return (await import("@aloft/core/secrets/manifest")).productSecrets;
}

async function readDeclared(file: string) {
  const { readManifest } = await import("../secrets/target.ts");
  return readManifest(file);
}

async function envFiles(): Promise<Readonly<Record<string, string>>> {
  if (!existsSync(".env") && !existsSync(".env.local")) return {};
  const { readEnvFiles } = await import("@aloft/adapters/secrets/env-files");
  return readEnvFiles(process.cwd());
}

/** An empty variable counts as not set where a file says something. */
function withoutEmpty(env: NodeJS.ProcessEnv, files: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== "" || !(name in files)));
}
