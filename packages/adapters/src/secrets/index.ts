export { loadSecrets, type LoadSecretsOptions } from "./load-secrets.ts";
export type { SecretSource, Secrets, SecretValues } from "@aloft/core/ports/secrets";
export {
  defineSecrets,
  type RequiredOf,
  type SecretDeclaration,
  type SecretsManifest,
  type VariablesOf,
} from "@aloft/core/secrets/define-secrets";
export { type SecretFault, type SecretProblem, SecretsError } from "@aloft/core/secrets/problems";
export { watchSecrets } from "@aloft/core/secrets/watch-secrets";
