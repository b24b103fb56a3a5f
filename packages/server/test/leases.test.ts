import { deleteConversationItems } from "@aloft/core/conversations/delete";
import { messages } from "@aloft/core/conversations/tables";
import type { ModelEvent } from "@aloft/core/ports/models";
import type { Store } from "@aloft/core/ports/store";
import { type ServerLease, takeLease } from "@aloft/core/turns/lease";
import { servers } from "@aloft/core/turns/tables";
import { expect, test } from "vitest";
import { until } from "./support/backend.ts";
import { conversationId, saying, startEngine } from "./support/engine.ts";

const leaseMs = 300;

/** One of several servers at a store, whose lease is renewed only when the test says so. */
function sharing(store: Store): Promise<ServerLease> {
  const now = () => new Date();
  return takeLease({
    store,
    now,
    alone: false,
    leaseMs,
    renewMs: 1e9,
    onUnexpected: (error) => expect.unreachable(String(error)),
  });
}

/** A model that says nothing until it is let. */
function waiting() {
  let say: () => void = () => undefined;
  const let_ = new Promise<void>((resolve) => (say = resolve));
  async function* stream(): AsyncGenerator<ModelEvent> {
    await let_;
    yield* saying("Here I am");
  }
  return { stream, say };
}

const rows = async (store: Store) => (await store.query(servers, { index: "all", where: {} })).items;

test("[turns.lease.takeover] another server settles what waits once the lease and its grace are over, not before", async () => {
  await using gone = await startEngine({ stream: waiting().stream, lease: sharing });
  await gone.say(1, "Hello");
  await gone.start(1);
  await using other = await startEngine({ stream: () => saying(""), lease: sharing, beside: gone });
  expect(await other.turns.recover()).toBe(0);
  expect(await other.read()).toMatchObject([{ waitsFor: gone.lease.id }]);
  const settled = await until(async () => (await other.turns.recover()) || undefined, 5000);
  expect(settled).toBe(1);
  expect(await other.read()).toMatchObject([{ sequence: 1 }, { replyTo: 1, status: "failed" }]);
  expect((await other.read())[0]?.waitsFor).toBeUndefined();
  expect(other.events.map(({ type }) => type)).toEqual(["message.created", "turn.ended"]);
  expect((await rows(other.store)).map(({ id }) => id)).toEqual([other.lease.id]);
});

test("[turns.lease.once] of servers that find the same one gone, one settles what it left", async () => {
  await using gone = await startEngine({ stream: waiting().stream, lease: sharing });
  await gone.say(1, "Hello");
  await gone.start(1);
  const beside = { stream: () => saying(""), lease: sharing, beside: gone };
  await using one = await startEngine(beside);
  await using two = await startEngine(beside);
  await using three = await startEngine(beside);
  await new Promise((resolve) => setTimeout(resolve, leaseMs * 2));
  await Promise.all([one, two, three].map(({ lease }) => lease.renew()));
  const counts = await Promise.all([one, two, three].map(({ turns }) => turns.recover()));
  expect(counts.toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
  expect(await one.read()).toHaveLength(2);
});

test("[turns.lease.fenced] a server that was suspended past its lease stores no reply, and goes on under a new lease", async () => {
  const model = waiting();
  await using stale = await startEngine({ stream: model.stream, lease: sharing });
  await stale.say(1, "Hello");
  await stale.start(1);
  const before = stale.lease.id;
  await using other = await startEngine({ stream: () => saying(""), lease: sharing, beside: stale });
  await until(async () => (await other.turns.recover()) || undefined, 5000);
  model.say();
  await until(() => stale.unexpected.length > 0 || undefined);
  expect(String(stale.unexpected[0])).toMatch(/away for so long/);
  expect((await stale.read()).filter(({ replyTo }) => replyTo === 1)).toMatchObject([{ status: "failed" }]);
  await stale.lease.renew();
  expect(stale.lease.id).not.toBe(before);
  await stale.say(3, "Again");
  await stale.start(3);
  await until(async () => {
    await stale.lease.renew();
    return (await stale.read()).find(({ replyTo }) => replyTo === 3);
  });
  expect((await stale.read()).at(-1)).toMatchObject({ status: "complete", text: "Here I am" });
});

test("[turns.lease.retried] what is retried long after it was written is found as well", async () => {
  await using gone = await startEngine({ stream: waiting().stream, lease: sharing });
  const createdAt = "2020-01-01T00:00:00.000Z";
  const author = { kind: "user", id: "usr_1", name: "Ann" } as const;
  const item = { conversationId, sequence: 1, author, text: "Old", status: "complete", createdAt } as const;
  await gone.store.create(messages, item);
  using _ = await gone.lease.cover(createdAt);
  expect((await rows(gone.store))[0]?.waitingSince).toBe(createdAt);
  await gone.store.update(messages, item, { set: { waitsFor: gone.lease.id }, add: { attempt: 1 } });
  await using other = await startEngine({ stream: () => saying(""), lease: sharing, beside: gone });
  expect(await until(async () => (await other.turns.recover()) || undefined, 5000)).toBe(1);
});

test("[turns.lease.closed] a server that stops in good order leaves no row", async () => {
  await using engine = await startEngine({ stream: () => saying("") });
  const second = await takeLease({ store: engine.store, now: () => new Date(), alone: false, onUnexpected: () => 0 });
  expect(await rows(engine.store)).toHaveLength(2);
  await second.close();
  expect((await rows(engine.store)).map(({ id }) => id)).toEqual([engine.lease.id]);
});

test("[turns.lease.deleted] a reply that lands in a conversation which another server deleted is removed", async () => {
  const model = waiting();
  let answers = () => saying("At once");
  await using engine = await startEngine({ stream: () => answers() });
  const ended = (count: number) =>
    until(() => engine.events.filter(({ type }) => type === "turn.ended").length === count || undefined);
  await engine.say(1, "Hello");
  await engine.start(1);
  await ended(1);
  // This server has written to the conversation, so it does not ask again whether that is there.
  answers = model.stream;
  await engine.say(3, "Hello again");
  await engine.start(3);
  await until(() => engine.events.some(({ type, data }) => type === "turn.started" && data.turn === 3) || undefined);
  await deleteConversationItems(engine.store, conversationId);
  model.say();
  await ended(2);
  expect(engine.events.at(-2)).toMatchObject({ type: "message.created", data: { replyTo: 3 } });
  expect(await engine.read()).toEqual([]);
});
