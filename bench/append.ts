import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@aloft/adapters/store/index";
import { messages } from "@aloft/core/conversations/tables";
import type { Store } from "@aloft/core/ports/store";
import { schemaVersion, tables } from "@aloft/core/tables";
import { conversationId, median, messagesOf, openPeer, peerInsert, plainMessages, type PlainMessage } from "./data.ts";

const writers = 64;
const warmUp = 20;
const ourMessages = 24_000;
const peerMessages = 6_000;
const rounds = 5;

type Append = (message: PlainMessage) => Promise<unknown>;

/** Messages a second, by 64 writers that each wait until theirs is on the disk. */
async function rateOf(append: Append): Promise<number> {
  const lists = messagesByWriter(warmUp * writers + ourMessages);
  const write = (from: number, to?: number): Promise<unknown> =>
    Promise.all(
      lists.map(async (list) => {
        for (const message of list.slice(from, to)) await append(message);
      }),
    );
  await write(0, warmUp);
  const started = performance.now();
  await write(warmUp);
  return (ourMessages / (performance.now() - started)) * 1000;
}

/** Through the port, the same rows as the peer's. */
export async function appendOurs(folder: string): Promise<number> {
  const path = join(folder, "plain.db");
  await using store = await openStore({ type: "sqlite", path }, { tables: [plainMessages], schemaVersion: 1 });
  return await rateOf((message) => store.create(plainMessages, message));
}

/** Through the port, the product's own messages, which can be searched from the same commit on. */
export async function appendSearched(folder: string): Promise<number> {
  await using store = await openStore({ type: "sqlite", path: join(folder, "own.db") }, { tables, schemaVersion });
  return await rateOf((message) => createOwn(store, message));
}

function createOwn(store: Store, { authorId, ...message }: PlainMessage): Promise<unknown> {
  return store.create(messages, { ...message, author: { kind: "user", id: authorId, name: "Ada Lovelace" } });
}

/** Rows a second with better-sqlite3, each on the disk before the next. */
export function appendPeer(folder: string): number {
  const database = openPeer(join(folder, "peer.db"));
  const insert = peerInsert(database);
  const list = [...messagesOf(writers, warmUp * writers + peerMessages)];
  list.slice(0, warmUp * writers).forEach(insert);
  const started = performance.now();
  list.slice(warmUp * writers).forEach(insert);
  const rate = (peerMessages / (performance.now() - started)) * 1000;
  database.close();
  return rate;
}

function messagesByWriter(count: number): PlainMessage[][] {
  const lists = new Map(Array.from({ length: writers }, (_, i) => [conversationId(i), [] as PlainMessage[]]));
  for (const message of messagesOf(writers, count)) lists.get(message.conversationId)?.push(message);
  return [...lists.values()];
}

type Result = { ours: number; peer: number; ratio: number; unit: string };

async function compare(ours: (folder: string) => Promise<number>, unit: string): Promise<Result> {
  const results: { ours: number; peer: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const folder = await mkdtemp(join(tmpdir(), "aloft-bench-"));
    try {
      results.push({ peer: appendPeer(folder), ours: await ours(folder) });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return {
    ours: median(results.map((result) => result.ours)),
    peer: median(results.map((result) => result.peer)),
    ratio: median(results.map((result) => result.ours / result.peer)),
    unit,
  };
}

/** Durable appends of the same rows. */
export default {
  name: "append",
  goal: "ratio ≥ 4 to better-sqlite3, a row a commit",
  run: (): Promise<Result> => compare(appendOurs, "durable messages a second, 64 writers"),
};

/** Durable appends of messages that can be searched, against rows that cannot. */
export const searched = {
  name: "append-searched",
  goal: "none: what the search index costs",
  run: (): Promise<Result> => compare(appendSearched, "durable, searchable messages a second (peer: no search)"),
};
