import { AloftError } from "@aloft/core/errors";
import { productSecrets } from "@aloft/core/secrets/manifest";
import type { Environment } from "../config/env.ts";
import { createLogger } from "../http/logging.ts";

/** A command of the image. @returns the process's exit code. */
type ImageCommand = (env: Environment) => Promise<number>;

/** Each is loaded when it is asked for: what migrates does not load what serves. */
const commands: Readonly<Record<string, () => Promise<ImageCommand>>> = {
  server: async () => (await import("./serve.ts")).serve,
  migrate: async () => (await import("./migrate.ts")).migrate,
  link: async () => (await import("./link.ts")).link,
};

/**
 * What the image runs: `server` unless another command is named. Whatever fails is one line in the log.
 * @returns the exit code: 0 done, 1 could not, 2 no such command.
 */
export async function runCommand([name = "server", ...more]: readonly string[], env: Environment): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const logger = createLogger({ level: "info", secrets: secretsIn(env) });
  if (command === undefined || more.length > 0) {
    logger.fatal(`There is no such command. There are: ${Object.keys(commands).join(", ")}; none takes options.`);
    return 2;
  }
  try {
    return await (
      await command()
    )(env);
  } catch (error) {
    if (error instanceof AloftError) logger.fatal({ code: error.code }, error.message);
    else logger.fatal({ err: error }, "Nobody foresaw this error.");
    return 1;
  }
}

function secretsIn(env: Environment): ReadonlySet<string> {
  const names = [...productSecrets.variables, "DATABASE_DIRECT_URL", "DATABASE_PROGRAM_PASSWORD"];
  return new Set(names.flatMap((name) => env[name] ?? []));
}
