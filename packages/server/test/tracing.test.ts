import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { answerText, providerServer } from "../../adapters/src/models/testing/provider-server.ts";
import { startBackend, until } from "./support/backend.ts";

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status: { readonly code?: number };
}

/** Takes what a collector takes. */
async function collector() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body);
      expect(request.url).toBe("/v1/traces");
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const resources = () => bodies.flatMap((body) => JSON.parse(body).resourceSpans as any[]);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    raw: () => bodies.join("\n"),
    resources,
    spans: (): SentSpan[] => resources().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }: any) => spans)),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

const attribute = ({ attributes }: SentSpan, key: string): unknown =>
  Object.values(attributes.find((one) => one.key === key)?.value ?? {})[0];

test(
  "[landing.image.traces] a request, its turn, the model's call and the store's are one trace, which holds nothing of what was said",
  { timeout: 60_000 },
  async () => {
    await using there = await collector();
    const provider = await providerServer();
    const OPENAI_API_KEY = "sk-not-to-be-traced";
    const OPENAI_BASE_URL = provider.baseUrl("openai-compatible");
    const backend = await startBackend({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${there.url}/`,
        OPENAI_BASE_URL,
        OPENAI_API_KEY,
        DEFAULT_MODEL: "test-model",
      },
    });
    provider.next(answerText("An answer that nobody else hears."));
    const { body: agent } = await backend.owner.post("/api/v1/agents", { name: "Told", instructions: "Whisper it." });
    const { body: conversation } = await backend.owner.post("/api/v1/conversations", { agentIds: [agent.id] });
    const path = `/api/v1/conversations/${conversation.id}`;
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    await backend.owner.request("POST", `${path}/messages`, { text: "A question in confidence." }, { traceparent });
    await until(async () => ((await backend.owner.get(`${path}/messages`)).body.items.length === 2 ? true : undefined));
    await backend.owner.get("/health/ready");
    await backend.owner.get("/api/v1/nowhere");
    await backend[Symbol.asyncDispose]();
    await provider.close();

    const ofTrace = there.spans().filter((span) => span.traceId === traceId);
    const named = (name: string) => {
      const found = ofTrace.find((span) => span.name === name);
      if (found === undefined) throw new Error(`no span ${name} among ${ofTrace.map((span) => span.name).join(", ")}`);
      return found;
    };
    const request = named("POST /api/v1/conversations/:id/messages");
    const turn = named("turn");
    const call = named("chat test-model");
    expect(request.parentSpanId).toBe("b7ad6b7169203331");
    expect(turn.parentSpanId).toBe(request.spanId);
    expect(call.parentSpanId).toBe(turn.spanId);
    expect(attribute(request, "http.response.status_code")).toBe(201);
    expect(attribute(turn, "aloft.turn.status")).toBe("complete");
    expect(attribute(turn, "aloft.conversation.id")).toBe(conversation.id);
    expect(attribute(call, "gen_ai.request.model")).toBe("test-model");
    expect(Number(attribute(call, "gen_ai.usage.output_tokens"))).toBeGreaterThan(0);
    const stored = ofTrace.filter((span) => attribute(span, "db.operation.name") !== undefined);
    expect(new Set(stored.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([request.spanId, turn.spanId]));
    expect(stored.map((span) => attribute(span, "db.collection.name"))).toContain("messages");
    expect(provider.requests.at(-1)?.headers["traceparent"]).toBe(`00-${traceId}-${call.spanId}-01`);

    const [resource] = there.resources();
    expect(JSON.stringify(resource.resource)).toContain('{"key":"service.name","value":{"stringValue":"aloft"}}');
    expect(there.spans().filter((span) => span.name.includes("/health"))).toEqual([]);
    const said = ["question in confidence", "nobody else hears", "Whisper", OPENAI_API_KEY, "aloft_session", "token="];
    for (const words of said) expect(there.raw()).not.toContain(words);
    expect(there.raw()).not.toContain(`${path}/`);
  },
);

test(
  "[landing.image.traces-lost] a collector that never answers is no reason not to serve, nor to end late",
  { timeout: 60_000 },
  async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const port = (silent.address() as AddressInfo).port;
    for (const url of [`http://127.0.0.1:${port}`, "http://127.0.0.1:1"]) {
      const backend = await startBackend({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url } });
      expect((await backend.owner.get("/api/v1/me")).status).toBe(200);
      const asked = performance.now();
      await backend.stop();
      expect(performance.now() - asked).toBeLessThan(4000);
      await backend[Symbol.asyncDispose]();
    }
    silent.closeAllConnections();
    silent.close();
  },
);
