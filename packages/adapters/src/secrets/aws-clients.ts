import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { SecretsEnvironment } from "@aloft/core/secrets/names";
import { SecretsError } from "@aloft/core/secrets/problems";
import { callProblem, credentialsProblem, regionMissing, slowCredentials } from "./aws-problems.ts";

/** How AWS is reached. Everything that is not said comes from the environment, as the SDK reads it. */
export interface AwsOptions {
  readonly region?: string | undefined;
  /** For an emulator or a private endpoint. Default: AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL_SSM, AWS_ENDPOINT_URL. */
  readonly endpoint?: string | undefined;
  /** How long all of it may take. Default: 7000. */
  readonly timeoutMs?: number | undefined;
}

/** What a call is about: for what is said when it fails. */
export interface CallContext {
  /** The AWS action, such as `secretsmanager:BatchGetSecretValue`. */
  readonly action: string;
  readonly environment: string;
  readonly secret?: string;
}

/** Clients that share one deadline, region and set of credentials. */
export interface AwsClients extends Disposable {
  readonly region: string;
  secretsManager(): Promise<SecretsManagerClient>;
  parameterStore(): Promise<SSMClient>;
  /** Runs a call under the deadline. @throws {SecretsError} what failed, with what mends it; one of its own as it is. */
  call<T>(context: CallContext, send: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

const credentialsShare = 0.6;
const defaultTimeoutMs = 7000;

/**
 * Finds the region and the credentials; no request to a service of secrets yet.
 * @throws {SecretsError} there are none, or whoever gives them does not answer in time.
 */
export async function openAwsClients(
  env: SecretsEnvironment,
  environment: string,
  { timeoutMs = defaultTimeoutMs, ...options }: AwsOptions = {},
): Promise<AwsClients> {
  const deadline = performance.now() + timeoutMs;
  const settings = settingsOf(env, options.region, timeoutMs);
  const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  const client = new SecretsManagerClient({ ...settings, ...endpointOf(env, "SECRETS_MANAGER", options.endpoint) });
  const region = await client.config.region().catch(() => {
    throw new SecretsError("AWS cannot be asked:", [regionMissing()]);
  });
  await withinCredentialsTime(client, region, settings.profile, timeoutMs * credentialsShare);
  let parameters: SSMClient | undefined;
  return {
    region,
    secretsManager: () => Promise.resolve(client),
    async parameterStore() {
      const { SSMClient } = await import("@aws-sdk/client-ssm");
      const { credentials } = client.config;
      parameters ??= new SSMClient({ ...settings, credentials, ...endpointOf(env, "SSM", options.endpoint) });
      return parameters;
    },
    async call(context, send) {
      const left = Math.max(1, Math.ceil(deadline - performance.now()));
      try {
        return await send(AbortSignal.timeout(left));
      } catch (error) {
        if (error instanceof SecretsError) throw error;
        throw new SecretsError("AWS cannot be asked:", [callProblem(error, { ...context, region })]);
      }
    },
    [Symbol.dispose]() {
      client.destroy();
      parameters?.destroy();
    },
  };
}

function settingsOf(env: SecretsEnvironment, region: string | undefined, timeoutMs: number) {
  const profile = env["AWS_PROFILE"]?.trim() || undefined;
  return {
    ...regionOf(env, region),
    ...credentialsOf(env),
    ...(profile === undefined ? {} : { profile }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: Math.min(2000, timeoutMs), requestTimeout: timeoutMs },
    // What the SDK warns of goes to nobody's log unasked.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  };
}

function regionOf(env: SecretsEnvironment, given: string | undefined): { region?: string } {
  const region = given ?? (env["AWS_REGION"]?.trim() || env["AWS_DEFAULT_REGION"]?.trim());
  return region === undefined || region === "" ? {} : { region };
}

function endpointOf(env: SecretsEnvironment, service: string, given: string | undefined): { endpoint?: string } {
  const endpoint = given ?? (env[`AWS_ENDPOINT_URL_${service}`]?.trim() || env["AWS_ENDPOINT_URL"]?.trim());
  return endpoint === undefined || endpoint === "" ? {} : { endpoint };
}

/** Keys that stand in the given environment; the SDK looks only at the process's own. A profile counts before them. */
function credentialsOf(env: SecretsEnvironment) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env;
  if (!accessKeyId || !secretAccessKey || env["AWS_PROFILE"]) return {};
  return { credentials: { accessKeyId, secretAccessKey, ...(token ? { sessionToken: token } : {}) } };
}

async function withinCredentialsTime(
  client: SecretsManagerClient,
  region: string,
  profile: string | undefined,
  timeoutMs: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, timeoutMs, "late");
  });
  const found = client.config.credentials().then(
    () => undefined,
    (error: unknown) => credentialsProblem(error, region, profile),
  );
  const problem = await Promise.race([found, late]);
  clearTimeout(timer);
  if (problem === undefined) return;
  throw new SecretsError("AWS cannot be asked:", [problem === "late" ? slowCredentials(region) : problem]);
}
