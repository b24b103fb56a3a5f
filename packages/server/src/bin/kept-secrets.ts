import { loadConfiguredSecrets } from "../compose.ts";
import { type Environment, readEnvironment } from "../config/env.ts";
import { createLogger } from "../http/logging.ts";

/**
 * The environment with what AWS keeps of it, for a command that ends soon.
 * @throws {SecretsError} see {@link loadConfiguredSecrets}.
 */
export async function withKeptSecrets(
  given: Environment,
): Promise<{ readonly env: Environment; readonly secrets: readonly string[] }> {
  const env = readEnvironment(given, process.cwd());
  const logger = createLogger({ level: "warn" });
  using kept = await loadConfiguredSecrets(env, (warning) => logger.warn(warning));
  const found = kept?.current() ?? {};
  return { env: { ...env, ...found }, secrets: Object.values(found) };
}
