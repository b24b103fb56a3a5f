import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Secret } from "@aloft/core/secrets/define-secrets";
import { productSecrets } from "@aloft/core/secrets/manifest";
import { environmentOf, secretName } from "@aloft/core/secrets/names";
import type { ResolvedApp } from "../config/resolve.ts";
import { ifThere } from "./aws-fault.ts";
import { parametersIn } from "./parameters.ts";
import type { SynthesizedStack } from "../synthesize.ts";

/** A secret that has no value yet, though something reads it. */
export interface MissingSecret {
  readonly name: string;
  readonly variables: readonly string[];
  /** The program does not start without it. */
  readonly required: boolean;
}

/**
 * Secrets of the app without a value. None is read: whether there is a value shows in its description.
 * @param data the stack that declares them.
 */
export async function missingSecrets(app: ResolvedApp, data: SynthesizedStack): Promise<readonly MissingSecret[]> {
  const { name: environmentName, development } = environmentOf(app.secrets, {}, app.environment);
  const { prefixVariable } = app.secrets;
  const prefix =
    prefixVariable === undefined || !("secretsPrefix" in app) ? {} : { [prefixVariable]: app.secretsPrefix };
  const declared = declaredNames(data);
  const missing: MissingSecret[] = [];
  for (const secret of app.secrets.secrets) {
    const name = secretName(app.secrets, secret, environmentName, prefix);
    const expected = secret.place === "parameter-store" || declared.has(name);
    if (!expected || (await hasValue(app.region, secret, name))) continue;
    const required =
      // Of its own, Aloft's server is given those only that what is chosen needs.
      app.secrets === productSecrets ||
      secret.fills.some(({ required }) => required === true || (required === "outside-dev" && !development));
    missing.push({ name, variables: secret.fills.map(({ variable }) => variable), required });
  }
  return missing;
}

function declaredNames({ template }: SynthesizedStack): ReadonlySet<unknown> {
  const secrets = Object.values(template.Resources).filter(({ Type }) => Type === "AWS::SecretsManager::Secret");
  return new Set(secrets.map(({ Properties }) => Properties?.["Name"]));
}

async function hasValue(region: string, { place }: Secret, name: string): Promise<boolean> {
  if (place === "parameter-store") return (await parametersIn(region).read(name)) !== undefined;
  const client = new SecretsManagerClient({ region });
  const found = await ifThere(`looking for a value of ${name}`, () =>
    client.send(new DescribeSecretCommand({ SecretId: name })),
  );
  return Object.values(found?.VersionIdsToStages ?? {}).some((stages) => stages.includes("AWSCURRENT"));
}
