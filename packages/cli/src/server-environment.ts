import { type Environment, readEnvironment, secretsEnabled } from "@aloft/server/config/env";
import type { Io } from "./io.ts";

const known = new WeakMap<Io, Promise<NodeJS.ProcessEnv>>();

/**
 * The environment of the server that is started the same way, with what `.env` files and AWS keep of it. One command asks
 * AWS once, and only if AWS_SECRETS_ENABLED says so.
 * @throws {SecretsError} what a server would not start without.
 */
export function serverEnvironment(io: Io): Promise<NodeJS.ProcessEnv> {
  const asked = known.get(io) ?? read(io);
  known.set(io, asked);
  return asked;
}

async function read(io: Io): Promise<NodeJS.ProcessEnv> {
  const env = readEnvironment(io.env, process.cwd());
  giveToSdk(env);
  if (!secretsEnabled(env)) return env;
  const { loadConfiguredSecrets } = await import("@aloft/server/compose");
  const warnings: string[] = [];
  using kept = await loadConfiguredSecrets(env, (warning) => warnings.push(warning));
  const whole: NodeJS.ProcessEnv = { ...env, ...kept?.current() };
  // Of what AWS lacks a command needs this alone; a server tells of everything.
  if (env["MAIN_DB_TYPE"]?.trim() === "postgres" && whole["DATABASE_URL"] === undefined) {
    for (const warning of warnings) if (warning.startsWith("DATABASE_URL")) io.err.write(`${warning}\n`);
  }
  return whole;
}

/** The AWS SDK looks in the process's environment alone; what a laptop's `.env` says of AWS is meant for it as well. */
export function giveToSdk(env: Environment): void {
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith("AWS_") && value !== undefined) process.env[name] ??= value;
  }
}
