import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { ConfigError } from "./config-error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every variable that the server reads. */
export const knownVariables = [
  "ALOFT_ATTACHMENT_MAX_MB",
  "ALOFT_DATA_DIR",
  "ALOFT_ENV",
  "ALOFT_HOSTS",
  "ALOFT_PROXY_HOPS",
  "ALOFT_SECRETS",
  "ALOFT_SECRETS_PREFIX",
  "ALOFT_SECRETS_REFRESH_SECONDS",
  "ALOFT_SERVER_BURST",
  "ALOFT_SERVER_RATE",
  "ALOFT_STOP_SECONDS",
  "ALOFT_USER_BURST",
  "ALOFT_USER_RATE",
  "ANTHROPIC_API_KEY",
  "AUTH_SECRET",
  "AWS_ACCESS_KEY_ID",
  "AWS_REGION",
  "AWS_SECRETS_ENABLED",
  "AWS_SECRET_ACCESS_KEY",
  "BEDROCK_REGION",
  "DATABASE_DIRECT_URL",
  "DATABASE_POOL_SIZE",
  "DATABASE_PROGRAM_PASSWORD",
  "DATABASE_PROGRAM_SECRET",
  "DATABASE_PROGRAM_USER",
  "DATABASE_SECRET",
  "DATABASE_TENANT",
  "DATABASE_URL",
  "DEFAULT_MODEL",
  "DYNAMODB_REGION",
  "DYNAMODB_TABLE_PREFIX",
  "FRONTEND_URL",
  "GOOGLE_CLIENT_ID",
  "GOOGLE_CLIENT_SECRET",
  "GROK_API_KEY",
  "HOST",
  "KEYS_TYPE",
  "KMS_KEY_ID",
  "KMS_PREVIOUS_KEY_IDS",
  "KMS_PUBLISHED_SIGNING_KEY_IDS",
  "KMS_REGION",
  "KMS_SIGNING_KEY_ID",
  "LLM_PROVIDER",
  "LOG_LEVEL",
  "MAIN_DB_TYPE",
  "NODE_ENV",
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_SERVICE_NAME",
  "PORT",
  "STORAGE_BUCKET",
  "STORAGE_KMS_KEY_ID",
  "STORAGE_PREFIX",
  "STORAGE_REGION",
  "STORAGE_TYPE",
] as const;
export type Variable = (typeof knownVariables)[number];

/** Later files win over earlier ones, and the process's own environment wins over all of them. */
const files = [".env", ".env.local"] as const;

/**
 * The environment with what the `.env` files of a folder add to it. Outside development nothing is added: there the
 * environment comes from whoever runs the server.
 * @throws {ConfigError} a file is there and cannot be read.
 */
export function readEnvironment(processEnv: Environment, folder: string): Environment {
  if (environmentName(processEnv) !== "development") return processEnv;
  const merged: Record<string, string | undefined> = {};
  for (const file of files) Object.assign(merged, readEnvFile(folder, file));
  for (const [name, value] of Object.entries(processEnv)) if (value !== undefined) merged[name] = value;
  return merged;
}

function readEnvFile(folder: string, file: string): Environment {
  try {
    return parseEnv(readFileSync(join(folder, file), "utf8"));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return {};
    const problem = "The file is there but cannot be read.";
    throw new ConfigError([{ variable: file, problem, example: `chmod u+r ${file}` }], { cause });
  }
}

const shortNames: Readonly<Record<string, string>> = { dev: "development", prod: "production" };

/** What ALOFT_ENV says, or NODE_ENV; a laptop's is development. */
export function environmentName(env: Environment): string {
  const given = env["ALOFT_ENV"]?.trim() || env["NODE_ENV"]?.trim();
  return given === undefined || given === "" ? "development" : (shortNames[given] ?? given);
}

/** Whether AWS keeps secrets of this server. */
export function secretsEnabled(env: Environment): boolean {
  return ["true", "1"].includes(env["AWS_SECRETS_ENABLED"]?.trim().toLowerCase() ?? "");
}

/** Names that are nearly one of ours, each with what was probably meant. */
export function probableTypos(env: Environment): { readonly name: string; readonly meant: Variable | undefined }[] {
  const known: ReadonlySet<string> = new Set(knownVariables);
  return Object.keys(env)
    .filter((name) => !known.has(name))
    .map((name) => ({ name, meant: nearest(name) }))
    .filter(({ name, meant }) => meant !== undefined || name.startsWith("ALOFT_"));
}

function nearest(name: string): Variable | undefined {
  const within = name.length < 8 ? 1 : 2;
  return knownVariables.find(
    (known) => Math.abs(known.length - name.length) <= within && editDistance(known, name) <= within,
  );
}

/** Letters to insert, remove or replace to make one text the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
