import type { LanguageModelV3, SharedV3ProviderOptions } from "@ai-sdk/provider";
import { ModelError } from "@aloft/core/ports/models";
import { notReady } from "./ai-sdk-errors.ts";
import { awsCredentials } from "./aws-credentials.ts";
import {
  type AwsCredentials,
  type BedrockConfig,
  bedrockDefaultModel,
  defaultModels,
  type KeyProviderConfig,
  type OpenAiCompatibleConfig,
  type RemoteProviderName,
} from "./config.ts";

export type RemoteProviderConfig = KeyProviderConfig | OpenAiCompatibleConfig | BedrockConfig;

/** A provider whose package is loaded when its first model is opened. */
export interface ModelSource {
  readonly provider: RemoteProviderName;
  /** How messages call it. */
  readonly label: string;
  /** The default first; empty: what it needs is missing. */
  readonly models: readonly string[];
  readonly providerOptions: SharedV3ProviderOptions | undefined;
  /** @throws {ModelError} `model_not_configured` */
  open(model: string): Promise<LanguageModelV3>;
}

type OpenModel = (model: string) => LanguageModelV3;

/** @throws {ModelError} `model_not_configured` when the address given is none. */
export function modelSource(config: RemoteProviderConfig): ModelSource {
  if (config.baseUrl !== undefined && !URL.canParse(config.baseUrl)) {
    throw new ModelError("model_not_configured", `The address of the model provider ${config.provider} is no URL.`);
  }
  switch (config.provider) {
    case "bedrock":
      return bedrock(config);
    case "openai-compatible":
      return openAiCompatible(config);
    default:
      return byKey(config);
  }
}

function modelsOf(first: string, more: readonly string[] = []): readonly string[] {
  return [first, ...more.filter((model) => model !== first)];
}

const labels = { anthropic: "Anthropic", openai: "OpenAI", xai: "xAI" } as const;

/** Nothing is to be kept on OpenAI's side once it is answered. */
const openAiOptions: SharedV3ProviderOptions = { openai: { store: false } };

function byKey(config: KeyProviderConfig): ModelSource {
  const { provider, apiKey } = config;
  let opened: Promise<OpenModel> | undefined;
  return {
    provider,
    label: labels[provider],
    models: apiKey ? modelsOf(config.defaultModel ?? defaultModels[provider], config.models) : [],
    providerOptions: provider === "openai" ? openAiOptions : undefined,
    async open(model) {
      if (!apiKey) throw notReady({ provider, label: labels[provider] });
      opened ??= load(provider, { apiKey, ...(config.baseUrl !== undefined && { baseURL: config.baseUrl }) });
      return (await opened)(model);
    },
  };
}

async function load(
  provider: KeyProviderConfig["provider"],
  settings: { apiKey: string; baseURL?: string },
): Promise<OpenModel> {
  switch (provider) {
    case "anthropic":
      return (await import("@ai-sdk/anthropic")).createAnthropic(settings);
    case "openai":
      return (await import("@ai-sdk/openai")).createOpenAI(settings);
    default:
      return (await import("@ai-sdk/xai")).createXai(settings);
  }
}

function openAiCompatible(config: OpenAiCompatibleConfig): ModelSource {
  const [first, ...rest] = config.models;
  const preferred = config.defaultModel ?? first;
  let opened: Promise<OpenModel> | undefined;
  return {
    provider: config.provider,
    label: `The model server at ${new URL(config.baseUrl).host}`,
    models: preferred === undefined ? [] : modelsOf(preferred, first === undefined ? [] : [first, ...rest]),
    providerOptions: undefined,
    async open(model) {
      opened ??= import("@ai-sdk/openai-compatible").then(({ createOpenAICompatible }) =>
        createOpenAICompatible({
          name: config.provider,
          baseURL: config.baseUrl,
          includeUsage: true,
          ...(config.apiKey && { apiKey: config.apiKey }),
        }),
      );
      return (await opened)(model);
    },
  };
}

function bedrock(config: BedrockConfig): ModelSource {
  const { region } = config;
  const apiKey = config.apiKey ?? process.env["AWS_BEARER_TOKEN_BEDROCK"];
  const credentials = config.credentials ?? awsCredentials;
  let current: AwsCredentials | undefined;
  let opened: Promise<OpenModel> | undefined;
  const open = async (region: string): Promise<OpenModel> => {
    const { createAmazonBedrock } = await import("@ai-sdk/amazon-bedrock");
    return createAmazonBedrock({
      region,
      ...(config.baseUrl !== undefined && { baseURL: config.baseUrl }),
      ...(apiKey ? { apiKey } : { credentialProvider: async () => current ?? (await credentials()) }),
    });
  };
  return {
    provider: config.provider,
    label: "Amazon Bedrock",
    models: region ? modelsOf(config.defaultModel ?? bedrockDefaultModel(region), config.models) : [],
    providerOptions: undefined,
    async open(model) {
      if (!region) throw notReady({ provider: "bedrock", label: "Amazon Bedrock" });
      // asked for here, because the package would bury why they are missing
      if (!apiKey) current = await credentials();
      opened ??= open(region);
      return (await opened)(model);
    },
  };
}
