import { InvalidError } from "../errors.ts";
import type { Secret, SecretPlace, SecretsManifest } from "./define-secrets.ts";

/** Variables by name, as a process has them. */
export type SecretsEnvironment = Readonly<Record<string, string | undefined>>;

/** Which environment's secrets are meant. */
export interface EnvironmentName {
  /** As `{env}` spells it. */
  readonly name: string;
  /** A laptop's: `.env` files are read, and AWS only if asked for. */
  readonly development: boolean;
  /** The variable that said so; undefined if none did. */
  readonly variable: string | undefined;
}

/** A secret's name in AWS, with everything that is needed to find it. */
export interface NamedSecret {
  readonly id: string;
  readonly name: string;
  readonly place: SecretPlace;
}

type Naming = Pick<
  SecretsManifest,
  "environmentVariables" | "environmentNames" | "prefix" | "prefixVariable" | "secrets"
>;

/**
 * The environment that the variables name; development if none is set.
 * @param given what a command line says, before every variable
 * @throws {InvalidError} the name cannot be part of a secret's name.
 */
export function environmentOf(manifest: Naming, env: SecretsEnvironment, given?: string): EnvironmentName {
  const variable = manifest.environmentVariables.find((name) => (env[name]?.trim() ?? "") !== "");
  const said = given ?? (variable === undefined ? "development" : (env[variable]?.trim() ?? ""));
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(said)) {
    const from = given === undefined ? (variable ?? "") : "--env";
    throw new InvalidError(`${from} cannot be "${said}": an environment's name has letters, digits, "-", "_" and ".".`);
  }
  const known = Object.hasOwn(manifest.environmentNames, said) ? manifest.environmentNames[said] : undefined;
  return {
    name: known ?? said,
    development: said === "dev" || said === "development",
    variable: given === undefined ? variable : undefined,
  };
}

/** The secret's name in AWS, placeholders replaced. A prefix that is set in `env` counts before the manifest's. */
export function secretName(
  manifest: Naming,
  secret: Secret,
  environment: string,
  env: SecretsEnvironment = {},
): string {
  const set = manifest.prefixVariable === undefined ? undefined : env[manifest.prefixVariable]?.trim();
  const prefix = (set || manifest.prefix || "").replace(/\/+$/, "");
  return secret.name.replaceAll("{prefix}", prefix).replaceAll("{env}", environment);
}

/** Which service reads which secrets: what policies are derived from, and who has to hear of a change. */
export function readersOf(
  manifest: Naming,
  environment: string,
  env: SecretsEnvironment = {},
): ReadonlyMap<string, readonly NamedSecret[]> {
  const readers = new Map<string, NamedSecret[]>();
  for (const secret of manifest.secrets) {
    const named = { id: secret.id, name: secretName(manifest, secret, environment, env), place: secret.place };
    for (const reader of secret.readers) readers.set(reader, [...(readers.get(reader) ?? []), named]);
  }
  return readers;
}

/** Whether a service reads a secret: one that names no readers is everybody's. */
export function isReadBy({ readers }: Pick<Secret, "readers">, reader: string): boolean {
  return readers.length === 0 || readers.includes(reader);
}
