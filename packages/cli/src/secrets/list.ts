import type { Demand } from "@aloft/core/secrets/define-secrets";
import type { Io } from "../io.ts";
import { secretsTarget, type TargetOptions } from "./target.ts";

export interface ListedSecret {
  readonly id: string;
  readonly name: string;
  readonly place: string;
  readonly variables: readonly { readonly variable: string; readonly key?: string; readonly required: Demand }[];
  readonly readers: readonly string[];
  /** Undefined: this role may not ask. */
  readonly exists?: boolean;
  readonly changedAt?: string;
}

export interface Listed {
  readonly environment: string;
  readonly region: string;
  readonly secrets: readonly ListedSecret[];
}

/** What the manifest declares, and what of it is there. */
export async function listSecrets(io: Io, options: TargetOptions): Promise<Listed> {
  const target = await secretsTarget(io, options);
  const admin = await target.open();
  const facts = await Promise.all(target.wanted.map((one) => admin.facts(one)));
  return {
    environment: admin.environment,
    region: admin.region,
    secrets: target.wanted.map(({ secret, name }, i): ListedSecret => {
      const { exists, changedAt } = facts[i] ?? {};
      return {
        id: secret.id,
        name,
        place: secret.place,
        variables: secret.fills.map(({ key, variable, required }) => ({
          variable,
          ...(key === undefined ? {} : { key }),
          required,
        })),
        readers: secret.readers,
        ...(exists === undefined ? {} : { exists }),
        ...(changedAt === undefined ? {} : { changedAt: changedAt.toISOString() }),
      };
    }),
  };
}
