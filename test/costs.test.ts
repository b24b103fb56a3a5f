import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { StoreRequest } from "@aloft/adapters/store/index";
import { openBlobs } from "@aloft/adapters/blobs/index";
import { agents } from "@aloft/core/agents/tables";
import { messageLog } from "@aloft/core/conversations/message-log";
import { conversations, messages, participants } from "@aloft/core/conversations/tables";
import type { Store } from "@aloft/core/ports/store";
import { takeLease } from "@aloft/core/turns/lease";
import { createTurns } from "@aloft/core/turns/turns";
import { routes } from "@aloft/server/routes/index";
import { afterAll, describe, expect, test, vi } from "vitest";
import { type Backend, startBackend, until } from "../packages/server/test/support/backend.ts";
import { saying } from "../packages/server/test/support/engine.ts";
import { service } from "./support/services.ts";
import { available } from "./support/skip.ts";
import { type StoreName, storeOf } from "./support/stores.ts";
import { scriptOf, type Script } from "./support/costs.ts";

interface Cost {
  readonly requests: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** Adds up what a store is asked. */
function meter() {
  let asked: StoreRequest[] = [];
  return {
    onStoreRequest(request: StoreRequest): void {
      // The engine's own looks for a freeze come every few seconds, whatever is asked.
      if (request.table?.endsWith("aloft.meta") !== true) asked.push(request);
    },
    /** Until nothing more comes of what was answered already. */
    async settled(): Promise<void> {
      for (let seen = -1; seen !== asked.length; await delay(50)) seen = asked.length;
    },
    /** What was asked since the last call. */
    read(): Cost {
      const sum = (unit: "readUnits" | "writeUnits") => asked.reduce((units, one) => units + (one[unit] ?? 0), 0);
      const cost = { requests: asked.length, readUnits: sum("readUnits"), writeUnits: sum("writeUnits") };
      asked = [];
      return cost;
    },
  };
}

const here = {
  dynamodb: await available("DynamoDB Local", () => service("dynamodb")),
  postgres: await available("PostgreSQL 16", () => service("postgres-16")),
};

/** What each operation of the API costs, in the order of the script. */
async function costsOn(store: StoreName): Promise<Map<string, Cost>> {
  // Leases and sweeps, which go by intervals, are nobody's operation.
  vi.useFakeTimers({ toFake: ["setInterval"] });
  const { onStoreRequest, read, settled } = meter();
  const backend: Backend = await startBackend({ store, onStoreRequest });
  const costs = new Map<string, Cost>();
  try {
    const script: Script = await scriptOf(backend);
    for (const { operationId, run } of script) {
      read();
      const { status } = await run();
      expect(status, operationId).toBeLessThan(400);
      await settled();
      costs.set(operationId, read());
    }
  } finally {
    await backend[Symbol.asyncDispose]();
    vi.useRealTimers();
  }
  return costs;
}

/** A turn as the store sees it, by the tables it is about. */
async function turnOn(name: StoreName): Promise<{ readonly all: Cost; readonly ofMessages: Cost }> {
  const calls = new AsyncLocalStorage<string>();
  const all = meter();
  const ofMessages = meter();
  const own = await storeOf(randomUUID(), name);
  const store = await own.open({
    upkeep: false,
    onRequest(request) {
      all.onStoreRequest(request);
      if (calls.getStore() === messages.name) ofMessages.onStoreRequest(request);
    },
  });
  const used = new Proxy(store, {
    get(target, method) {
      const value: unknown = Reflect.get(target, method);
      if (typeof value !== "function") return value;
      return (...given: readonly { name?: string }[]) =>
        calls.run(given[0]?.name ?? "", () => Reflect.apply(value, target, given) as unknown);
    },
  });
  const conversationId = await longConversation(store);
  const ended: string[] = [];
  const events = { publish: (_: string, { type }: { type: string }) => void ended.push(type) };
  const now = () => new Date();
  const onUnexpected = (error: unknown) => expect.unreachable(String(error));
  const lease = await takeLease({ store, now, alone: true, onUnexpected });
  const log = messageLog(used, events);
  const models = {
    list: () => [{ id: "test/model", provider: "test", isDefault: true }],
    stream: () => saying(sentence),
    check: () => Promise.resolve(),
  };
  const blobs = await openBlobs({ type: "filesystem", folder: join(tmpdir(), `aloft-costs-${randomUUID()}`) });
  const turns = createTurns({ store: used, blobs, models, tools: [], log, events, lease, now, onUnexpected });
  // The first append of a server to a conversation asks where that stands; a server that goes on knows.
  const author = { kind: "user", id: "usr_01JD3E5J8W3Q4Z8X7Y6V5T4S3R", name: "Ann" } as const;
  const said = { conversationId, author, text: sentence, status: "complete" } as const;
  await log.append({ ...said, createdAt: now().toISOString() });
  all.read();
  ofMessages.read();
  const createdAt = now().toISOString();
  using place = turns.place(conversationId, author.id);
  await place.admit(createdAt);
  const message = await log.append({ ...said, createdAt, waitsFor: lease.id, attempt: 1 });
  place.start(message.sequence);
  await until(() => ended.includes("turn.ended") || undefined);
  const cost = { all: all.read(), ofMessages: ofMessages.read() };
  const replies = await store.query(messages, { where: { conversationId }, order: "desc", limit: 1 });
  expect(replies.items[0]).toMatchObject({ replyTo: message.sequence, status: "complete" });
  await lease.close();
  await store.close();
  await own.drop();
  return cost;
}

const sentence = "A sentence of a hundred characters stands for what people and agents say to each other in a chat.  .";
const createdAt = "2026-11-21T09:00:00.000Z";

async function longConversation(store: Store): Promise<string> {
  const conversationId = "cnv_01JD3E5J8W3Q4Z8X7Y6V5T4S3R";
  const organizationId = "org_01JD3E5J8W3Q4Z8X7Y6V5T4S3R";
  const agentId = "agt_01JD3E5J8W3Q4Z8X7Y6V5T4S3R";
  await store.create(conversations, { id: conversationId, organizationId, title: "", createdBy: "usr_1", createdAt });
  await store.create(participants, {
    conversationId,
    participantId: agentId,
    kind: "agent",
    organizationId,
    createdAt,
  });
  await store.create(agents, {
    id: agentId,
    organizationId,
    name: "Guide",
    description: "",
    instructions: "",
    tools: [],
    skillIds: [],
    maxSteps: 1,
    createdBy: "usr_1",
    createdAt,
    updatedAt: createdAt,
  });
  const author = { kind: "user", id: "usr_01JD3E5J8W3Q4Z8X7Y6V5T4S3R", name: "Ann" } as const;
  for (let sequence = 1; sequence <= 60; sequence++) {
    await store.create(messages, { conversationId, sequence, author, text: sentence, status: "complete", createdAt });
  }
  return conversationId;
}

describe.runIf(here.dynamodb && here.postgres)("what the store is asked", () => {
  afterAll(() => vi.useRealTimers());

  test(
    "[costs.table] every operation's requests and units are those that docs/costs.md shows",
    { timeout: 120_000 },
    async () => {
      const dynamodb = await costsOn("dynamodb");
      const postgres = await costsOn("postgres");
      // Signed URLs of blobs are checked by their signature alone.
      const known = routes.map(({ operationId }) => operationId).filter((name) => !name.endsWith("SignedBlob"));
      expect([...dynamodb.keys()].toSorted()).toEqual(known.toSorted());
      expectWithin(dynamodb, "dynamodb");
      expectWithin(postgres, "postgres");
      const turn = { dynamodb: await turnOn("dynamodb"), postgres: await turnOn("postgres") };
      await expect(page(dynamodb, postgres, turn)).toMatchFileSnapshot("../docs/costs.md");
    },
  );

  test("[costs.turn] a chat turn, with all a crash needs, is at most 4 requests, 4 read and 5 write units", async () => {
    const { ofMessages } = await turnOn("dynamodb");
    expect(ofMessages).toMatchObject({ requests: 4, writeUnits: 5 });
    expect(ofMessages.readUnits).toBeGreaterThan(0);
    expect(ofMessages.readUnits).toBeLessThanOrEqual(4);
  });

  test("[costs.page] a page of 50 messages is one request", async () => {
    const own = await storeOf(randomUUID(), "dynamodb");
    const { onStoreRequest, read } = meter();
    const store = await own.open({ upkeep: false, onRequest: onStoreRequest });
    const conversationId = await longConversation(store);
    read();
    const { items } = await store.query(messages, { where: { conversationId }, order: "desc", limit: 50 });
    expect(items).toHaveLength(50);
    expect(read().requests).toBe(1);
    await store.close();
    await own.drop();
  });
});

/** What depends on the moment: how much of the newest messages search looks through, and what a stream saw. */
const bounds: Readonly<Record<string, { readonly dynamodb: Cost; readonly postgres: Cost }>> = {
  retryMessage: atMost({ requests: 21, readUnits: 18, writeUnits: 6 }, 21),
  searchMessages: atMost({ requests: 7, readUnits: 6, writeUnits: 0 }, 5),
};

function atMost(dynamodb: Cost, requests: number) {
  return { dynamodb, postgres: { requests, readUnits: 0, writeUnits: 0 } };
}

function expectWithin(costs: ReadonlyMap<string, Cost>, store: "dynamodb" | "postgres"): void {
  for (const [name, bound] of Object.entries(bounds)) {
    for (const measure of ["requests", "readUnits", "writeUnits"] as const) {
      expect(costs.get(name)?.[measure], `${measure} of ${name}`).toBeLessThanOrEqual(bound[store][measure]);
    }
  }
}

type Turn = Awaited<ReturnType<typeof turnOn>>;

function page(
  dynamodb: ReadonlyMap<string, Cost>,
  postgres: ReadonlyMap<string, Cost>,
  turn: { readonly dynamodb: Turn; readonly postgres: Turn },
): string {
  const row = (name: string, one: Cost, other: Cost | undefined, about = "") =>
    `| ${name} | ${[one.requests, one.readUnits, one.writeUnits, other?.requests ?? 0].map((n) => about + n).join(" | ")} |`;
  const operation = (name: string, cost: Cost) => {
    const bound = bounds[name];
    if (bound === undefined) return row(`\`${name}\``, cost, postgres.get(name));
    return row(`\`${name}\``, bound.dynamodb, bound.postgres, "≤ ");
  };
  return [
    "# What each operation asks of the store",
    "",
    "Measured by `test/costs.test.ts`, which fails when an operation costs other than is written here. DynamoDB's units are",
    "those of `ReturnConsumedCapacity`, indexes included; PostgreSQL's are round trips. SQLite runs in the process. What a",
    "request costs besides its own work is in each row: the session, memberships, who takes part. Small data: a list has a",
    "handful of items, a message a hundred characters.",
    "",
    "| operation | DynamoDB requests | read units | write units | PostgreSQL round trips |",
    "|---|---|---|---|---|",
    row(
      "**a chat turn**: a page of history, the message, its reply, all a crash needs",
      turn.dynamodb.ofMessages,
      turn.postgres.ofMessages,
    ),
    row("the same with its agents looked up", turn.dynamodb.all, turn.postgres.all),
    ...[...dynamodb].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, cost]) => operation(name, cost)),
    "",
    "To `postMessage` comes the reply: the turn above, without its message. With an `Idempotency-Key` a POST stores its",
    "answer in one transaction with its effect, which bills double: 2 write units more for each item and 2 for the answer.",
    "",
  ].join("\n");
}
