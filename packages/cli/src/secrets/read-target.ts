import type { SecretAdmin } from "@aloft/adapters/secrets/secret-admin";
import type { SecretProblem } from "@aloft/core/secrets/problems";
import { readSecret } from "@aloft/core/secrets/read-secret";
import type { SecretsTarget } from "./target.ts";

export interface TargetValues {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly SecretProblem[];
}

/** Every value that an environment has in AWS, and what keeps the others from being there. */
export async function readTarget({ wanted }: SecretsTarget, admin: SecretAdmin): Promise<TargetValues> {
  const found = await admin.read(wanted);
  const read = wanted.map(({ secret, name }) => {
    const one = found.get(name);
    if (one?.text === undefined) return { values: {}, problems: one === undefined ? [] : [one.problem] };
    return readSecret(secret, { name, region: admin.region, environment: admin.environment }, one.text);
  });
  return {
    values: Object.assign({}, ...read.map(({ values }) => values)),
    problems: read.flatMap(({ problems }) => problems),
  };
}
