import { resolve } from "node:path";
import { isLoopbackHost } from "../http/security.ts";
import { ConfigError } from "./config-error.ts";
import {
  type Config,
  defaultLimits,
  type GoogleConfig,
  type LimitsConfig,
  type ListenConfig,
  logLevels,
  type StoreConfig,
  type TracingConfig,
  usesDataFolder,
} from "./config.ts";
import { keptAuthSecret, openDataFolder } from "./data-folder.ts";
import { type Environment, environmentName, probableTypos, readEnvironment, type Variable } from "./env.ts";
import { readModels } from "./read-models.ts";
import { readBlobs, readKeys, readStore, refuseStrays } from "./read-parts.ts";
import { type Reader, reader } from "./reader.ts";

export interface LoadOptions {
  readonly env: Environment;
  /** Where `.env` files and relative paths start. Default: the current folder. */
  readonly folder?: string;
  /** What a command line says wins over the environment. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly dataDir?: string | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  /** What does not stop the server, but somebody should know. No values in it. */
  readonly warnings: readonly string[];
  /** What no log may show. */
  readonly secrets: readonly string[];
}

const defaultPort = 3000;
const environments = ["development", "staging", "production", "test"] as const;

/**
 * Reads, checks and completes the configuration, and makes the data folder if something is kept in it and it is not there.
 * @throws {ConfigError} with every fault.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const folder = options.folder ?? process.cwd();
  const env = withOptions(readEnvironment(options.env, folder), options);
  const warnings = probableTypos(env).map(({ name, meant }) =>
    meant === undefined ? `${name} is not a variable that Aloft knows.` : `${name} is not known. Is ${meant} meant?`,
  );
  const { secret, ...rest } = readConfig(env, folder);
  if (secret === undefined || usesDataFolder(rest)) await openDataFolder(rest.dataDir);
  const authSecret = secret ?? (await keptAuthSecret(rest.dataDir, (message) => warnings.push(message)));
  const config = { ...rest, authSecret };
  return { config, warnings, secrets: secretsOf(config) };
}

/** Where the store is, alone: whoever migrates need not be told the rest. @throws {ConfigError} with every fault of it. */
export function loadStore(
  env: Environment,
  folder: string = process.cwd(),
): Pick<Config, "store" | "environment"> & Pick<LoadedConfig, "secrets"> {
  const read = reader(env);
  const environment = readEnvironmentName(read, env);
  const store = readStore(read, resolve(folder, read.text("ALOFT_DATA_DIR") ?? "data"), environmentName(env));
  if (read.faults.length > 0) throw new ConfigError(read.faults);
  return { store, environment, secrets: secretsOfStore(store) };
}

function withOptions(env: Environment, { port, host, dataDir }: LoadOptions): Environment {
  return {
    ...env,
    ...(port === undefined ? {} : { PORT: String(port) }),
    ...(host === undefined ? {} : { HOST: host }),
    ...(dataDir === undefined ? {} : { ALOFT_DATA_DIR: dataDir }),
  };
}

type ReadConfig = Omit<Config, "authSecret"> & { readonly secret: string | undefined };

function readConfig(env: Environment, folder: string): ReadConfig {
  const read = reader(env);
  const listen = readListen(read);
  const dataDir = resolve(folder, read.text("ALOFT_DATA_DIR") ?? "data");
  const publicUrl = readPublicUrl(read, listen);
  readSecretsSettings(read);
  const config = {
    environment: readEnvironmentName(read, env),
    listen,
    publicUrl,
    hosts: readHosts(read),
    proxyHops: readProxyHops(read, publicUrl),
    stopGraceMs: read.integer("ALOFT_STOP_SECONDS", { min: 0, max: 110, fallback: 5 }) * 1000,
    dataDir,
    secret: readAuthSecret(read, listen),
    store: readStore(read, dataDir, environmentName(env)),
    blobs: readBlobs(read, dataDir),
    keys: readKeys(read, dataDir),
    models: readModels(read),
    google: readGoogle(read),
    logLevel: read.oneOf("LOG_LEVEL", logLevels, "info"),
    tracing: readTracing(read),
    limits: readLimits(read),
  };
  if (read.faults.length > 0) throw new ConfigError(read.faults);
  return config;
}

/** They were used before this, to find what is read here; this is to say what is wrong with them. */
function readSecretsSettings(read: Reader): void {
  const enabled = read.oneOf("AWS_SECRETS_ENABLED", ["true", "false", "1", "0"], "false");
  read.integer("ALOFT_SECRETS_REFRESH_SECONDS", { min: 10, max: 86_400, fallback: 300 });
  if (enabled === "true" || enabled === "1") return;
  refuseStrays(read, "AWS_SECRETS_ENABLED", "not true", ["ALOFT_SECRETS_PREFIX", "ALOFT_SECRETS_REFRESH_SECONDS"]);
}

function readEnvironmentName(read: Reader, env: Environment): Config["environment"] {
  const given = environmentName(env);
  const found = environments.find((name) => name === given);
  if (found !== undefined) return found;
  const variable = read.text("ALOFT_ENV") === undefined ? "NODE_ENV" : "ALOFT_ENV";
  read.fault(variable, `It must be one of ${environments.join(", ")}.`, `${variable}=production`);
  return "production";
}

