import { CliError } from "../errors.ts";

/**
 * Loads a module of `@aloft/infra`, which is installed only where something is landed on AWS.
 * @example const { synthesize } = await loadInfra(() => import("@aloft/infra/synthesize"));
 * @throws {CliError} `infra_missing`, with the command that installs it.
 */
export async function loadInfra<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const missing = missingPackage(cause);
    if (missing === undefined) throw cause;
    const what = missing === "@aloft/infra" ? missing : `${missing}, which @aloft/infra needs,`;
    const message = `${what} is not installed here. It is what knows AWS: npm install --save-dev @aloft/cli @aloft/infra`;
    throw new CliError("infra_missing", message, { cause });
  }
}

/** The package that an import did not find, if that is what an error says. */
export function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_MODULE_NOT_FOUND") return undefined;
  return /Cannot find package '((?:@[^/']+\/)?[^/'.][^/']*)/.exec(error.message)?.[1];
}
