import type { ModelEvent, ModelMessage, ModelRequest, ToolDescription } from "@aloft/core/ports/models";
import { expect, test } from "vitest";
import { offlineModelId, offlineModels } from "./offline.ts";

const models = offlineModels({ delayMs: 0 });

const weather: ToolDescription = {
  name: "get_weather",
  description: "Tells the weather of a city.",
  inputSchema: {
    type: "object",
    properties: {
      city: { type: "string" },
      days: { type: "integer", minimum: 1 },
      unit: { type: "string", enum: ["celsius", "fahrenheit"] },
    },
    required: ["city", "days", "unit"],
  },
};
const search: ToolDescription = {
  name: "search",
  description: "Finds passages in a library.",
  inputSchema: { type: "object", properties: { query: { type: "string" } }, required: ["query"] },
};

function request(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: offlineModelId,
    system: "",
    messages: [{ role: "user", text }],
    tools: [],
    signal: new AbortController().signal,
    ...more,
  };
}

async function run(request: ModelRequest): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of models.stream(request)) events.push(event);
  return events;
}

function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === "text" ? event.text : "")).join("");
}

function callsOf(events: readonly ModelEvent[]) {
  return events.flatMap((event) => (event.type === "tool-call" ? [event.call] : []));
}

test("[models.offline.says] it says that it is offline, quotes the user, and answers the same each time", async () => {
  const first = await run(request("Hello, is anybody there?"));
  expect(textOf(first)).toContain("offline");
  expect(textOf(first)).toContain("“Hello, is anybody there?”");
  expect(first.length).toBeGreaterThan(5);
  expect(await run(request("Hello, is anybody there?"))).toEqual(first);
});

test("[models.offline.usage] usage is counted at four characters a token", async () => {
  const events = await run(request('reply with "12345678"', { system: "sys!" }));
  const read = 4 + JSON.stringify([{ role: "user", text: 'reply with "12345678"' }]).length + 2;
  expect(events.at(-1)).toEqual({
    type: "finish",
    reason: "stop",
    usage: { inputTokens: Math.ceil(read / 4), outputTokens: 2 },
  });
});

test("[models.offline.tools] it calls the tool that is named, filling what it requires from the text", async () => {
  const events = await run(request('use get_weather for "Tartu", 3 days, in Fahrenheit', { tools: [search, weather] }));
  expect(callsOf(events)).toEqual([
    { id: "offline-0-0-0", name: "get_weather", input: { city: "Tartu", days: 3, unit: "fahrenheit" } },
  ]);
  expect(events.at(-1)).toMatchObject({ reason: "tool-calls" });
});

test("[models.offline.tools] it finds a tool by the words of its name and description", async () => {
  const events = await run(request("What will the weather in the city be?", { tools: [search, weather] }));
  expect(callsOf(events).map((call) => call.name)).toEqual(["get_weather"]);
  const none = await run(request("Tell me a story.", { tools: [search, weather] }));
  expect(callsOf(none)).toEqual([]);
});

test("[models.offline.says] lines are quoted apart, so that no Markdown in them swallows what it says itself", async () => {
  expect(textOf(await run(request("Look:\n```\ncode")))).toContain("\n> Look:\n> ```\n> code\n\nFor real answers");
});

test("[models.offline.tools] values can be named, and quoted strings go to the other inputs in order", async () => {
  const events = await run(request('use get_weather unit=celsius days: 5 of "12 Oaks"', { tools: [weather] }));
  expect(callsOf(events)[0]?.input).toEqual({ city: "12 Oaks", days: 5, unit: "celsius" });
});

async function loop(text: string, results: readonly Partial<ModelMessage>[], tools = [search, weather]) {
  const messages: ModelMessage[] = [{ role: "user", text }];
  const steps: ModelEvent[][] = [];
  for (;;) {
    const events = await run(request(text, { messages, tools }));
    steps.push(events);
    const calls = callsOf(events);
    if (calls.length === 0 || steps.length > 10) return steps;
    messages.push({ role: "assistant", text: textOf(events), toolCalls: calls });
    for (const call of calls) {
      const result = results[steps.length - 1] ?? {};
      messages.push({ role: "tool", callId: call.id, name: call.name, output: "nothing", ...result } as ModelMessage);
    }
  }
}

test("[models.offline.tools] several tools make several steps, whose results and errors it quotes", async () => {
  const steps = await loop('use search "rain", then use get_weather', [
    { output: { passages: ["It rains."] } },
    { output: "no such city", isError: true },
  ]);
  expect(steps.map((events) => callsOf(events).map((call) => call.name))).toEqual([["search"], ["get_weather"], []]);
  const answer = textOf(steps[2] ?? []);
  expect(answer).toContain('search returned: {"passages":["It rains."]}');
  expect(answer).toContain("get_weather failed: no such city");
});

test("[models.offline.tools] together means one step, keep using means no end, bad input is no object", async () => {
  const together = await loop("use search and get_weather together", []);
  expect(together.map((events) => callsOf(events).length)).toEqual([2, 0]);
  const endless = await loop("keep using search", []);
  expect(endless).toHaveLength(11);
  const bad = await run(request("use search with bad input", { tools: [search] }));
  expect(callsOf(bad)[0]?.input).toBe("bad input");
});

test("[models.offline.language] it counts, thinks, retries and ends as it is told", async () => {
  const events = await run(request("think, retry 2 times, then count to 1000 and finish with content-filter"));
  expect(events.slice(0, 2).map((event) => event.type)).toEqual(["retry", "retry"]);
  expect(events.some((event) => event.type === "reasoning")).toBe(true);
  const texts = events.filter((event) => event.type === "text");
  expect(texts).toHaveLength(1000);
  expect(textOf(events)).toBe(Array.from({ length: 1000 }, (_, n) => n + 1).join(" "));
  expect(events.at(-1)).toMatchObject({ type: "finish", reason: "content-filter" });
});

test("[models.offline.language] it fails as it is told, at once or after some text", async () => {
  await expect(run(request("fail with model_overloaded"))).rejects.toMatchObject({ code: "model_overloaded" });
  const seen: ModelEvent[] = [];
  const failing = (async () => {
    for await (const event of models.stream(request("fail with model_cut_off after 3"))) seen.push(event);
  })();
  await expect(failing).rejects.toMatchObject({ code: "model_cut_off", retryable: true });
  expect(textOf(seen)).toBe("1 2 3");
});

test("[models.offline.length] maxOutputTokens cuts the answer", async () => {
  const events = await run(request("count to 100", { maxOutputTokens: 2 }));
  expect(textOf(events)).toBe("1 2 3 4 ");
  expect(events.at(-1)).toMatchObject({ reason: "length", usage: { outputTokens: 2 } });
});

test("[models.offline.abort] without a pause it still lets an abort through", async () => {
  const controller = new AbortController();
  setImmediate(() => controller.abort(new Error("stopped by the user")));
  await expect(run(request("count to 1000000", { signal: controller.signal }))).rejects.toThrow("stopped by the user");
});

test("[models.offline.pace] pieces are paced, so that streaming can be seen", async () => {
  const started = performance.now();
  for await (const _ of offlineModels({ delayMs: 10 }).stream(request("count to 10")));
  expect(performance.now() - started).toBeGreaterThan(90);
});