function readListen(read: Reader): ListenConfig {
  const host = read.text("HOST") ?? "127.0.0.1";
  if (!/^(?:\[?[0-9a-f:]*:[0-9a-f:.]*\]?|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)$/i.test(host)) {
    read.fault("HOST", "It must be an address or name of this machine, without scheme or port.", "HOST=127.0.0.1");
  }
  const port = read.integer("PORT", { min: 0, max: 65_535, fallback: defaultPort });
  return { host: host.replace(/^\[|\]$/g, ""), port, loopback: isLoopbackHost(host) };
}

const publicUrlExample = "FRONTEND_URL=https://agents.example.com";

function readPublicUrl(read: Reader, { loopback }: ListenConfig): string | undefined {
  const url = read.url("FRONTEND_URL", publicUrlExample);
  if (url === undefined) {
    if (!loopback && read.text("FRONTEND_URL") === undefined) {
      const problem = "HOST lets other machines in, so FRONTEND_URL must say under which address people come.";
      read.fault(["HOST", "FRONTEND_URL"], problem, publicUrlExample);
    }
    return undefined;
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    read.fault("FRONTEND_URL", "It must end with the host or port: no path, query or fragment.", publicUrlExample);
  }
  if (url.protocol !== "https:" && !isLoopbackHost(url.hostname)) {
    read.fault("FRONTEND_URL", "Sessions must not travel unencrypted: it must start with https://.", publicUrlExample);
  }
  return url.origin;
}

function readHosts(read: Reader): readonly string[] {
  const hosts = (read.text("ALOFT_HOSTS") ?? "")
    .split(",")
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== "");
  if (hosts.some((host) => !/^(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?$/.test(host))) {
    const problem = "It must be names, each with its port if that is not the usual one, with commas between.";
    read.fault("ALOFT_HOSTS", problem, "ALOFT_HOSTS=internal-chat-1234.eu-central-1.elb.amazonaws.com");
  }
  return hosts;
}

/** People reach a server under https through one proxy at least. */
function readProxyHops(read: Reader, publicUrl: string | undefined): number {
  const fallback = publicUrl?.startsWith("https:") === true ? 1 : 0;
  return read.integer("ALOFT_PROXY_HOPS", { min: 0, max: 8, fallback });
}

const secretExample = "AUTH_SECRET=$(openssl rand -base64 48)";
const knownSecrets =
  /secret|change|default|example|password|replace|insecure|development|random-string|12345678|abcdefgh/i;

/** Undefined: the data folder keeps one. */
function readAuthSecret(read: Reader, { loopback }: ListenConfig): string | undefined {
  const faultsBefore = read.faults.length;
  const secret = read.secret("AUTH_SECRET", secretExample);
  if (read.faults.length > faultsBefore) return secret;
  if (secret === undefined) {
    if (loopback) return undefined;
    read.fault(["HOST", "AUTH_SECRET"], "HOST lets other machines in, so AUTH_SECRET must be set.", secretExample);
  } else if (secret.length < 32) {
    read.fault("AUTH_SECRET", "It must have at least 32 characters.", secretExample);
  } else if (knownSecrets.test(secret) || new Set(secret).size < 10) {
    read.fault("AUTH_SECRET", "It is a default, an example or easily guessed. Make one at random.", secretExample);
  }
  return secret;
}

function readGoogle(read: Reader): GoogleConfig | undefined {
  const clientId = read.text("GOOGLE_CLIENT_ID");
  const clientSecret = read.secret("GOOGLE_CLIENT_SECRET", "GOOGLE_CLIENT_SECRET=GOCSPX-…");
  if (clientId !== undefined && clientSecret !== undefined) return { clientId, clientSecret };
  if (clientId !== undefined || clientSecret !== undefined) {
    const example = "GOOGLE_CLIENT_ID=….apps.googleusercontent.com with GOOGLE_CLIENT_SECRET=GOCSPX-…";
    read.fault(["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"], "One is set without the other.", example);
  }
  return undefined;
}

function readTracing(read: Reader): TracingConfig | undefined {
  const url = read.url("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318");
  if (url === undefined) return undefined;
  return { endpoint: url.href.replace(/\/$/, ""), serviceName: read.text("OTEL_SERVICE_NAME") ?? "aloft" };
}

function readLimits(read: Reader): LimitsConfig {
  const rate = (perSecond: Variable, burst: Variable, fallback: { perSecond: number; burst: number }) => ({
    perSecond: read.integer(perSecond, { min: 1, max: 1_000_000, fallback: fallback.perSecond }),
    burst: read.integer(burst, { min: 1, max: 1_000_000, fallback: fallback.burst }),
  });
  return {
    ...defaultLimits,
    attachmentBytes: read.integer("ALOFT_ATTACHMENT_MAX_MB", { min: 1, max: 5000, fallback: 25 }) * 1_000_000,
    server: rate("ALOFT_SERVER_RATE", "ALOFT_SERVER_BURST", defaultLimits.server),
    user: rate("ALOFT_USER_RATE", "ALOFT_USER_BURST", defaultLimits.user),
  };
}

function secretsOf({ authSecret, models, google, store }: Config): readonly string[] {
  const keys = models.providers.map((provider) => ("apiKey" in provider ? provider.apiKey : undefined));
  return [authSecret, google?.clientSecret, ...keys, ...secretsOfStore(store)].filter((secret) =>
    Boolean(secret),
  ) as string[];
}

function secretsOfStore(store: StoreConfig): readonly string[] {
  const urls = store.type === "postgres" ? [store.url, store.directUrl] : [];
  const passwords = urls.map((url) => (url === undefined ? "" : decodeURIComponent(new URL(url).password)));
  return [...urls, ...passwords].filter((secret) => Boolean(secret)) as string[];
}
