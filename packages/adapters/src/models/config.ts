/** AWS keys as SigV4 needs them. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface ProviderCommon {
  /** The model that `provider` alone stands for. Default: {@link defaultModels}. */
  readonly defaultModel?: string;
  /** Models to list beside the default one. A model that is not listed may still be asked for: the provider decides. */
  readonly models?: readonly string[];
}

/** An API of a model provider: `apiKey` missing means that the provider's models are answered with `model_not_configured`. */
export interface KeyProviderConfig extends ProviderCommon {
  readonly provider: "anthropic" | "openai" | "xai";
  readonly apiKey?: string;
  /** Where the provider's API is, version included, e.g. `https://api.anthropic.com/v1`. Default: the provider's own. */
  readonly baseUrl?: string;
}

/** Any server that speaks OpenAI's chat completions: Ollama, vLLM, LM Studio, a gateway. */
export interface OpenAiCompatibleConfig extends ProviderCommon {
  readonly provider: "openai-compatible";
  /** Version included, e.g. `http://localhost:11434/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  /** The default first, unless `defaultModel` is given. With neither, nothing is listed. */
  readonly models: readonly string[];
}

export interface BedrockConfig extends ProviderCommon {
  readonly provider: "bedrock";
  readonly region?: string;
  /** A Bedrock API key; it goes before AWS credentials. Default: AWS_BEARER_TOKEN_BEDROCK, if it is set. */
  readonly apiKey?: string;
  readonly baseUrl?: string;
  /** Default: the AWS environment variables, then the container's role. Asked before every call. */
  readonly credentials?: () => Promise<AwsCredentials>;
}

export interface OfflineConfig {
  readonly provider: "offline";
  /** Pause between two pieces of text. Default 8 ms, so that streaming can be seen. 0 streams at once. */
  readonly delayMs?: number;
}

export type ProviderConfig = KeyProviderConfig | OpenAiCompatibleConfig | BedrockConfig | OfflineConfig;

export type ProviderName = ProviderConfig["provider"];

/** How long a call may take. Each limit ends it with `model_timeout`. */
export interface ModelTimeouts {
  /** From the call to the answer's beginning. Default 120,000: a local server may have to load the model first. */
  readonly firstByteMs?: number;
  /** Between two parts of the answer. Default 120,000: some models think for long in silence. */
  readonly idleMs?: number;
  /** The whole call without its retries. Default: no limit. */
  readonly totalMs?: number;
}

/** Calls are repeated only while nothing has been streamed. */
export interface ModelRetries {
  /** Default 3; 0 turns retries off. */
  readonly maxRetries?: number;
  /** The first pause is about this long, each further one twice as long, with jitter. Default 500. */
  readonly baseDelayMs?: number;
  /** No pause is longer; a provider that asks for a longer one is not called again. Default 30,000. */
  readonly maxDelayMs?: number;
}

export interface ModelsConfig {
  /** The offline model is there whether it is listed or not. */
  readonly providers: readonly ProviderConfig[];
  /** `provider/model`, or a model of the first provider. Default: the first provider's default model. */
  readonly defaultModel?: string;
  readonly timeouts?: ModelTimeouts;
  readonly retries?: ModelRetries;
}

const variables = {
  anthropic: { ready: "ANTHROPIC_API_KEY", key: "ANTHROPIC_API_KEY" },
  openai: { ready: "OPENAI_API_KEY", key: "OPENAI_API_KEY" },
  xai: { ready: "GROK_API_KEY", key: "GROK_API_KEY" },
  "openai-compatible": { ready: "OPENAI_BASE_URL and DEFAULT_MODEL", key: "OPENAI_API_KEY" },
  bedrock: {
    ready: "BEDROCK_REGION",
    key: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_BEARER_TOKEN_BEDROCK)",
  },
} as const;

/** A provider that is reached over the network. */
export type RemoteProviderName = keyof typeof variables;

/** The environment's variables as messages name them: what makes the provider ready, and what proves who calls. */
export function variablesOf(provider: RemoteProviderName): { readonly ready: string; readonly key: string } {
  return variables[provider];
}

export function isProviderName(name: string): name is ProviderName {
  return name === "offline" || Object.hasOwn(variables, name);
}

/** What a provider's name alone stands for. Bedrock's also depends on the region, see {@link bedrockDefaultModel}. */
export const defaultModels: Readonly<Record<"anthropic" | "openai" | "xai" | "offline", string>> = {
  anthropic: "claude-sonnet-5-5",
  openai: "gpt-6.1-terra",
  xai: "grok-4.7",
  offline: "aloft",
};

/**
 * Bedrock serves current models through inference profiles, whose prefix is that of the region's group.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
 */
export function bedrockDefaultModel(region: string): string {
  const group = /^(us|eu)-/.exec(region)?.[1] ?? "global";
  return `${group}.anthropic.claude-sonnet-5-5`;
}
