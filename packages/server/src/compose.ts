import { createHmac } from "node:crypto";
import { join } from "node:path";
import { type BlobsConfig as AdapterBlobs, openBlobs } from "@aloft/adapters/blobs/index";
import { openKeys } from "@aloft/adapters/keys/index";
import { openModels, type ProviderConfig, type ModelsConfig as AdapterModels } from "@aloft/adapters/models/index";
import { lockDataFolder } from "@aloft/adapters/store/lock";
import { openStore, type StoreConfig as AdapterStore, type StoreRequest } from "@aloft/adapters/store/index";
import type { StoreStatusLine } from "@aloft/adapters/store/migrate";
import { AloftError, IncompatibleError } from "@aloft/core/errors";
import type { ConversationEvent } from "@aloft/core/conversations/events";
import type { Blobs } from "@aloft/core/ports/blobs";
import type { Keys } from "@aloft/core/ports/keys";
import type { ModelErrorCode, Models } from "@aloft/core/ports/models";
import type { Secrets } from "@aloft/core/ports/secrets";
import type { Store } from "@aloft/core/ports/store";
import { productSecrets } from "@aloft/core/secrets/manifest";
import { messageLog } from "@aloft/core/conversations/message-log";
import { schemaVersion, tables } from "@aloft/core/tables";
import { takeLease } from "@aloft/core/turns/lease";
import { builtInTools } from "@aloft/core/turns/tools";
import { createTurns, type Turns } from "@aloft/core/turns/turns";
import {
  type Config,
  type ModelProvider,
  type ModelsConfig,
  type StoreConfig,
  usesDataFolder,
} from "./config/config.ts";
import { type Environment, secretsEnabled } from "./config/env.ts";
import { startSweeping } from "./attachments.ts";
import { createHub } from "./events/hub.ts";
import { reloadableModels } from "./reloadable-models.ts";
import { signedBlobsPath } from "./routes/blobs/path.ts";
import { presentConversation, presentMessage } from "./routes/conversations/schemas.ts";
import type { Services } from "./services.ts";
import type { Tracing } from "./tracing/tracing.ts";

export type { StoreRequest };
export type SecretVariable = (typeof productSecrets)["variables"][number];

export interface Composed extends AsyncDisposable {
  readonly services: Services;
  /** Says in the data folder's lock, if there is one, where the server can be found. */
  readonly announce: (url: string) => void;
  /** Calls models from now on as this says; replies under way are not disturbed. */
  readonly reloadModels: (models: ModelsConfig) => Promise<void>;
}

export interface ComposeOptions {
  readonly now?: () => Date;
  /** Told of errors nobody foresaw. */
  readonly onUnexpected: (error: unknown) => void;
  /** Told of replies that fail for their model. */
  readonly onModelError?: (code: ModelErrorCode) => void;
  /** Told what somebody should know, though everything works. */
  readonly onNotice?: (message: string) => void;
  readonly onStoreRequest?: ((request: StoreRequest) => void) | undefined;
  readonly tracing?: Tracing | undefined;
}

/**
 * Builds every part of the server from its configuration: the one place that knows the adapters.
 * @throws {AloftError} what cannot be opened, with what to do about it. Nothing is left open.
 */
