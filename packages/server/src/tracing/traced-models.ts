import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ModelEvent, ModelRequest, Models } from "@aloft/core/ports/models";
import {
  context,
  createContextKey,
  type Span,
  SpanKind,
  type TextMapPropagator,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { fail } from "./spans.ts";

const callsModel = createContextKey("a model is being called");

/**
 * One span for a call, from the first request to the last word.
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 */
export function tracedModels(models: Models, tracer: Tracer): Models {
  return {
    list: () => models.list(),
    check: (signal) => models.check(signal),
    stream: (request) => tracedStream(models, request, tracer),
  };
}

async function* tracedStream(models: Models, request: ModelRequest, tracer: Tracer): AsyncIterable<ModelEvent> {
  const [provider = "", ...rest] = request.model.split("/");
  const model = rest.join("/");
  const attributes = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": provider,
    "gen_ai.request.model": model,
  };
  const span = tracer.startSpan(`chat ${model}`, { kind: SpanKind.CLIENT, attributes });
  const inside = trace.setSpan(context.active(), span).setValue(callsModel, true);
  // A generator runs in the context of whoever asks for its next value.
  const events = context.with(inside, () => models.stream(request)[Symbol.asyncIterator]());
  try {
    for (;;) {
      const next = await context.with(inside, () => events.next());
      if (next.done === true) return;
      describe(span, next.value);
      yield next.value;
    }
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    await events.return?.();
    span.end();
  }
}

function describe(span: Span, event: ModelEvent): void {
  if (event.type === "retry") span.addEvent("retry", { attempt: event.attempt, "error.type": event.code });
  if (event.type !== "finish") return;
  span.setAttributes({
    "gen_ai.response.finish_reasons": [event.reason],
    "gen_ai.usage.input_tokens": event.usage.inputTokens,
    "gen_ai.usage.output_tokens": event.usage.outputTokens,
  });
}

/**
 * Adds `traceparent` to what is asked by Node's own `fetch` while a model is called: so providers that one runs oneself
 * tell of the same trace.
 * @returns what ends it.
 * @see https://undici.nodejs.org/#/docs/api/DiagnosticsChannel
 */
export function nameTraceToProviders(propagator: TextMapPropagator): () => void {
  const name = (message: unknown): void => {
    const active = context.active();
    if (active.getValue(callsModel) !== true) return;
    const { request } = message as { request: { addHeader(name: string, value: string): void } };
    propagator.inject(active, request, { set: (carrier, key, value) => carrier.addHeader(key, value) });
  };
  subscribe("undici:request:create", name);
  return () => void unsubscribe("undici:request:create", name);
}
