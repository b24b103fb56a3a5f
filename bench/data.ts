import { createRequire } from "node:module";
import { defineTable, type Item } from "@aloft/core/tables/define-table";
import type BetterSqlite3 from "better-sqlite3";
import { z } from "zod";

/** Messages as a table of six plain attributes, so that both sides keep and give back the same. */
export const plainMessages = defineTable("messages", {
  item: z.object({
    conversationId: z.string().min(1).max(128),
    sequence: z.number().int().min(1),
    authorId: z.string().min(1).max(128),
    text: z.string(),
    status: z.enum(["complete", "failed", "cancelled"]),
    createdAt: z.iso.datetime({ precision: 3 }),
  }),
  key: ["conversationId", "sequence"],
});
export type PlainMessage = Item<typeof plainMessages>;

/** As its users set it up: the write-ahead log, and every commit forced to the disk, as ours is. */
export function openPeer(path: string): BetterSqlite3.Database {
  const Database = createRequire(import.meta.url)("better-sqlite3") as typeof BetterSqlite3;
  const database = new Database(path);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec(`CREATE TABLE messages (conversation_id TEXT NOT NULL, sequence INTEGER NOT NULL,
    author_id TEXT NOT NULL, text TEXT NOT NULL, status TEXT NOT NULL, created_at TEXT NOT NULL,
    PRIMARY KEY (conversation_id, sequence))`);
  return database;
}

export function peerInsert(database: BetterSqlite3.Database): (message: PlainMessage) => void {
  const insert = database.prepare("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)");
  return ({ conversationId, sequence, authorId, text, status, createdAt }) => {
    insert.run(conversationId, sequence, authorId, text, status, createdAt);
  };
}

export function conversationId(number: number): string {
  return `cnv_01KAJ5V7Q8${String(number).padStart(16, "0")}`;
}

/** Messages of several conversations by turns: short ones of a user, long ones of an agent. */
export function* messagesOf(conversations: number, count: number): Generator<PlainMessage> {
  const random = randomNumbers(1);
  const words = vocabulary(20_000, random);
  for (let i = 0; i < count; i++) {
    const sequence = Math.floor(i / conversations) + 1;
    const byUser = sequence % 2 === 1;
    yield {
      conversationId: conversationId((i * 7919) % conversations),
      sequence,
      authorId: byUser ? "usr_01KAJ5V7Q80000000000000001" : "agt_01KAJ5V7Q80000000000000002",
      text: textOf(words, byUser ? 40 + random() * 200 : 200 + random() * 1500, random),
      status: "complete",
      createdAt: new Date(1_763_000_000_000 + i * 1000).toISOString(),
    };
  }
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The same numbers on every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const syllables = [
  "ba",
  "ko",
  "ri",
  "ten",
  "mu",
  "sal",
  "dor",
  "vi",
  "gan",
  "plo",
  "est",
  "ur",
  "ni",
  "fa",
  "che",
  "lo",
];
const commonWords = ["the", "of", "and", "to", "a", "in", "is", "it", "you", "that", "was", "for", "on", "are", "with"];

/** Words of which the first are common and the last are rare, as in any language. */
function vocabulary(size: number, random: () => number): string[] {
  const words = new Set(commonWords);
  while (words.size < size) {
    const length = 2 + Math.floor(random() * 3);
    words.add(Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)]).join(""));
  }
  return [...words];
}

/** Text of about `length` characters, its words as often as Zipf's law says. */
function textOf(words: readonly string[], length: number, random: () => number): string {
  const picked: string[] = [];
  for (let size = 0; size < length; size += (picked.at(-1)?.length ?? 0) + 1) {
    picked.push(words[Math.floor(words.length ** random()) - 1] ?? "the");
  }
  return picked.join(" ");
}