export async function compose(config: Config, options: ComposeOptions): Promise<Composed> {
  await using opened = new AsyncDisposableStack();
  const now = options.now ?? (() => new Date());
  const { onUnexpected, onNotice, onStoreRequest: onRequest } = options;
  const told = {
    ...(onNotice === undefined ? {} : { onNotice }),
    ...(onRequest === undefined ? {} : { onRequest }),
  };
  const lock = usesDataFolder(config) ? opened.use(await lockDataFolder(config.dataDir)) : undefined;
  const { tracing } = options;
  const plainStore = opened.use(await openConfiguredStore(config, { now, ...told }));
  const store = tracing?.store(plainStore) ?? plainStore;
  const keys = opened.use(await openConfiguredKeys(config, { now, ...told }));
  const blobs = opened.use(await openConfiguredBlobs(config, { now }));
  // A server can do without files for a while: /health/ready says so, and the log at once.
  blobs
    .check()
    .catch((error: unknown) => (error instanceof AloftError ? onNotice?.(error.message) : onUnexpected(error)));
  const reloadable = reloadableModels(await openConfiguredModels(config));
  const models = tracing?.models(reloadable.models) ?? reloadable.models;
  let turns: Turns | undefined;
  const active = { active: (conversationId: string) => turns?.active(conversationId) };
  // The lock of the data folder keeps other servers from its database.
  const alone = config.store.type === "sqlite";
  const events = createHub({
    store,
    shared: !alone,
    onUnexpected,
    presentMessage,
    present: (event: ConversationEvent) => {
      if (event.type === "message.created") return presentMessage(event.data);
      return event.type === "conversation.updated" ? presentConversation(event.data, { turns: active }) : event.data;
    },
  });
  opened.defer(() => events.close());
  const log = messageLog(store, events);
  const lease = await takeLease({ store, now, alone, onUnexpected });
  opened.defer(() => lease.close());
  turns = createTurns({
    store,
    blobs,
    models,
    tools: builtInTools,
    log,
    events,
    lease,
    now,
    onUnexpected,
    onModelError: options.onModelError,
    ...(tracing === undefined ? {} : { within: tracing.turn }),
  });
  opened.use(startSweeping({ store, blobs, now, onUnexpected }));
  const owned = opened.move();
  return {
    services: { config, store, keys, blobs, models, tools: builtInTools, log, turns, events, now },
    announce: (url) => lock?.announce(url),
    reloadModels: async (changed) => reloadable.replace(await openConfiguredModels({ models: changed })),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/**
 * What AWS keeps of the server's secrets, if AWS_SECRETS_ENABLED says that it keeps any. They are read again on SIGHUP, and
 * as often as ALOFT_SECRETS_REFRESH_SECONDS says.
 * @param env with what `.env` files add; it wins over AWS.
 * @throws {SecretsError} what is missing or cannot be read, each with the command that mends it.
 */
export async function loadConfiguredSecrets(
  env: Environment,
  warn: (message: string) => void,
): Promise<Secrets<SecretVariable, never> | undefined> {
  if (!secretsEnabled(env)) return undefined;
  const { loadSecrets } = await import("@aloft/adapters/secrets/index");
  const seconds = Number(env["ALOFT_SECRETS_REFRESH_SECONDS"]?.trim() || "300");
  const refreshSeconds = Number.isInteger(seconds) && seconds > 0 ? seconds : 300;
  return loadSecrets(productSecrets, { env, aws: true, warn, refreshSeconds, refreshSignal: "SIGHUP" });
}

export interface OpenConfiguredStoreOptions {
  readonly now?: () => Date;
  /** Default: what is missing is made, except in production. */
  readonly setUp?: "create" | "verify";
  readonly upkeep?: boolean;
  readonly onRequest?: (request: StoreRequest) => void;
  readonly onNotice?: (message: string) => void;
}

/**
 * The store alone, for a command that works beside the server or without it.
 * @throws {AloftError} what keeps it from opening, with what to do about it.
 */
export async function openConfiguredStore(
  { store, environment }: Pick<Config, "store" | "environment">,
  options: OpenConfiguredStoreOptions = {},
): Promise<Store> {
  const setUp = options.setUp ?? (environment === "production" ? "verify" : "create");
  return openStore(adapterStore(store), { tables, schemaVersion, ...options, setUp });
}

/**
 * Brings the configured store to what this version needs, and makes the user of PostgreSQL that `env` says servers are.
 * @returns what was done.
 * @throws {IncompatibleError} in production, tables in DynamoDB that the deployment did not make.
 * @throws {AloftError} what keeps it from being migrated, with what to do about it.
 */
export async function migrateConfiguredStore(
  { store, environment }: Pick<Config, "store" | "environment">,
  env: Environment,
  options: { readonly waitMs: number; readonly onProgress: (message: string) => void },
): Promise<readonly StoreStatusLine[]> {
  const config = adapterStore(store);
  const { lackingInDeployment, migrateStore, storeStatus } = await import("@aloft/adapters/store/migrate");
  if (environment === "production" && config.type === "dynamodb") {
    const lacking = lackingInDeployment(config, await storeStatus(config, { tables, schemaVersion }));
    if (lacking.length > 0) {
      const parts = lacking.map(({ what, state }) => `\n- ${what}: ${state}`).join("");
      throw new IncompatibleError(
        `In production, tables in DynamoDB come with the deployment: nothing was made. Deploy the data first, and check ` +
          `DYNAMODB_REGION and DYNAMODB_TABLE_PREFIX. What is lacking:${parts}`,
      );
    }
  }
  if (config.type === "postgres") {
    const { makeProgramUser } = await import("@aloft/adapters/preparing/program-user");
    const { waitMs, onProgress: onWaiting } = options;
    await makeProgramUser(env, config.directUrl ?? config.url, { waitMs, onWaiting });
  }
  return migrateStore(config, { tables, schemaVersion, ...options });
}

/** The configured store as its adapter takes it. */
export function adapterStore(store: StoreConfig): AdapterStore {
  return store.type === "sqlite" ? { type: "sqlite", path: join(store.folder, "aloft.db") } : store;
}

/**
 * The keys alone, for a command that works beside the server or without it.
 * @throws {AloftError} what keeps them from being used, with what to do about it.
 */
export async function openConfiguredKeys(
  { keys: config }: Pick<Config, "keys">,
  options: { readonly now?: () => Date; readonly onNotice?: (message: string) => void } = {},
): Promise<Keys> {
  const keys = await openKeys(config, options);
  try {
    await keys.check();
    return keys;
  } catch (error) {
    await keys.close();
    throw error;
  }
}

type ForBlobs = Pick<Config, "blobs" | "publicUrl" | "listen" | "authSecret">;

/** The blobs alone. Whether they can be reached is asked by their `check`. @throws {BlobsError} */
export async function openConfiguredBlobs(
  config: ForBlobs,
  options: { readonly now?: () => Date } = {},
): Promise<Blobs> {
  return openBlobs(adapterBlobs(config), options);
}

/** The configured blobs as their adapter takes them: this server answers the URLs that the file system signs. */
function adapterBlobs({ blobs, publicUrl, listen, authSecret }: ForBlobs): AdapterBlobs {
  if (blobs.type === "s3") return blobs;
  const signingSecret = createHmac("sha256", authSecret).update("aloft blob urls").digest("hex");
  const origin = publicUrl ?? (listen.port === 0 ? undefined : `http://${listen.host}:${listen.port}`);
  return { ...blobs, signingSecret, ...(origin === undefined ? {} : { baseUrl: `${origin}${signedBlobsPath}` }) };
}

/** The models alone, to ask whether they answer. @throws {ModelError} the default model cannot be called. */
export async function openConfiguredModels({ models }: Pick<Config, "models">): Promise<Models> {
  return openModels(adapterModels(models));
}

function adapterModels({ providers, defaultModel }: ModelsConfig): AdapterModels {
  const [first] = providers;
  return {
    providers: providers.map(adapterProvider),
    ...(defaultModel === undefined ? {} : { defaultModel: `${adapterProvider(first).provider}/${defaultModel}` }),
  };
}

function adapterProvider(provider: ModelProvider): ProviderConfig {
  if (provider.name === "anthropic") return { provider: "anthropic", apiKey: provider.apiKey };
  if (provider.name === "grok") return { provider: "xai", apiKey: provider.apiKey };
  if (provider.name === "bedrock") return { provider: "bedrock", region: provider.region };
  if (provider.name === "offline") return { provider: "offline" };
  const { apiKey, baseUrl } = provider;
  const key = apiKey === undefined ? {} : { apiKey };
  if (baseUrl === undefined) return { provider: "openai", ...key };
  return { provider: "openai-compatible", baseUrl, models: [], ...key };
}
