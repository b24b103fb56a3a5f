import { InvalidError } from "../errors.ts";
import { defineSecrets, type ManifestOptions, type SecretDeclaration, type SecretsManifest } from "./define-secrets.ts";

/**
 * A manifest kept as JSON, for programs in any language: the declarations alone, or `{"secrets": {…}}` with the options
 * of `defineSecrets` beside them.
 * @throws {InvalidError} it is no such object, or its declarations cannot work.
 */
export function manifestFromJson(json: unknown): SecretsManifest {
  if (!isRecord(json)) throw new InvalidError("A manifest of secrets is a JSON object.");
  const { secrets, ...options } = json;
  const whole = isRecord(secrets) && !("fills" in secrets);
  const declarations = (whole ? secrets : json) as Readonly<Record<string, SecretDeclaration>>;
  const wrong = Object.entries(declarations).find(
    ([, one]) => typeof one?.name !== "string" || one.fills === undefined,
  );
  if (wrong !== undefined) throw new InvalidError(`"${wrong[0]}" needs a name, and what it fills.`);
  return defineSecrets(declarations, whole ? (options as ManifestOptions) : {});
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
