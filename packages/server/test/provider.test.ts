import { afterAll, beforeAll, expect, test } from "vitest";
import {
  answerText,
  answerToolCall,
  type ProviderServer,
  providerServer,
} from "../../adapters/src/models/testing/provider-server.ts";
import { type Backend, startBackend, until } from "./support/backend.ts";
import { readEvents } from "./support/events.ts";

const api = "/api/v1";
const key = "sk-not-to-be-seen-anywhere";
let provider: ProviderServer;
let backend: Backend;

beforeAll(async () => {
  provider = await providerServer();
  const OPENAI_BASE_URL = provider.baseUrl("openai-compatible");
  backend = await startBackend({ env: { OPENAI_BASE_URL, OPENAI_API_KEY: key, DEFAULT_MODEL: "test-model" } });
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  await provider.close();
});

async function ask(text: string, agent: object = {}) {
  const made = await backend.owner.post(`${api}/agents`, { name: "Real", instructions: "Be kind.", ...agent });
  const { body } = await backend.owner.post(`${api}/conversations`, { agentIds: [made.body.id] });
  const path = `${api}/conversations/${body.id}`;
  const events = await readEvents(`${backend.url}${path}/events?after=0`, backend.owner.headers);
  await backend.owner.post(`${path}/messages`, { text });
  const end = events.until((event) => event.type === "turn.ended");
  return { path, events, end, reply: async () => (await backend.owner.get(`${path}/messages/2`)).body };
}

test("[turns.provider] a real provider's stream arrives, with its instructions, tools and key sent", async () => {
  provider.next(answerToolCall("call_1", "current_time", {}), answerText("It is late."));
  const { events, end, reply } = await ask("What time is it?", { tools: ["current_time"] });
  await end;
  events.close();
  const stored = await reply();
  expect(stored).toMatchObject({ status: "complete", text: "It is late.", model: "openai-compatible/test-model" });
  expect(stored.usage).toEqual({ inputTokens: 22, outputTokens: 14 });
  expect(stored.toolUses[0]).toMatchObject({ name: "current_time", output: { utc: expect.any(String) } });
  const [first, second] = provider.requests.slice(-2);
  expect(first?.headers.authorization).toBe(`Bearer ${key}`);
  expect(JSON.stringify(first?.body)).toContain("Be kind.");
  expect(JSON.stringify(second?.body)).toContain(stored.toolUses[0].output.utc);
});

test("[turns.provider] a stream that is cut keeps what had arrived, says so, and a retry completes it", async () => {
  provider.next({ parts: [{ text: "Once upon " }, { waitMs: 50 }, { cut: true }] });
  const { path, events, end, reply } = await ask("Tell me a story");
  await end;
  expect(await reply()).toMatchObject({ status: "failed", text: "Once upon ", error: { code: "model_cut_off" } });
  provider.next(answerText("Once upon a time."));
  expect((await backend.owner.post(`${path}/messages/2/retry`)).status).toBe(202);
  const whole = await until(async () => {
    const { status, body } = await backend.owner.get(`${path}/messages/3`);
    return status === 200 ? body : undefined;
  });
  events.close();
  expect(whole).toMatchObject({ status: "complete", text: "Once upon a time.", replyTo: 1 });
  expect(JSON.stringify(provider.requests.at(-1)?.body)).not.toContain("Once upon");
});

test("[turns.provider] an overloaded provider is asked again, and the listeners are told", async () => {
  provider.next({ status: 503, headers: { "retry-after": "0" } }, answerText("Here I am."));
  const { events, end, reply } = await ask("Hello?");
  await end;
  events.close();
  const retrying = events.seen.find((event) => event.type === "turn.retrying");
  expect(retrying?.data).toMatchObject({ turn: 1, attempt: 1, code: "model_overloaded" });
  expect(await reply()).toMatchObject({ status: "complete", text: "Here I am." });
});

test("[turns.provider] a key that is refused is a failed reply that names the variable, never the key", async () => {
  provider.next({ status: 401, type: "invalid_api_key", message: `Incorrect API key provided: ${key}` });
  const { events, end, reply } = await ask("Hello?");
  await end;
  events.close();
  const stored = await reply();
  expect(stored).toMatchObject({ status: "failed", error: { code: "model_key_refused" } });
  expect(stored.error.message).toContain("OPENAI_API_KEY");
  expect(JSON.stringify(events.seen) + backend.log()).not.toContain(key);
});

test("[turns.provider] cancelling closes the provider's connection", async () => {
  provider.next({ parts: [{ text: "Wait " }, { stall: true }] });
  const { path, events, end, reply } = await ask("Take your time");
  await events.until((event) => event.type === "turn.delta");
  await backend.owner.post(`${path}/cancel`);
  await end;
  events.close();
  expect(await provider.requests.at(-1)?.left).toBe(true);
  expect(await reply()).toMatchObject({ status: "cancelled", text: "Wait " });
});
