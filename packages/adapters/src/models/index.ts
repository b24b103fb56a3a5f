import { ModelError, type ModelInfo, type Models } from "@aloft/core/ports/models";
import { aiSdkModels } from "./ai-sdk.ts";
import { isProviderName, type ModelsConfig, type ProviderConfig, type ProviderName, variablesOf } from "./config.ts";
import { offlineModels } from "./offline.ts";

export type {
  AwsCredentials,
  BedrockConfig,
  KeyProviderConfig,
  ModelRetries,
  ModelsConfig,
  ModelTimeouts,
  OfflineConfig,
  OpenAiCompatibleConfig,
  ProviderConfig,
  ProviderName,
} from "./config.ts";
export { offlineModelId } from "./offline.ts";

/**
 * Opens every configured provider, and the offline model with or without being asked. No provider's package is loaded
 * before one of its models is called for the first time.
 *
 * The default model is `config.defaultModel`, else that of the first provider that is ready to be called, else the
 * offline one. A model that is not listed may be asked for all the same: its provider decides.
 * @throws {ModelError} `model_not_configured`: the default model's provider lacks a key or an address, or a provider is
 * given twice. The message names what to set.
 */
export async function openModels(config: ModelsConfig): Promise<Models> {
  const wanted = wantedDefault(config);
  const providers = new Map<string, Models>();
  const given = config.providers.map((provider) =>
    provider.provider === wanted?.provider ? { ...provider, defaultModel: wanted.model } : provider,
  );
  for (const provider of given) {
    if (providers.has(provider.provider)) {
      throw new ModelError("model_not_configured", `The model provider ${provider.provider} is configured twice.`);
    }
    providers.set(provider.provider, open(provider, config));
  }
  if (!providers.has("offline")) providers.set("offline", offlineModels());
  const infos = defaultFirst(providers, wanted);
  return {
    list: () => infos,
    stream: (request) => providers.get(providerOf(request.model))?.stream(request) ?? unknown(request.model),
    async check(signal) {
      await providers.get(providerOf(infos[0]?.id ?? ""))?.check(signal);
    },
  };
}

function open(provider: ProviderConfig, config: ModelsConfig): Models {
  if (provider.provider === "offline") return offlineModels(provider);
  return aiSdkModels(provider, { timeouts: config.timeouts ?? {}, retries: config.retries ?? {} });
}

interface Wanted {
  readonly provider: ProviderName;
  readonly model: string;
}

function wantedDefault({ defaultModel, providers }: ModelsConfig): Wanted | undefined {
  if (defaultModel === undefined) return undefined;
  const slash = defaultModel.indexOf("/");
  const named = defaultModel.slice(0, Math.max(slash, 0));
  if (isProviderName(named)) return { provider: named, model: defaultModel.slice(slash + 1) };
  return { provider: providers[0]?.provider ?? "offline", model: defaultModel };
}

function defaultFirst(providers: ReadonlyMap<string, Models>, wanted: Wanted | undefined): readonly ModelInfo[] {
  const all = [...providers.values()].flatMap((models) => models.list());
  const id = wanted === undefined ? all[0]?.id : `${wanted.provider}/${wanted.model}`;
  const first = all.find((info) => info.id === id);
  if (first === undefined) throw notConfigured(id ?? "", wanted?.provider ?? "");
  const others = all.filter((info) => info !== first).map((info) => ({ ...info, isDefault: false }));
  return [{ ...first, isDefault: true }, ...others];
}

function providerOf(id: string): string {
  return id.slice(0, Math.max(id.indexOf("/"), 0));
}

// eslint-disable-next-line require-yield -- it has nothing to stream: it fails when it is read, as every other stream
async function* unknown(id: string): AsyncGenerator<never, void> {
  throw notConfigured(id, providerOf(id));
}

function notConfigured(id: string, provider: string): ModelError {
  if (!isProviderName(provider)) {
    return new ModelError(
      "model_not_found",
      `There is no model provider for ${JSON.stringify(id)}; ids look like anthropic/claude-sonnet-5-5.`,
    );
  }
  if (provider === "offline") return new ModelError("model_not_found", `There is no model ${JSON.stringify(id)}.`);
  const { ready } = variablesOf(provider);
  return new ModelError("model_not_configured", `The model ${id} cannot be called: set ${ready} and start again.`);
}
