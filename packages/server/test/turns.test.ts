import { blobNameOf } from "@aloft/core/attachments/attachments";
import { messages } from "@aloft/core/conversations/tables";
import { UnavailableError } from "@aloft/core/errors";
import { storeLimits } from "@aloft/core/ports/store";
import type { Tool } from "@aloft/core/turns/tools";
import { expect, test } from "vitest";
import { until } from "./support/backend.ts";
import { calling, conversationId, failingStore, saying, startEngine, type Engine } from "./support/engine.ts";

const tool = (name: string, run: Tool["run"]): Tool => ({
  description: { name, description: name, inputSchema: { type: "object" } },
  run,
});

async function replyTo(engine: Engine, turn: number) {
  return until(async () => {
    const all = await engine.read();
    const waits = all.some(({ sequence, waitsFor }) => sequence === turn && waitsFor !== undefined);
    return waits ? undefined : all.findLast((one) => one.replyTo === turn);
  });
}

test("[turns.hung-tool] a tool that ignores its time limit is given up, and the model is told", async () => {
  const hung = tool("hung", () => new Promise(() => undefined));
  await using engine = await startEngine({
    stream: calling({ name: "hung", input: {} }),
    tools: [hung],
    toolTimeoutMs: 50,
  });
  await engine.say(1, "Use it");
  await engine.start(1);
  const reply = await replyTo(engine, 1);
  expect(reply).toMatchObject({ status: "complete", toolUses: [{ name: "hung", isError: true }] });
  expect(reply.toolUses?.[0]?.output).toBe("The tool took over 0.05 s.");
});

test("[turns.hung-tool] cancelling, deleting and stopping do not wait for a tool that hangs", async () => {
  const hung = tool("hung", () => new Promise(() => undefined));
  const engine = await startEngine({ stream: calling({ name: "hung", input: {} }), tools: [hung] });
  const begun = (turn: number) => engine.events.some(({ type, data }) => type === "turn.tool" && data.turn === turn);
  await engine.say(1, "Use it");
  await engine.start(1);
  await until(() => begun(1) || undefined);
  expect(engine.turns.cancel(conversationId)).toBe(true);
  expect(await replyTo(engine, 1)).toMatchObject({ status: "cancelled", toolUses: [{ name: "hung" }] });
  await engine.say(3, "Again");
  await engine.start(3);
  await until(() => begun(3) || undefined);
  await engine.turns.stop(conversationId);
  await engine.say(5, "And again");
  await engine.start(5);
  await until(() => begun(5) || undefined);
  await engine[Symbol.asyncDispose]();
});

test("[turns.hung-tool] a server stops although a model cares for nothing", async () => {
  await using engine = await startEngine({
    async *stream() {
      yield { type: "text", text: "…" };
      await new Promise(() => undefined);
    },
  });
  await engine.say(1, "Hello");
  await engine.start(1);
  await until(() => engine.events.some(({ type }) => type === "turn.delta") || undefined);
  await engine.turns.close(10);
  expect((await engine.read())[0]?.waitsFor).toBeDefined();
});

test("[turns.failure] a model and a tool that throw at once, or no error at all, are told of", async () => {
  const throwing = tool("throwing", () => {
    throw new TypeError("at once");
  });
  const odd = tool("odd", () => Promise.reject(JSON.parse('"no error"')));
  const call = calling({ name: "throwing", input: {} }, { name: "odd", input: {} }, { name: "unknown", input: {} });
  await using engine = await startEngine({
    stream(request) {
      if (request.messages.some((message) => message.role === "user" && message.text === "throw"))
        throw new Error("no");
      return call(request);
    },
    tools: [throwing, odd],
  });
  await engine.say(1, "Hello");
  await engine.start(1);
  const { toolUses } = await replyTo(engine, 1);
  expect(toolUses?.map(({ output }) => output)).toEqual(["at once", "The tool failed.", 'There is no tool "unknown".']);
  await engine.say(3, "throw");
  await engine.start(3);
  expect(await replyTo(engine, 3)).toMatchObject({ status: "failed", error: { code: "internal" } });
  expect(engine.unexpected).toHaveLength(1);
});

test("[turns.storable] what no store can hold of tools and text is left out, and the reply is kept", async () => {
  let deep: unknown = "bottom";
  for (let i = 0; i < 100; i++) deep = [deep];
  const values: readonly unknown[] = [
    String.raw`a literal \u0000 in a text`,
    "half \ud800 and nul \0",
    { "k\0ey": "\udfff", __proto__: null },
    1e300,
    -1e-300,
    deep,
    10n,
    undefined,
    Array.from({ length: 3000 }, (_, i) => ({ i, text: "x".repeat(50) })),
  ];
  const echo = tool("echo", (_context, input) => Promise.resolve(values[(input as { at: number }).at] as never));
  const bad = tool("bad", () => Promise.reject(new Error("refused \ud800\0")));
  const calls = [
    ...values.map((_, at) => ({ name: "echo", input: { at } })),
    ...values.filter((value) => typeof value !== "bigint").map((value) => ({ name: "echo", input: { at: 0, value } })),
    { name: "bad", input: {} },
    { name: "lone \ud800", input: {} },
  ];
  const stream = calling(...calls);
  await using engine = await startEngine({
    async *stream(request) {
      yield { type: "text", text: "well \ud83d" };
      yield { type: "text", text: "\ude00 half \ud800 nul \0" };
      yield* stream(request);
    },
    tools: [echo, bad],
  });
  await engine.say(1, "Go");
  await engine.start(1);
  const reply = await replyTo(engine, 1);
  expect(reply).toMatchObject({ status: "complete", author: { id: "agt_1" } });
  expect(reply.text).toContain("well 😀 half � nul ");
  const outputs = reply.toolUses?.map(({ output }) => output) ?? [];
  expect(outputs.slice(0, 4)).toEqual([values[0], "half � and nul ", { key: "�" }, "1e+300"]);
  expect(outputs.at(-2)).toBe("refused �");
  expect(engine.unexpected).toEqual([]);
});

