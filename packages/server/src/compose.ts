import { openModels, type ProviderConfig, type ModelsConfig as AdapterModels } from "@aloft/adapters/models/index";
import { lockDataFolder } from "@aloft/adapters/store/lock";
import { openStore } from "@aloft/adapters/store/index";
import type { ConversationEvent } from "@aloft/core/conversations/events";
import { messageLog } from "@aloft/core/conversations/message-log";
import { schemaVersion, tables } from "@aloft/core/tables";
import { builtInTools } from "@aloft/core/turns/tools";
import { createTurns, type Turns } from "@aloft/core/turns/turns";
import type { Config, ModelProvider, ModelsConfig } from "./config/config.ts";
import { createHub } from "./events/hub.ts";
import { presentConversation, presentMessage } from "./routes/conversations/schemas.ts";
import type { Services } from "./services.ts";

export interface Composed extends AsyncDisposable {
  readonly services: Services;
  /** Tells the holder of the data folder's lock where it can be found. */
  readonly announce: (url: string) => void;
}

export interface ComposeOptions {
  readonly now?: () => Date;
  /** Told of errors nobody foresaw. */
  readonly onUnexpected: (error: unknown) => void;
}

/**
 * Builds every part of the server from its configuration: the one place that knows the adapters.
 * @throws {AloftError} what cannot be opened, with what to do about it. Nothing is left open.
 */
export async function compose(config: Config, options: ComposeOptions): Promise<Composed> {
  await using opened = new AsyncDisposableStack();
  const now = options.now ?? (() => new Date());
  const { onUnexpected } = options;
  const lock = opened.use(await lockDataFolder(config.dataDir));
  const store = opened.use(
    await openStore({ type: "sqlite", path: config.store.folder }, { tables, schemaVersion, now }),
  );
  const models = await openModels(adapterModels(config.models));
  let turns: Turns | undefined;
  const active = { active: (conversationId: string) => turns?.active(conversationId) };
  const events = createHub({
    store,
    onUnexpected,
    presentMessage,
    present: (event: ConversationEvent) => {
      if (event.type === "message.created") return presentMessage(event.data);
      return event.type === "conversation.updated" ? presentConversation(event.data, { turns: active }) : event.data;
    },
  });
  opened.defer(() => events.close());
  const log = messageLog(store, events);
  turns = createTurns({ store, models, tools: builtInTools, log, events, now, onUnexpected });
  const owned = opened.move();
  return {
    services: { config, store, models, tools: builtInTools, log, turns, events, now },
    announce: (url) => lock.announce(url),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function adapterModels({ providers, defaultModel }: ModelsConfig): AdapterModels {
  const [first] = providers;
  return {
    providers: providers.map(adapterProvider),
    ...(defaultModel === undefined ? {} : { defaultModel: `${adapterProvider(first).provider}/${defaultModel}` }),
  };
}

function adapterProvider(provider: ModelProvider): ProviderConfig {
  switch (provider.name) {
    case "anthropic":
      return { provider: "anthropic", apiKey: provider.apiKey };
    case "grok":
      return { provider: "xai", apiKey: provider.apiKey };
    case "bedrock":
      return { provider: "bedrock", region: provider.region };
    case "offline":
      return { provider: "offline" };
    case "openai": {
      const { apiKey, baseUrl } = provider;
      const key = apiKey === undefined ? {} : { apiKey };
      if (baseUrl === undefined) return { provider: "openai", ...key };
      return { provider: "openai-compatible", baseUrl, models: [], ...key };
    }
  }
}
