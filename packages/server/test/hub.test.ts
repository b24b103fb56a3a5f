import type { ConversationEvent } from "@aloft/core/conversations/events";
import { messages, type Message } from "@aloft/core/conversations/tables";
import type { Store } from "@aloft/core/ports/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseEventId } from "../src/events/event-id.ts";
import type { Frame } from "../src/events/frame.ts";
import { createHub, type HubOptions } from "../src/events/hub.ts";
import { failingStore, saying, startEngine, type Engine } from "./support/engine.ts";

let engine: Engine;
beforeEach(async () => {
  engine = await startEngine({ stream: () => saying("") });
});
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
});

const unexpected: unknown[] = [];
const hubOver = (store: Store, options: Partial<HubOptions> = {}) =>
  createHub({
    store,
    present: ({ data }) => data,
    presentMessage: (message) => message,
    onUnexpected: (error) => void unexpected.push(error),
    ...options,
  });

function listener(drained: () => Promise<void> = () => Promise.resolve()) {
  const frames: Frame[] = [];
  let ended = 0;
  return {
    frames,
    ended: () => ended,
    told: () => frames.map(({ id, type }) => `${type} ${id.sequence}`),
    given: {
      userId: "usr_1",
      by: "ses_1",
      send: (one: Frame) => void frames.push(one),
      drained,
      end: () => void (ended += 1),
    },
  };
}