test("[turns.storable] more tool uses than a message has room for, and a reply over its limit, are cut", async () => {
  const calls = Array.from({ length: 5000 }, (_, i) => ({ name: "none", input: { i, text: "x".repeat(100) } }));
  await using engine = await startEngine({ stream: calling(...calls) });
  await engine.say(1, "Go");
  await engine.start(1);
  const { status, toolUses = [] } = await replyTo(engine, 1);
  expect(status).toBe("complete");
  expect(toolUses.length).toBeGreaterThan(500);
  expect(JSON.stringify(toolUses).length).toBeLessThan(storeLimits.maxItemBytes / 2);

  await using endless = await startEngine({
    async *stream() {
      for (;;) yield { type: "text", text: "€".repeat(1000) };
    },
  });
  await endless.say(1, "Go");
  await endless.start(1);
  const cut = await replyTo(endless, 1);
  expect(cut).toMatchObject({ status: "failed", error: { code: "model_failed" } });
  expect(cut.text.length).toBeGreaterThan(60_000);
});

test("[turns.late] a message is answered however many were stored after it", async () => {
  await using engine = await startEngine({
    stream: ({ messages: asked }) => saying(`answer to ${asked.map((one) => ("text" in one ? one.text : "")).join()}`),
  });
  await engine.say(1, "the first");
  const author = { kind: "user", id: "usr_1", name: "Ann" } as const;
  for (let sequence = 2; sequence <= 80; sequence++) {
    const createdAt = new Date().toISOString();
    await engine.store.create(messages, { conversationId, sequence, author, text: "x", status: "complete", createdAt });
  }
  await engine.start(1);
  expect((await replyTo(engine, 1)).text).toBe("answer to the first");
});

test("[turns.store-failure] whichever call of a turn the store fails, nobody waits for ever", async () => {
  const calls: string[] = [];
  {
    await using engine = await startEngine({
      stream: () => saying("Hello"),
      through: (store) =>
        failingStore(store, (method, table) => {
          calls.push(`${method} ${table}`);
          return undefined;
        }),
    });
    await engine.say(1, "Hi");
    await engine.start(1);
    await replyTo(engine, 1);
  }
  expect(calls.length).toBeGreaterThan(4);
  for (let failing = 0; failing < calls.length; failing++) {
    let at = 0;
    await using engine = await startEngine({
      stream: () => saying("Hello"),
      through: (store) =>
        failingStore(store, () => (at++ === failing ? new UnavailableError("gone for a moment") : undefined)),
    });
    await engine.say(1, "Hi");
    await engine.start(1);
    const reply = await replyTo(engine, 1);
    expect(["complete", "failed"], `${calls[failing]} failed`).toContain(reply.status);
    await until(() => engine.events.some(({ type }) => type === "turn.ended") || undefined);
    expect((await engine.read()).filter((one) => one.replyTo === 1)).toHaveLength(1);
  }
});

test("[turns.store-failure] a store that is away for a while is told of the failure when it is back", async () => {
  let away = false;
  await using engine = await startEngine({
    async *stream() {
      away = true;
      yield* saying("Hello");
    },
    through: (store) => failingStore(store, () => (away ? new UnavailableError("away") : undefined)),
  });
  await engine.say(1, "Hi");
  await engine.start(1);
  await until(() => engine.events.some(({ type }) => type === "turn.ended") || undefined);
  expect((await engine.read())[0]?.waitsFor).toBeDefined();
  away = false;
  expect(await replyTo(engine, 1)).toMatchObject({ status: "failed", error: { code: "internal" } });
});

test("[turns.attachments] the model is told of attached files, and what short texts say", async () => {
  const asked: string[] = [];
  await using engine = await startEngine({
    stream(request) {
      asked.push(JSON.stringify(request.messages));
      return saying("Seen");
    },
  });
  const note = { id: "att_1", name: "note.txt", contentType: "text/plain", sizeBytes: 14 };
  const photo = { id: "att_2", name: "photo.png", contentType: "image/png", sizeBytes: 12_345 };
  await engine.blobs.put(blobNameOf({ conversationId, id: note.id }), new TextEncoder().encode("Buy 3 lemons.\n"));
  await engine.say(1, "Look at these");
  await engine.store.update(messages, { conversationId, sequence: 1 }, { set: { attachments: [note, photo] } });
  await engine.start(1);
  expect(await replyTo(engine, 1)).toMatchObject({ status: "complete" });
  expect(asked[0]).toContain("Look at these");
  expect(asked[0]).toMatch(/note\.txt.*Buy 3 lemons\./);
  expect(asked[0]).toMatch(/photo\.png.*image\/png, 12\.3 kB\. Its content is not shown/);
});
