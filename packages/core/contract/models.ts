import { describe, expect, test } from "vitest";
import { ModelError, type ModelEvent, type ModelMessage, type ModelRequest, type Models } from "../src/ports/models.ts";
import type { ToolDescription } from "../src/ports/models.ts";

/** One set of models under test, and how to make its default model do what a test needs. */
export interface ModelsFixture extends AsyncDisposable {
  readonly models: Models;
  /** Makes the next answer be `text`, in several pieces. Returns what the user has to say for it. */
  readonly say: (text: string) => string;
  /** Makes the next answers call the tool once, and then quote its result. */
  readonly callTool: (tool: ToolDescription, input: Readonly<Record<string, string>>, result: string) => string;
  /** Makes the next answer go on for as long as anybody listens. */
  readonly talk: () => string;
}

const echo: ToolDescription = {
  name: "echo",
  description: "Says it again.",
  inputSchema: {
    type: "object",
    properties: { word: { type: "string" } },
    required: ["word"],
    additionalProperties: false,
  },
};

/** What every {@link Models} promises. Run it as `modelsContract("offline", () => …)` within a test file. */
export function modelsContract(name: string, open: () => Promise<ModelsFixture>): void {
  describe(`models contract: ${name}`, () => {
    const ask = (models: Models, text: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
      model: models.list()[0]?.id ?? "",
      system: "Answer briefly.",
      messages: [{ role: "user", text }],
      tools: [],
      signal: new AbortController().signal,
      ...more,
    });

    test("[models.contract.list] the list has one default, which stands first, and ids that name their provider", async () => {
      await using fixture = await open();
      const list = fixture.models.list();
      expect(list.map((info) => info.isDefault)).toEqual(list.map((_, index) => index === 0));
      expect(list.length).toBeGreaterThan(0);
      for (const info of list) expect(info.id.startsWith(`${info.provider}/`)).toBe(true);
      expect(new Set(list.map((info) => info.id)).size).toBe(list.length);
    });

    test("[models.contract.text] text comes in pieces, in order and whole, and one finish ends it", async () => {
      await using fixture = await open();
      const said = "One two three, four. Ünïcödé 漢字 🙂 and  double spaces.";
      const events = await collect(fixture.models.stream(ask(fixture.models, fixture.say(said))));
      expect(textOf(events)).toBe(said);
      expect(events.filter((event) => event.type === "text").length).toBeGreaterThan(1);
      expect(events.filter((event) => event.type === "finish")).toEqual([events.at(-1)]);
      const finish = events.at(-1);
      if (finish?.type !== "finish") throw new Error("no finish");
      expect(finish.reason).toBe("stop");
      expect(finish.usage.inputTokens).toBeGreaterThan(0);
      expect(finish.usage.outputTokens).toBeGreaterThan(0);
    });

    test("[models.contract.tools] a tool call ends the step, and its result is answered in the next one", async () => {
      await using fixture = await open();
      const text = fixture.callTool(echo, { word: "ahoy" }, "ahoy it is");
      const messages: ModelMessage[] = [{ role: "user", text }];
      const first = await collect(fixture.models.stream(ask(fixture.models, text, { tools: [echo] })));
      const calls = first.flatMap((event) => (event.type === "tool-call" ? [event.call] : []));
      expect(calls).toMatchObject([{ name: "echo", input: { word: "ahoy" } }]);
      expect(first.at(-1)).toMatchObject({ type: "finish", reason: "tool-calls" });
      expect(calls[0]?.id).not.toBe("");
      messages.push({ role: "assistant", text: textOf(first), toolCalls: calls });
      messages.push({ role: "tool", callId: calls[0]?.id ?? "", name: "echo", output: "ahoy it is" });
      const second = await collect(fixture.models.stream(ask(fixture.models, text, { messages, tools: [echo] })));
      expect(textOf(second)).toContain("ahoy it is");
      expect(second.at(-1)).toMatchObject({ type: "finish", reason: "stop" });
    });

    test("[models.contract.abort] an abort throws the signal's reason, before the call and in the middle of it", async () => {
      await using fixture = await open();
      const reason = new Error("enough");
      const before = ask(fixture.models, fixture.say("nothing"), { signal: AbortSignal.abort(reason) });
      await expect(collect(fixture.models.stream(before))).rejects.toBe(reason);
      await using talking = await open();
      const controller = new AbortController();
      const request = ask(talking.models, talking.talk(), { signal: controller.signal });
      const seen: ModelEvent[] = [];
      const reading = (async () => {
        for await (const event of talking.models.stream(request)) {
          if (seen.push(event) === 3) controller.abort(reason);
        }
      })();
      await expect(reading).rejects.toBe(reason);
      expect(seen.filter((event) => event.type === "text").length).toBeGreaterThan(0);
    });

    test("[models.contract.leave] a reader may leave in the middle", async () => {
      await using fixture = await open();
      let seen = 0;
      for await (const _ of fixture.models.stream(ask(fixture.models, fixture.talk()))) {
        seen += 1;
        if (seen === 3) break;
      }
      expect(seen).toBe(3);
    });

    test("[models.contract.unknown] a model of no provider is a typed error that names it", async () => {
      await using fixture = await open();
      const request = ask(fixture.models, "hello", { model: "nobody/nothing" });
      const failure = await collect(fixture.models.stream(request)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ModelError);
      expect(failure).toMatchObject({
        code: expect.stringMatching(/^model_not_(?:found|configured)$/),
        retryable: false,
      });
      expect(String(failure)).toContain("nobody/nothing");
    });

    test("[models.contract.check] the default model answers a check, and an aborted check throws the reason", async () => {
      await using fixture = await open();
      fixture.say("yes");
      await fixture.models.check(new AbortController().signal);
      const reason = new Error("no time");
      await expect(fixture.models.check(AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
}

async function collect(stream: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === "text" ? event.text : "")).join("");
}
