import { join } from "node:path";
import { openStore } from "@aloft/adapters/store/index";
import { conversations, messages, participants } from "@aloft/core/conversations/tables";
import { sessions, users } from "@aloft/core/identity/tables";
import type { Store } from "@aloft/core/ports/store";
import { schemaVersion, tables } from "@aloft/core/tables";

const createdAt = "2026-01-02T03:04:05.678Z";
const organizationId = "org_01KAJ5V7Q80000000000000000";
const conversationCount = 50;
const userCount = 20;
const batch = 500;

/** How many items {@link fillStore} gives a store. */
export const itemsOf = (messageCount: number): number => messageCount + 2 * conversationCount + 2 * userCount;

export function openFolder(folder: string): Promise<Store> {
  return openStore({ type: "sqlite", path: join(folder, "aloft.db") }, { tables, schemaVersion, upkeep: false });
}

/** Fills a store with conversations of so many messages in all, some written several times. */
export async function fillStore(store: Store, messageCount: number): Promise<void> {
  const userId = (i: number): string => id("usr", i);
  const conversationId = (i: number): string => id("cnv", i % conversationCount);
  const many = <I>(count: number, make: (i: number) => I): I[] => Array.from({ length: count }, (_, i) => make(i));
  const people = many(userCount, (i) => ({
    id: userId(i),
    name: `Ünïcode ${i} 漢\u{1f600}`,
    email: `user-${i}@example.com`,
    defaultOrganizationId: organizationId,
    createdAt,
    version: 1 + i,
  }));
  await store.load(users, people);
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  const signedIn = many(userCount, (i) => ({
    secretHash: `hash-${i}`,
    id: id("ses", i),
    userId: userId(i),
    createdAt,
    lastUsedAt: createdAt,
    expiresAt,
    version: 1,
  }));
  await store.load(sessions, signedIn);
  const title = "About nothing";
  const talks = many(conversationCount, (i) => ({
    id: conversationId(i),
    organizationId,
    title,
    createdBy: userId(0),
    createdAt,
    version: 2,
  }));
  await store.load(conversations, talks);
  const taking = many(conversationCount, (i) => ({
    conversationId: conversationId(i),
    participantId: userId(i % userCount),
    kind: "user" as const,
    organizationId,
    createdAt,
    version: 1,
  }));
  await store.load(participants, taking);
  for (let from = 0; from < messageCount; from += batch) {
    const some = many(Math.min(batch, messageCount - from), (j) => {
      const i = from + j;
      return {
        conversationId: conversationId(i),
        sequence: Math.floor(i / conversationCount) + 1,
        author: { kind: "user" as const, id: userId(i % userCount), name: "Ada" },
        text: `${"lorem ipsum dolor sit amet ".repeat(i % 12)}number ${i}`,
        status: "complete" as const,
        createdAt: new Date(Date.parse(createdAt) + i * 1000).toISOString(),
        ...(i % 3 === 0 ? { usage: { inputTokens: i, outputTokens: i / 4 }, model: "offline" } : {}),
        version: 1 + (i % 3),
      };
    });
    await store.load(messages, some);
  }
}

function id(prefix: string, number: number): string {
  return `${prefix}_01KAJ5V7Q8${String(number).padStart(16, "0")}`;
}
