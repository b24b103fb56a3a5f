import { getEventListeners } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { ModelEvent, ModelMessage, ToolDescription } from "@aloft/core/ports/models";
import { describe, expect, test } from "vitest";
import { answerText, type AnswerPart, providerServer } from "./testing/provider-server.ts";
import { readAll, remoteProviders, textOf, wireModels, wireRequest } from "./testing/wire-models.ts";

const lookUp: ToolDescription = {
  name: "look_up",
  description: "Looks a word up.",
  inputSchema: {
    type: "object",
    properties: { word: { type: "string", minLength: 1 } },
    required: ["word"],
    additionalProperties: false,
  },
};

const history: readonly ModelMessage[] = [
  { role: "user", text: "What is a capybara?", name: "Ann" },
  {
    role: "assistant",
    text: "Let me see.",
    toolCalls: [
      { id: "call_1", name: "look_up", input: { word: "capybara" } },
      { id: "call_2", name: "look_up", input: "{not json" },
    ],
  },
  { role: "tool", callId: "call_1", name: "look_up", output: { meaning: "a rodent" } },
  { role: "tool", callId: "call_2", name: "look_up", output: "The input is not JSON.", isError: true },
  { role: "assistant", text: "" },
  { role: "user", text: "Go on." },
];

function callsOf(events: readonly ModelEvent[]) {
  return events.flatMap((event) => (event.type === "tool-call" ? [event.call] : []));
}

describe.each(remoteProviders)("%s", (provider) => {
  test("[models.wire.text] text survives any cut of its bytes, and usage is the provider's", async () => {
    const said = 'Grüße, 世界! 🦫 «ok» "quoted" \\ and\nlines.';
    for (const bytesPerWrite of [1, 3, 1000]) {
      await using server = await providerServer();
      const models = await wireModels(provider, server);
      const usage = { inputTokens: 1234, outputTokens: 56 };
      server.next({ ...answerText(said, usage), bytesPerWrite });
      const events = await readAll(models.stream(wireRequest(models)));
      expect(textOf(events)).toBe(said);
      expect(events.at(-1)).toEqual({ type: "finish", reason: "stop", usage });
    }
  });

  test("[models.wire.request] system, history, tools and limits reach the provider", async () => {
    await using server = await providerServer();
    const models = await wireModels(provider, server);
    server.next(answerText("fine"));
    const request = wireRequest(models, { messages: history, tools: [lookUp], maxOutputTokens: 321 });
    await readAll(models.stream(request));
    expect(server.requests).toHaveLength(1);
    const sent = JSON.stringify(server.requests[0]?.body);
    for (const text of ["Be brief.", "Ann: What is a capybara?", "Let me see.", "a rodent", "The input is not JSON."]) {
      expect(sent).toContain(text);
    }
    expect(sent).toContain("Looks a word up.");
    expect(sent).toContain("additionalProperties");
    expect(sent).toContain("321");
    expect(sent.match(/call_1/g)?.length).toBe(2);
    expect(sent).toContain("invalidInput");
    expect(server.requests[0]?.path).toContain(provider === "bedrock" ? "converse-stream" : "/v1/");
  });

  test("[models.wire.tools] text and several calls come in order, with the input parsed", async () => {
    await using server = await providerServer();
    const models = await wireModels(provider, server);
    const parts: AnswerPart[] = [
      { text: "I look " },
      { text: "both up." },
      { toolCall: { id: "call_a", name: "look_up", json: ['{"wo', 'rd":"ca', 'py\\u0062ara 🦫"}'] } },
      { toolCall: { id: "call_b", name: "look_up", json: ["{", "}"] } },
    ];
    server.next({ parts, finish: "tool-calls", bytesPerWrite: 11 });
    const events = await readAll(models.stream(wireRequest(models, { tools: [lookUp] })));
    expect(textOf(events)).toBe("I look both up.");
    expect(callsOf(events)).toEqual([
      { id: "call_a", name: "look_up", input: { word: "capybara 🦫" } },
      { id: "call_b", name: "look_up", input: {} },
    ]);
    expect(events.at(-1)).toMatchObject({ type: "finish", reason: "tool-calls" });
  });

  test("[models.wire.bad-input] a call whose input is no JSON object is a call all the same, its input the text", async () => {
    await using server = await providerServer();
    const models = await wireModels(provider, server);
    for (const broken of ['{"word": capybara', '["capybara"]']) {
      server.next({
        parts: [{ toolCall: { id: "call_a", name: "look_up", json: [broken.slice(0, 4), broken.slice(4)] } }],
        finish: "tool-calls",
      });
      const events = await readAll(models.stream(wireRequest(models, { tools: [lookUp] })));
      expect(callsOf(events)).toEqual([{ id: "call_a", name: "look_up", input: broken }]);
      expect(events.at(-1)).toMatchObject({ type: "finish", reason: "tool-calls" });
    }
  });

  test("[models.wire.reasoning] reasoning is told apart from text", async () => {
    await using server = await providerServer();
    const models = await wireModels(provider, server);
    const parts = [{ reasoning: "Hmm, " }, { reasoning: "so." }, { text: "Yes." }];
    server.next({ parts });
    const events = await readAll(models.stream(wireRequest(models)));
    expect(events.map((event) => (event.type === "reasoning" ? event.text : "")).join("")).toBe("Hmm, so.");
    expect(textOf(events)).toBe("Yes.");
  });

  test("[models.wire.finish] why an answer ended is told: too long, or filtered", async () => {
    await using server = await providerServer();
    const models = await wireModels(provider, server);
    for (const finish of ["length", "content-filter"] as const) {
      server.next({ ...answerText("so far"), finish });
      const events = await readAll(models.stream(wireRequest(models)));
      expect(textOf(events)).toBe("so far");
      expect(events.at(-1)).toMatchObject({ type: "finish", reason: finish });
    }
  });

  test("[models.wire.reuse] one connection serves one step after another, and nothing stays on the caller's signal", async () => {
    await using server = await providerServer();
    const models = await wireModels(provider, server);
    const ports = new Set<number | undefined>();
    const { signal } = new AbortController();
    for (let step = 0; step < 3; step += 1) {
      server.next({ ...answerText("yes"), lingerMs: 20 });
      await readAll(models.stream(wireRequest(models, { signal })));
      expect(getEventListeners(signal, "abort")).toEqual([]);
      expect(await server.requests[step]?.left).toBe(false);
      ports.add(server.requests[step]?.port);
      // fetch itself takes a moment to see that its connection is free
      await setTimeout(20);
    }
    expect(ports.size).toBe(1);
  });
});
