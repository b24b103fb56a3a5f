import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "@aloft/adapters/store/index";
import { conversations, messages, participants } from "@aloft/core/conversations/tables";
import { findOwner } from "@aloft/core/identity/owner";
import { users } from "@aloft/core/identity/tables";
import { op, type Store } from "@aloft/core/ports/store";
import { schemaVersion, tables } from "@aloft/core/tables";
import { startServer } from "@aloft/server";

const conversationCount = 100;
const messagesEach = 1_000;
const wordsEach = 25;
const vocabulary = 20_000;
const queries = 300;

/** Words as common as in a language: the first in most messages, the last in a few. */
function word(): string {
  return `w${Math.floor(vocabulary ** Math.random())}`;
}
const text = (): string => Array.from({ length: wordsEach }, word).join(" ");

/** What people search for: one to three words, common and rare. */
function query(): string {
  return Array.from({ length: 1 + Math.floor(Math.random() * 3) }, word).join(" ");
}

async function seed(store: Store): Promise<void> {
  const userId = (await findOwner(store)) ?? "";
  const owner = await store.get(users, { id: userId });
  const organizationId = owner?.defaultOrganizationId ?? "";
  const start = Date.parse("2026-01-01T00:00:00.000Z");
  for (let c = 0; c < conversationCount; c++) {
    const conversationId = `cnv_${String(c).padStart(26, "0")}`;
    const createdAt = new Date(start).toISOString();
    await store.transact([
      op.create(conversations, { id: conversationId, organizationId, title: `No ${c}`, createdBy: userId, createdAt }),
      op.create(participants, { conversationId, participantId: userId, kind: "user", organizationId, createdAt }),
    ]);
    for (let from = 1; from <= messagesEach; from += 100) {
      const batch = Array.from({ length: 100 }, (_, i) => {
        const sequence = from + i;
        const at = new Date(start + (sequence * conversationCount + c) * 1000).toISOString();
        const author = { kind: "user", id: userId, name: "Owner" } as const;
        return op.create(messages, {
          conversationId,
          sequence,
          author,
          text: text(),
          status: "complete",
          createdAt: at,
        });
      });
      await store.transact(batch);
    }
  }
}

function p95(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Number.NaN;
}

async function throughApi(dataDir: string): Promise<number> {
  const env = { ALOFT_ENV: "production", LOG_LEVEL: "error", ALOFT_USER_RATE: "10000", ALOFT_USER_BURST: "10000" };
  const server = await startServer({ env, port: 0, dataDir });
  try {
    const opened = await fetch(await server.createSignInLink(), { redirect: "manual" });
    const cookie = (opened.headers.getSetCookie()[0] ?? "").split(";")[0] ?? "";
    const times: number[] = [];
    for (let i = 0; i < queries; i++) {
      const started = performance.now();
      const answer = await fetch(`${server.url}/api/v1/messages/search?limit=20&q=${encodeURIComponent(query())}`, {
        headers: { cookie },
      });
      await answer.text();
      if (!answer.ok) throw new Error(`search answered ${answer.status}`);
      times.push(performance.now() - started);
    }
    return p95(times);
  } finally {
    await server.close();
  }
}

/** What a search by LIKE over the same rows takes, in process and without an API. */
function byLike(dataDir: string): number {
  const database = new DatabaseSync(join(dataDir, "aloft.db"), { readOnly: true });
  const statement = (words: readonly string[]) =>
    database.prepare(`SELECT * FROM messages WHERE ${words.map(() => "text LIKE ?").join(" AND ")} LIMIT 20`);
  const times: number[] = [];
  for (let i = 0; i < queries; i++) {
    const words = query().split(" ");
    const started = performance.now();
    statement(words).all(...words.map((one) => `% ${one} %`));
    times.push(performance.now() - started);
  }
  database.close();
  return p95(times);
}

/** Text search over 100,000 messages in 100 conversations, through the API with all that it checks. */
export default {
  name: "search",
  goal: "p95 ≤ 50 ms through the API",
  async run(): Promise<{ ours: number; peer: number; ratio: number; unit: string }> {
    const dataDir = await mkdtemp(join(tmpdir(), "aloft-bench-"));
    try {
      const first = await startServer({ env: { ALOFT_ENV: "production", LOG_LEVEL: "error" }, port: 0, dataDir });
      await first.close();
      const store = await openStore({ type: "sqlite", path: join(dataDir, "aloft.db") }, { tables, schemaVersion });
      await seed(store);
      await store.close();
      const [ours, peer] = [await throughApi(dataDir), byLike(dataDir)];
      return { ours, peer, ratio: ours / peer, unit: "ms at p95 (peer: LIKE in process)" };
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};
