import type { LanguageModelV3StreamPart } from "@ai-sdk/provider";
import type { ModelEvent, ModelInfo, ModelRequest, Models } from "@aloft/core/ports/models";
import { callClock } from "./ai-sdk-clock.ts";
import { cutOff, type Failure, failureOf, notReady, streamFault } from "./ai-sdk-errors.ts";
import { callOptions, toolInput } from "./ai-sdk-prompt.ts";
import { type ModelSource, modelSource, type RemoteProviderConfig } from "./ai-sdk-providers.ts";
import { pause, retryDelayMs } from "./backoff.ts";
import type { ModelRetries, ModelTimeouts } from "./config.ts";

export interface AiSdkLimits {
  readonly timeouts: ModelTimeouts;
  readonly retries: ModelRetries;
}

/** As little as every provider accepts. */
const probe = { system: "", messages: [{ role: "user", text: "Say yes." }], tools: [], maxOutputTokens: 16 } as const;

/**
 * The models of one provider, by the AI SDK's provider package, which is loaded at the first call. The package speaks
 * the wire; the tool loop is the caller's.
 *
 * A tool call whose input is not a JSON object is streamed like any other, with what the model wrote as `input`, a
 * string: it does not fit the tool's schema, so the caller answers it with an error result and the model can mend it.
 *
 * Calls are repeated with backoff on 429, 5xx, network faults and error events in an answer, as long as no text,
 * reasoning or tool call was streamed. An answer that ends without saying that it is complete is `model_cut_off`.
 * Usage is the provider's count, and 0 where it gives none.
 */
export function aiSdkModels(config: RemoteProviderConfig, limits: AiSdkLimits): Models {
  const source = modelSource(config);
  const prefix = `${config.provider}/`;
  const infos = source.models.map((model, index): ModelInfo => ({
    id: prefix + model,
    provider: config.provider,
    isDefault: index === 0,
  }));
  const name = (request: ModelRequest) => request.model.slice(prefix.length);
  return {
    list: () => infos,
    stream: (request) => answer(source, name(request), request, limits),
    async check(signal) {
      const model = source.models[0];
      if (model === undefined) throw notReady(source);
      const once = { ...limits, retries: { maxRetries: 0 } };
      // that an answer begins is enough: leaving the loop ends the call
      for await (const _ of answer(source, model, { ...probe, model: prefix + model, signal }, once)) return;
    },
  };
}

async function* answer(
  source: ModelSource,
  name: string,
  request: ModelRequest,
  limits: AiSdkLimits,
): AsyncGenerator<ModelEvent, void> {
  const { signal } = request;
  signal.throwIfAborted();
  const options = callOptions(request, source.providerOptions);
  for (let attempt = 1; ; attempt += 1) {
    const clock = callClock(signal, limits.timeouts, source);
    let failure: Failure = cutOff(source);
    let streamed = false;
    try {
      const model = await clock.begin(source.open(name));
      await clock.answer(model.doStream({ ...options, abortSignal: clock.signal }));
      for (let part = await clock.next(); part !== undefined; part = await clock.next()) {
        const event = eventOf(part, source, name);
        if (event === undefined) continue;
        streamed = true;
        if (event.type === "finish") clock.finish();
        yield event;
        if (event.type === "finish") return;
      }
    } catch (error) {
      failure = failureOf(error, source, name, clock.answering);
    } finally {
      await clock.end();
    }
    signal.throwIfAborted();
    failure = clock.expired ?? failure;
    const delayMs = streamed ? undefined : retryDelayMs(failure, attempt, limits.retries);
    if (delayMs === undefined) throw failure.error;
    yield { type: "retry", attempt, delayMs, code: failure.error.code };
    await pause(delayMs, signal);
  }
}

function eventOf(part: LanguageModelV3StreamPart, source: ModelSource, name: string): ModelEvent | undefined {
  switch (part.type) {
    case "text-delta":
      return part.delta === "" ? undefined : { type: "text", text: part.delta };
    case "reasoning-delta":
      return part.delta === "" ? undefined : { type: "reasoning", text: part.delta };
    case "tool-call":
      return {
        type: "tool-call",
        call: { id: part.toolCallId, name: part.toolName, input: toolInput(part.input) },
      };
    case "finish": {
      const { unified, raw } = part.finishReason;
      if (unified === "error") throw streamFault(undefined, source, name);
      if (unified === "other" && raw === undefined) throw cutOff(source).error;
      const { inputTokens, outputTokens } = part.usage;
      const usage = { inputTokens: inputTokens.total ?? 0, outputTokens: outputTokens.total ?? 0 };
      return { type: "finish", reason: unified, usage };
    }
    case "error":
      throw streamFault(part.error, source, name);
    default:
      return undefined;
  }
}
