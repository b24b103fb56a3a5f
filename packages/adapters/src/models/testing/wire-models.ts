import type { ModelEvent, ModelRequest, Models } from "@aloft/core/ports/models";
import type { RemoteProviderName } from "../config.ts";
import { type ModelsConfig, openModels, type ProviderConfig } from "../index.ts";
import type { ProviderServer } from "./provider-server.ts";

/** Every provider that is reached over the network. */
export const remoteProviders = ["anthropic", "openai", "openai-compatible", "xai", "bedrock"] as const;

/** The keys that {@link wireConfig} gives: no message or log may ever hold one of them. */
export const testSecrets = ["sk-test-key-0123456789", "AKIDTESTKEY", "aws-test-secret-0123456789"] as const;

/** A configuration of the provider that calls the server in its stead. */
export function wireConfig(provider: RemoteProviderName, server: ProviderServer): ProviderConfig {
  const baseUrl = server.baseUrl(provider);
  const [apiKey, accessKeyId, secretAccessKey] = testSecrets;
  switch (provider) {
    case "openai-compatible":
      return { provider, baseUrl, apiKey, models: ["llama"] };
    case "bedrock":
      return { provider, baseUrl, region: "eu-north-1", credentials: async () => ({ accessKeyId, secretAccessKey }) };
    default:
      return { provider, baseUrl, apiKey };
  }
}

/** The provider's models as the server plays them; retries wait one millisecond unless `more` says otherwise. */
export function wireModels(
  provider: RemoteProviderName,
  server: ProviderServer,
  more: Partial<ModelsConfig> = {},
): Promise<Models> {
  return openModels({ providers: [wireConfig(provider, server)], retries: { baseDelayMs: 1 }, ...more });
}

export function wireRequest(models: Models, more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: models.list()[0]?.id ?? "",
    system: "Be brief.",
    messages: [{ role: "user", text: "Hello" }],
    tools: [],
    signal: new AbortController().signal,
    ...more,
  };
}

/** Reads an answer to its end; the events stay in `seen` when it fails. */
export async function readAll(stream: AsyncIterable<ModelEvent>, seen: ModelEvent[] = []): Promise<ModelEvent[]> {
  for await (const event of stream) seen.push(event);
  return seen;
}

export function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === "text" ? event.text : "")).join("");
}
