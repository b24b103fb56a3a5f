import { openBlobs } from "@aloft/adapters/blobs/index";
import { agents } from "@aloft/core/agents/tables";
import type { ConversationEvent } from "@aloft/core/conversations/events";
import { messageLog } from "@aloft/core/conversations/message-log";
import { conversations, type Message, messages, participants } from "@aloft/core/conversations/tables";
import type { ModelEvent, ModelRequest, Models } from "@aloft/core/ports/models";
import type { Blobs } from "@aloft/core/ports/blobs";
import type { Store } from "@aloft/core/ports/store";
import type { Tool } from "@aloft/core/turns/tools";
import { type ServerLease, takeLease } from "@aloft/core/turns/lease";
import { createTurns, type Turns } from "@aloft/core/turns/turns";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeOf } from "../../../../test/support/stores.ts";

const createdAt = "2026-11-21T09:00:00.000Z";
export const conversationId = "cnv_1";

/** The turn engine over a real store, with a model and tools of the test's own. */
export interface Engine extends AsyncDisposable {
  readonly store: Store;
  readonly turns: Turns;
  readonly lease: ServerLease;
  readonly blobs: Blobs;
  readonly events: ConversationEvent[];
  readonly unexpected: unknown[];
  /** Stores a message that waits for its reply. */
  say(sequence: number, text: string): Promise<void>;
  start(turn: number): Promise<void>;
  read(): Promise<readonly Message[]>;
}

export interface EngineOptions {
  readonly stream: (request: ModelRequest) => AsyncIterable<ModelEvent>;
  readonly tools?: readonly Tool[];
  readonly toolTimeoutMs?: number;
  /** What stands between the engine and the store. */
  readonly through?: (store: Store) => Store;
  /** Default: that of a server which is alone. */
  readonly lease?: (store: Store) => Promise<ServerLease>;
  /** Another engine, whose store this one shares. */
  readonly beside?: Engine;
}

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const dataDir = await mkdtemp(join(tmpdir(), "aloft-test-"));
  const { beside } = options;
  const own = await storeOf(dataDir);
  const store = beside?.store ?? (await own.open());
  const tools = options.tools ?? [];
  if (beside === undefined) await begin(store, tools);
  const models: Models = {
    list: () => [{ id: "test/model", provider: "test", isDefault: true }],
    stream: options.stream,
    check: () => Promise.resolve(),
  };
  const events: ConversationEvent[] = [];
  const unexpected: unknown[] = [];
  const used = options.through?.(store) ?? store;
  const publish = (_conversationId: string, event: ConversationEvent) => void events.push(event);
  const onUnexpected = (error: unknown) => void unexpected.push(error);
  const now = () => new Date();
  const lease = await (options.lease?.(store) ?? takeLease({ store, now, alone: true, onUnexpected }));
  const blobs = await openBlobs({ type: "filesystem", folder: join(dataDir, "blobs") });
  const turns = createTurns({
    lease,
    blobs,
    store: used,
    models,
    tools,
    log: messageLog(used, { publish }),
    events: { publish },
    now,
    onUnexpected,
    ...(options.toolTimeoutMs === undefined ? {} : { toolTimeoutMs: options.toolTimeoutMs }),
  });
  return {
    store,
    turns,
    lease,
    blobs,
    events,
    unexpected,
    async say(sequence, text) {
      const author = { kind: "user", id: "usr_1", name: "Ann" } as const;
      const item = { conversationId, sequence, author, text, status: "complete", createdAt } as const;
      await store.create(messages, { ...item, waitsFor: lease.id, attempt: 1 });
    },
    async start(turn) {
      using place = turns.place(conversationId, "usr_1");
      await place.admit(createdAt);
      place.start(turn);
    },
    read: async () => (await store.query(messages, { where: { conversationId }, limit: 1000 })).items,
    async [Symbol.asyncDispose]() {
      await turns.close(0);
      await lease.close();
      if (beside === undefined) {
        await store.close();
        await own.drop();
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A conversation of a user and an agent. */
async function begin(store: Store, tools: readonly Tool[]): Promise<void> {
  const organizationId = "org_1";
  await store.create(conversations, { id: conversationId, organizationId, title: "", createdBy: "usr_1", createdAt });
  await store.create(agents, {
    id: "agt_1",
    organizationId,
    name: "Agent",
    description: "",
    instructions: "",
    tools: tools.map((tool) => tool.description.name),
    skillIds: [],
    maxSteps: 3,
    createdBy: "usr_1",
    createdAt,
    updatedAt: createdAt,
  });
  for (const [participantId, kind] of [
    ["usr_1", "user"],
    ["agt_1", "agent"],
  ] as const) {
    await store.create(participants, { conversationId, participantId, kind, organizationId, createdAt });
  }
}

const finish = (reason: "stop" | "tool-calls"): ModelEvent => ({
  type: "finish",
  reason,
  usage: { inputTokens: 1, outputTokens: 1 },
});

/** A model that says the text. */
export async function* saying(text: string): AsyncGenerator<ModelEvent> {
  yield { type: "text", text };
  yield finish("stop");
}

/** A model that calls the tools first, and then says what came out of them. */
export function calling(...calls: readonly { readonly name: string; readonly input: unknown }[]) {
  return async function* (request: ModelRequest): AsyncGenerator<ModelEvent> {
    const outputs = request.messages.flatMap((message) => (message.role === "tool" ? [message.output] : []));
    if (outputs.length > 0) {
      yield* saying(JSON.stringify(outputs).slice(0, 200));
      return;
    }
    for (const [i, call] of calls.entries()) yield { type: "tool-call", call: { id: `call_${i}`, ...call } };
    yield finish("tool-calls");
  };
}

/** A store some of whose calls fail, as long as `fails` says so. */
export function failingStore(store: Store, fails: (method: string, table: string | undefined) => Error | undefined) {
  return new Proxy(store, {
    get(target, method: string) {
      const value: unknown = Reflect.get(target, method);
      if (typeof value !== "function") return value;
      return (...given: readonly unknown[]) => {
        const [first] = given as readonly { name?: string; table?: { name: string } }[];
        const table = first?.name ?? (Array.isArray(first) ? (first[0]?.table.name as string) : undefined);
        const error = fails(method, table);
        return error === undefined ? Reflect.apply(value, target, given) : Promise.reject(error);
      };
    },
  });
}
