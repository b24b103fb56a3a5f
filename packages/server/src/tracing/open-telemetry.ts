import { type Context, context, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { TracingConfig } from "../config/config.ts";
import { within } from "./spans.ts";
import { nameTraceToProviders, tracedModels } from "./traced-models.ts";
import { tracedStore } from "./traced-store.ts";
import type { Tracing } from "./tracing.ts";

export interface OpenTelemetryOptions extends TracingConfig {
  readonly environment: string;
  readonly version: string;
}

/** How long a collector that does not answer may keep the server from ending. */
const lastSpansMs = 2000;

const propagator = new W3CTraceContextPropagator();

/** @see https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export function openTelemetry({ endpoint, serviceName, environment, version }: OpenTelemetryOptions): Tracing {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": serviceName,
      "service.version": version,
      "deployment.environment.name": environment,
    }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: 5000 }),
        scheduledDelayMillis: 1000,
      }),
    ],
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  const tracer = provider.getTracer("aloft", version);
  const stopNaming = nameTraceToProviders(propagator);
  return {
    requests: (app) => traceRequests(app, tracer),
    store: (store) => tracedStore(store, tracer),
    models: (models) => tracedModels(models, tracer),
    turn: ({ conversationId, turn }, run) =>
      within(
        tracer.startSpan("turn", { attributes: { "aloft.conversation.id": conversationId, "aloft.turn": turn } }),
        async (span) => {
          const status = await run();
          span.setAttribute("aloft.turn.status", status);
          return status;
        },
      ),
    async [Symbol.asyncDispose]() {
      stopNaming();
      let timer: NodeJS.Timeout | undefined;
      const impatience = new Promise<void>((resolve) => (timer = setTimeout(resolve, lastSpansMs)));
      await Promise.race([provider.shutdown().catch(() => undefined), impatience]);
      clearTimeout(timer);
      context.disable();
    },
  };
}

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
function traceRequests(app: FastifyInstance, tracer: Tracer): void {
  app.addHook("onRequest", (request, reply, done) => {
    // Streams last for hours, and load balancers ask for health all the time.
    if (request.routeOptions.config.unlimited === true) return done();
    const route = request.routeOptions.url;
    const attributes = {
      "http.request.method": request.method,
      ...(route === undefined ? {} : { "http.route": route }),
    };
    const parent = contextOf(request);
    const name = route === undefined ? request.method : `${request.method} ${route}`;
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    reply.raw.once("close", () => {
      span.setAttribute("http.response.status_code", reply.statusCode);
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    return context.with(trace.setSpan(parent, span), done);
  });
}

function contextOf({ headers }: FastifyRequest): Context {
  return propagator.extract(context.active(), headers, {
    get: (carrier, key) => carrier[key],
    keys: (carrier) => Object.keys(carrier),
  });
}
