import type { SecretsManifest } from "@aloft/core/secrets/define-secrets";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";

/** The secrets of an app that is landed, as its aloft.config.ts has them in one environment. */
export interface LandedSecrets {
  readonly manifest: SecretsManifest;
  readonly region: string;
  /** What stands before their names, if the manifest leaves that open. */
  readonly prefix: string | undefined;
}

/**
 * What the aloft.config.ts of this folder says; undefined without one, or if ALOFT_SECRETS_PREFIX says where they are.
 * @throws {CliError | AppConfigError} there is one, and it cannot be used or has no such environment.
 */
export async function landedSecrets(io: Io, env: string | undefined): Promise<LandedSecrets | undefined> {
  const named = env ?? io.env["ALOFT_ENV"];
  if (named === undefined || (io.env["ALOFT_SECRETS_PREFIX"] ?? "").trim() !== "") return undefined;
  const { loadAppConfig } = await import("../landing/app-config.ts");
  try {
    const { app } = await loadAppConfig({ env: spelt[named] ?? named });
    if (app.topology === "library") return { manifest: app.secrets, region: app.region, prefix: undefined };
    const manifest = app.topology === "relational" ? withoutDatabase(app.secrets) : app.secrets;
    return { manifest, region: app.region, prefix: app.secretsPrefix };
  } catch (error) {
    if (error instanceof CliError && error.code === "config_not_found") return undefined;
    throw error;
  }
}

/** As names of secrets spell environments, and as the configuration does. */
const spelt: Readonly<Record<string, string>> = { prod: "production", development: "dev" };

/** Who signs in to the database is the deployment's matter. */
function withoutDatabase(manifest: SecretsManifest): SecretsManifest {
  const secrets = manifest.secrets.filter(({ fills }) => !fills.some(({ variable }) => variable === "DATABASE_URL"));
  return { ...manifest, secrets, variables: secrets.flatMap(({ fills }) => fills.map(({ variable }) => variable)) };
}
