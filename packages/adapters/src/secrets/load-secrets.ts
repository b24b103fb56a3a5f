import { InvalidError } from "@aloft/core/errors";
import type { SecretSource, Secrets, SecretValues } from "@aloft/core/ports/secrets";
import type { SecretsManifest } from "@aloft/core/secrets/define-secrets";
import { type EnvironmentName, environmentOf, type SecretsEnvironment } from "@aloft/core/secrets/names";
import { processManifest } from "@aloft/core/secrets/process-manifest";
import type { AwsOptions } from "./aws-clients.ts";
import { readEnvFiles } from "./env-files.ts";
import { keepFresh, type RefreshOptions } from "./keep-fresh.ts";
import { around, type Gathered, gatherSecrets } from "./gather-secrets.ts";

export interface LoadSecretsOptions extends AwsOptions, RefreshOptions {
  /** What is there already, and wins, variable by variable; an empty text counts as not set. Default: `process.env`. */
  readonly env?: SecretsEnvironment;
  /** Where a laptop's `.env` and `.env.local` are. Default: the current folder. */
  readonly folder?: string;
  /** Whether AWS is asked. Default: what AWS_SECRETS_ENABLED says; if it is not set, everywhere but in development. */
  readonly aws?: boolean;
  /** Whether `process.env` gets what it lacks, now and after each refresh. Default: false. */
  readonly fillEnvironment?: boolean;
  /** Told what is not as declared, never a value. Default: a warning of the process. */
  readonly warn?: (message: string) => void;
}

/**
 * Loads every secret of a manifest: what the environment has already, then on a laptop `.env` files, then AWS, where all
 * come in one request (20 a request, if there are more). Outside development `.env` files are never read.
 * @throws {SecretsError} something required is missing, or AWS could not be asked: within `timeoutMs` (7 s), every fault
 * at once, each with the command that mends it. What is optional and missing is a warning.
 * @throws {InvalidError} ALOFT_ENV or AWS_SECRETS_ENABLED has a value that means nothing.
 */
export async function loadSecrets<V extends string, R extends string>(
  declared: SecretsManifest<V, R>,
  options: LoadSecretsOptions = {},
): Promise<Secrets<V, R>> {
  // Filling the environment later must not make its values look as if they had been there.
  const env: SecretsEnvironment = { ...(options.env ?? process.env) };
  const manifest = processManifest(declared, env);
  const environment = environmentOf(manifest, env);
  const warn = options.warn ?? ((message) => process.emitWarning(message, "AloftSecrets"));
  const held = await hold(gathering(manifest, env, environment, options), manifest.variables, warn, (values) => {
    if (options.fillEnvironment === true) fillEnvironment(env, values);
  });
  const stop = keepFresh(held.refresh, options, warn);
  return {
    environment: environment.name,
    current: () => held.now().values as SecretValues<V, R>,
    sources: () => held.now().sources as Partial<Record<V, SecretSource>>,
    warnings: () => held.now().warnings,
    onChange: held.onChange,
    refresh: held.refresh,
    close: stop,
    [Symbol.dispose]: stop,
  };
}

type Gather = (before: Gathered | undefined) => Promise<Gathered>;

function gathering(
  manifest: SecretsManifest,
  env: SecretsEnvironment,
  environment: EnvironmentName,
  options: LoadSecretsOptions,
): Gather {
  return async (before) => {
    const files = environment.development ? readEnvFiles(options.folder ?? process.cwd()) : {};
    const askAws = options.aws ?? awsWanted(around(env, files), environment);
    return gatherSecrets(manifest, { env, files, environment, askAws, aws: options, before });
  };
}

/** Keeps what was gathered last, and tells what changed. */
async function hold<V extends string>(
  gather: Gather,
  variables: readonly V[],
  warn: (message: string) => void,
  use: (values: Gathered["values"]) => void,
) {
  let gathered = await gather(undefined);
  for (const warning of gathered.warnings) warn(warning);
  use(gathered.values);
  const listeners = new Set<(changed: readonly V[]) => void>();
  const refresh = single(async (): Promise<readonly V[]> => {
    const next = await gather(gathered);
    const changed = variables.filter((name) => next.values[name] !== gathered.values[name]);
    const news = next.warnings.filter((warning) => !gathered.warnings.includes(warning));
    gathered = changed.length === 0 ? { ...next, values: gathered.values } : next;
    for (const warning of news) warn(warning);
    use(gathered.values);
    if (changed.length > 0) for (const listener of listeners) tell(listener, changed, warn);
    return changed;
  });
  const onChange = (listener: (changed: readonly V[]) => void): (() => void) => {
    // Each call is a listening of its own, even with the same function.
    const own: typeof listener = (changed) => listener(changed);
    listeners.add(own);
    return () => void listeners.delete(own);
  };
  return { now: () => gathered, refresh, onChange };
}

function awsWanted(env: SecretsEnvironment, { development }: EnvironmentName): boolean {
  const said = env["AWS_SECRETS_ENABLED"]?.trim().toLowerCase() ?? "";
  if (said === "") return !development;
  if (said === "true" || said === "1") return true;
  if (said === "false" || said === "0") return false;
  throw new InvalidError('AWS_SECRETS_ENABLED is "true" or "false". Set it to one of them, or not at all.');
}

/** Only variables that the environment did not have at the start: those are ours to change. */
function fillEnvironment(atStart: SecretsEnvironment, values: Gathered["values"]): void {
  for (const [name, value] of Object.entries(values)) {
    if ((atStart[name] ?? "") === "" && value !== undefined) process.env[name] = value;
  }
}

function tell<V>(listener: (changed: readonly V[]) => void, changed: readonly V[], warn: (message: string) => void) {
  try {
    listener(changed);
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error;
    warn(`A listener for changed secrets failed (${name}); the secrets were changed all the same.`);
  }
}

/** Calls while one is under way share its outcome. */
function single<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
}
