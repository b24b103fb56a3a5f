import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@aloft/adapters/store/index";
import type { Store } from "@aloft/core/ports/store";
import { conversationId, median, messagesOf, openPeer, peerInsert, plainMessages } from "./data.ts";

const conversations = 1_000;
const count = 100_000;
const pagesARound = 1_000;
const rounds = 21;
const limit = 50;

/** Every conversation in turn, in no order that lies on the disk. */
const conversationAt = (i: number): string => conversationId((i * 367) % conversations);

/** The newest 50 of a conversation through the port: items, and a cursor to go on from. */
export async function pagesOurs(store: Store): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < pagesARound; i++) {
    const where = { conversationId: conversationAt(i) };
    const page = await store.query(plainMessages, { where, order: "desc", limit });
    if (page.items.length !== limit || page.next === undefined) throw new Error("a page is not whole");
  }
  return (pagesARound / (performance.now() - started)) * 1000;
}

/** The same rows with better-sqlite3, as objects of six attributes. */
export function pagesPeer(newest: { all: (conversation: string) => unknown[] }): number {
  const started = performance.now();
  for (let i = 0; i < pagesARound; i++) {
    if (newest.all(conversationAt(i)).length !== limit) throw new Error("a page is not whole");
  }
  return (pagesARound / (performance.now() - started)) * 1000;
}

async function fill(store: Store): Promise<void> {
  let batch: Promise<unknown>[] = [];
  for (const message of messagesOf(conversations, count)) {
    batch.push(store.create(plainMessages, message));
    if (batch.length < 1000) continue;
    await Promise.all(batch);
    batch = [];
  }
  await Promise.all(batch);
}

/** Pages of 50 of 100,000 messages in 1,000 conversations, by turns with the peer. */
export default {
  name: "page",
  goal: "ratio ≥ 1 to better-sqlite3",
  async run(): Promise<{ ours: number; peer: number; ratio: number; unit: string }> {
    const folder = await mkdtemp(join(tmpdir(), "aloft-bench-"));
    try {
      const path = join(folder, "ours.db");
      await using store = await openStore({ type: "sqlite", path }, { tables: [plainMessages], schemaVersion: 1 });
      await fill(store);
      using peer = closing(openPeer(join(folder, "peer.db")));
      const insert = peerInsert(peer.database);
      peer.database.transaction(() => {
        for (const message of messagesOf(conversations, count)) insert(message);
      })();
      const newest = peer.database.prepare<string>(
        "SELECT * FROM messages WHERE conversation_id = ? ORDER BY sequence DESC LIMIT 50",
      );
      const results: { ours: number; peer: number }[] = [];
      for (let round = 0; round < rounds; round++)
        results.push({ peer: pagesPeer(newest), ours: await pagesOurs(store) });
      return {
        ours: median(results.map((result) => result.ours)),
        peer: median(results.map((result) => result.peer)),
        ratio: median(results.map((result) => result.ours / result.peer)),
        unit: "pages of 50 a second",
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function closing<D extends { close: () => unknown }>(database: D): { readonly database: D } & Disposable {
  return { database, [Symbol.dispose]: () => void database.close() };
}
