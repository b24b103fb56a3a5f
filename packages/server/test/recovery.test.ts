import { rm } from "node:fs/promises";
import { messages } from "@aloft/core/conversations/tables";
import { servers } from "@aloft/core/turns/tables";
import { expect, test } from "vitest";
import { type Backend, startBackend, until } from "./support/backend.ts";
import { storeOf } from "../../../test/support/stores.ts";

const api = "/api/v1";

async function busy(backend: Backend, text: string): Promise<string> {
  const { body } = await backend.owner.get(`${api}/conversations`);
  const path = `${api}/conversations/${body.items[0].id}`;
  await backend.owner.post(`${path}/messages`, { text });
  await until(async () => ((await backend.owner.get(path)).body.activeTurn === 1 ? true : undefined));
  return path;
}

test("[turns.shutdown] stopping lets a short reply end, and marks a long one as interrupted", async () => {
  const first = await startBackend();
  const path = await busy(first, "count to 100000");
  await first.stop();
  await using second = await startBackend({ dataDir: first.dataDir });
  const { body } = await second.owner.get(`${path}/messages?order=asc`);
  expect(body.items[0].pending).toBe(false);
  expect(body.items[1]).toMatchObject({ replyTo: 1, status: "failed", error: { code: "interrupted" } });
  expect(body.items[1].text).toContain("1");
  expect(second.server.interruptedTurns).toBe(0);
  const retried = await second.owner.post(`${path}/messages/2/retry`);
  expect(retried.status).toBe(202);
  await second.owner.post(`${path}/cancel`);
  await rm(first.dataDir, { recursive: true, force: true });
});

/** The data folder of a server that was killed in the middle of a turn. */
async function leaveTurn(withReply: boolean): Promise<{ dataDir: string; path: string }> {
  const before = await startBackend();
  const { body } = await before.owner.get(`${api}/conversations`);
  const conversationId = body.items[0].id as string;
  const path = `${api}/conversations/${conversationId}`;
  await before.owner.post(`${path}/messages`, { text: "Hello" });
  await until(async () => ((await before.owner.get(`${path}/messages/2`)).status === 200 ? true : undefined));
  await before.stop();
  await using store = await (await storeOf(before.dataDir)).open();
  if (!withReply) await store.delete(messages, { conversationId, sequence: 2 });
  const id = "srv_killed";
  const waitingSince = new Date(Date.now() - 120_000).toISOString();
  const leaseUntil = new Date(Date.now() - 60_000).toISOString();
  await store.create(servers, { id, startedAt: waitingSince, leaseUntil, waitingSince });
  await store.update(messages, { conversationId, sequence: 1 }, { set: { waitsFor: id } });
  return { dataDir: before.dataDir, path };
}

test("[turns.recovery] a turn that was cut off is marked as failed, says so, and can be retried", async () => {
  const { dataDir, path } = await leaveTurn(false);
  await using after = await startBackend({ dataDir });
  expect(after.server.interruptedTurns).toBe(1);
  const { body } = await after.owner.get(`${path}/messages?order=asc`);
  expect(body.items[0].pending).toBe(false);
  expect(body.items[1]).toMatchObject({ replyTo: 1, status: "failed", error: { code: "interrupted" } });
  expect(body.items[1].error.message).toMatch(/stopped before.*Retry/);
  expect((await after.owner.post(`${path}/messages/2/retry`)).status).toBe(202);
  const reply = await until(async () => {
    const answer = await after.owner.get(`${path}/messages/3`);
    return answer.status === 200 ? answer.body : undefined;
  });
  expect(reply).toMatchObject({ replyTo: 1, status: "complete" });
});

test("[turns.recovery-done] a turn whose reply was stored is only unmarked", async () => {
  const { dataDir, path } = await leaveTurn(true);
  await using after = await startBackend({ dataDir });
  const { body } = await after.owner.get(`${path}/messages?order=asc`);
  expect(body.items).toHaveLength(2);
  expect(body.items[0].pending).toBe(false);
  expect(body.items[1].status).toBe("complete");
});
