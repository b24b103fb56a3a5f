import { InvalidError } from "../errors.ts";
import type { PostgresAddress } from "./database-url.ts";
import type { Filled, Secret, SecretsManifest } from "./define-secrets.ts";
import type { SecretsEnvironment } from "./names.ts";

const url = "DATABASE_URL";

/**
 * A manifest as one process has it, by what its environment says:
 *
 * - ALOFT_SECRETS: only these secrets, by their ids and separated by commas, or `none`. Default: all.
 * - DATABASE_SECRET, a name or an ARN: the secret with `username` and `password`, as RDS and Aurora write them, that
 *   DATABASE_URL is made of; host, port and database are in PGHOST, PGPORT and PGDATABASE, or in the secret, and how it is
 *   encrypted in PGSSLMODE and PGSSLROOTCERT. It takes the place of whatever the manifest fills DATABASE_URL from.
 * - DATABASE_PROGRAM_SECRET: the secret whose `password` the migration gives to the user that programs are.
 *
 * @throws {InvalidError} ALOFT_SECRETS names a secret that the manifest does not have, or PGPORT is no port.
 */
export function processManifest<V extends string, R extends string>(
  manifest: SecretsManifest<V, R>,
  env: SecretsEnvironment,
): SecretsManifest<V, R> {
  const said = (name: string): string | undefined => env[name]?.trim() || undefined;
  const chosen = said("ALOFT_SECRETS");
  const read = chosen === undefined ? manifest.secrets : choose(manifest.secrets, chosen);
  const database = said("DATABASE_SECRET");
  const program = said("DATABASE_PROGRAM_SECRET");
  const added: readonly Secret[] = [
    ...(database === undefined ? [] : [databaseSecret(database, addressIn(env, said))]),
    ...(program === undefined ? [] : [programSecret(program)]),
  ];
  if (chosen === undefined && added.length === 0) return manifest;
  const secrets = [...(database === undefined ? read : read.flatMap(withoutUrl)), ...added];
  const fills = secrets.flatMap((secret) => secret.fills);
  return {
    ...manifest,
    secrets,
    variables: fills.map(({ variable }) => variable as V),
    required: fills.filter(({ required }) => required === true).map(({ variable }) => variable as R),
  };
}

function choose(secrets: readonly Secret[], chosen: string): readonly Secret[] {
  const ids = chosen === "none" ? [] : chosen.split(",").map((id) => id.trim());
  const unknown = ids.filter((id) => !secrets.some((secret) => secret.id === id));
  if (unknown.length === 0) return secrets.filter(({ id }) => ids.includes(id));
  const have = secrets.map(({ id }) => id).join(", ");
  throw new InvalidError(`ALOFT_SECRETS names ${unknown.join(", ")}, and the manifest has ${have || "none"}.`);
}

function withoutUrl(secret: Secret): readonly Secret[] {
  const fills = secret.fills.filter(({ variable }) => variable !== url);
  return fills.length === 0 ? [] : [{ ...secret, fills }];
}

function required(variable: string, key?: string): Filled {
  return { key, variable, required: true, generate: undefined };
}

function databaseSecret(name: string, address: PostgresAddress): Secret {
  const description = "Who signs in to the database";
  const fills = [required(url)];
  return {
    id: "DATABASE_SECRET",
    name,
    description,
    place: "secrets-manager",
    shape: "json",
    fills,
    readers: [],
    address,
  };
}

function programSecret(name: string): Secret {
  return {
    id: "DATABASE_PROGRAM_SECRET",
    name,
    description: "The password that the database is to know of the user that programs are",
    place: "secrets-manager",
    shape: "json",
    fills: [required("DATABASE_PROGRAM_PASSWORD", "password")],
    readers: [],
  };
}

function addressIn(env: SecretsEnvironment, said: (name: string) => string | undefined): PostgresAddress {
  const port = said("PGPORT");
  if (port !== undefined && !/^\d{1,5}$/.test(port)) {
    throw new InvalidError("PGPORT is no number of a port. An example: PGPORT=5432");
  }
  return {
    host: said("PGHOST"),
    port,
    database: said("PGDATABASE"),
    sslMode: said("PGSSLMODE"),
    sslRootCertificate: said("PGSSLROOTCERT"),
  };
}