async function store(conversationId: string, sequence: number, text = "x"): Promise<ConversationEvent> {
  const author = { kind: "user", id: "usr_1", name: "Ann" } as const;
  const createdAt = "2026-11-21T09:00:00.000Z";
  const item = { conversationId, sequence, author, text, status: "complete", createdAt } as const;
  const data: Message = await engine.store.create(messages, item);
  return { type: "message.created", data };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

test("[events.joining] a reader who is replayed to slowly is not forgotten by the sweep", async () => {
  const hub = hubOver(engine.store, { keepMs: 30 });
  for (let sequence = 1; sequence <= 3; sequence++) await store("cnv_a", sequence);
  const reader = listener(() => new Promise((resolve) => setTimeout(resolve, 60)));
  const leave = await hub.subscribe({ id: "cnv_a" }, { sequence: 0, n: 0 }, reader.given);
  hub.publish("cnv_a", await store("cnv_a", 4));
  await settle();
  expect(reader.told()).toContain("message.created 4");
  leave();
  hub.close();
});

test("[events.joining] a channel is forgotten once nobody listens, joins or speaks in it", async () => {
  const reads: string[] = [];
  const counted = failingStore(engine.store, (method) => {
    reads.push(method);
    return undefined;
  });
  const hub = hubOver(counted, { keepMs: 20 });
  const reader = listener();
  for (let i = 0; i < 50; i++) (await hub.subscribe({ id: "cnv_a" }, undefined, reader.given))();
  const before = reads.length;
  expect(before).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  (await hub.subscribe({ id: "cnv_a" }, undefined, reader.given))();
  expect(reads.length).toBe(before + 1);
  hub.publish("cnv_a", await store("cnv_a", 1));
  await settle();
  expect(reader.frames).toEqual([]);
  hub.close();
});

test("[events.memory] what is kept is bounded over all conversations, and who resumes still gets everything", async () => {
  const reads: string[] = [];
  const counted = failingStore(engine.store, (method) => {
    reads.push(method);
    return undefined;
  });
  const hub = hubOver(counted, { maxBytes: 200_000 });
  const listening = listener();
  await hub.subscribe({ id: "cnv_0" }, undefined, listening.given);
  for (let i = 0; i < 40; i++) {
    for (let sequence = 1; sequence <= 10; sequence++) {
      hub.publish(`cnv_${i}`, await store(`cnv_${i}`, sequence, `${i} ${"x".repeat(10_000)}`));
    }
  }
  await settle();
  expect(listening.told()).toHaveLength(10);
  for (const [id, kept] of [
    ["cnv_39", true],
    ["cnv_0", false],
    ["cnv_1", false],
  ] as const) {
    const late = listener();
    const before = reads.length;
    await hub.subscribe({ id }, parseEventId("4"), late.given);
    const sequences = late.frames.filter(({ type }) => type === "message.created").map((one) => one.id.sequence);
    expect(sequences).toEqual([5, 6, 7, 8, 9, 10]);
    expect(reads.length === before, `${id} is still at hand`).toBe(kept);
  }
  hub.publish("cnv_0", await store("cnv_0", 11));
  await settle();
  expect(listening.told().at(-1)).toBe("message.created 11");
  hub.close();
});

test("[events.resume] an id of the future, and a store that fails, leave nobody without what comes", async () => {
  let away = false;
  const hub = hubOver(failingStore(engine.store, () => (away ? new Error("away") : undefined)));
  await store("cnv_a", 1);
  away = true;
  await expect(hub.subscribe({ id: "cnv_a" }, undefined, listener().given)).rejects.toThrow("away");
  hub.publish("cnv_a", await store("cnv_a", 2));
  await settle();
  expect(unexpected).toHaveLength(1);
  away = false;
  const ahead = listener();
  await hub.subscribe({ id: "cnv_a" }, parseEventId("999999999999999-999999999999999"), ahead.given);
  expect(ahead.told()).toEqual(["conversation.updated 2"]);
  const behind = listener();
  await hub.subscribe({ id: "cnv_a" }, parseEventId("0"), behind.given);
  hub.publish("cnv_a", await store("cnv_a", 3));
  await settle();
  expect(ahead.told()).toEqual(["conversation.updated 2", "message.created 3"]);
  expect(behind.told()).toEqual([
    "message.created 1",
    "message.created 2",
    "conversation.updated 2",
    "message.created 3",
  ]);
  away = true;
  hub.publish("cnv_b", { type: "conversation.deleted", data: {} });
  hub.close();
  await settle();
  expect([ahead.ended(), behind.ended()]).toEqual([1, 1]);
});

test("[events.joining] who joins while all are dismissed is dismissed too", async () => {
  const hub = hubOver(engine.store);
  const reader = listener();
  const joining = hub.subscribe({ id: "cnv_a" }, undefined, reader.given);
  hub.close();
  await joining;
  expect(reader.ended()).toBe(1);
});

test("[events.others] what another server stored is told in its place: before a later message, and to who resumes", async () => {
  const hub = hubOver(engine.store, { shared: true, lookEveryMs: 60_000 });
  await store("cnv_a", 1);
  const first = listener();
  await hub.subscribe({ id: "cnv_a" }, { sequence: 1, n: 0 }, first.given);
  await store("cnv_a", 2);
  await store("cnv_a", 3);
  hub.publish("cnv_a", await store("cnv_a", 4));
  hub.publish("cnv_a", { type: "turn.ended", data: { turn: 4, status: "failed" } });
  await settle();
  expect(first.told()).toEqual(["message.created 2", "message.created 3", "message.created 4", "turn.ended 4"]);
  await store("cnv_a", 5);
  const second = listener();
  await hub.subscribe({ id: "cnv_a" }, { sequence: 2, n: 0 }, second.given);
  expect(second.told().filter((line) => line.startsWith("message"))).toEqual(
    [3, 4, 5].map((n) => `message.created ${n}`),
  );
  expect(first.told().at(-1)).toBe("message.created 5");
  hub.close();
});

test("[events.others] who listens hears of it without anything happening here", async () => {
  const hub = hubOver(engine.store, { shared: true, lookEveryMs: 20 });
  await store("cnv_a", 1);
  const reader = listener();
  await hub.subscribe({ id: "cnv_a" }, { sequence: 1, n: 0 }, reader.given);
  for (let sequence = 2; sequence <= 130; sequence++) await store("cnv_a", sequence);
  for (let tries = 0; tries < 50 && reader.told().length < 129; tries++) await settle();
  expect(reader.told()).toEqual(Array.from({ length: 129 }, (_, i) => `message.created ${i + 2}`));
  hub.close();
});

test("[events.others] what cannot be read for a while is told later, in order", async () => {
  let fails = false;
  const failing = failingStore(engine.store, (method) =>
    fails && method === "query" ? new Error("no answer") : undefined,
  );
  const hub = hubOver(failing, { shared: true, lookEveryMs: 20 });
  await store("cnv_a", 1);
  const reader = listener();
  await hub.subscribe({ id: "cnv_a" }, { sequence: 1, n: 0 }, reader.given);
  fails = true;
  const before = unexpected.length;
  await store("cnv_a", 2);
  hub.publish("cnv_a", await store("cnv_a", 3));
  for (let tries = 0; tries < 50 && unexpected.length === before; tries++) await settle();
  expect(reader.told()).toEqual([]);
  fails = false;
  for (let tries = 0; tries < 50 && reader.told().length < 2; tries++) await settle();
  expect(reader.told()).toEqual(["message.created 2", "message.created 3"]);
  hub.close();
});
