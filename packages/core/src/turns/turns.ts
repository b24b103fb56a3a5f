import { agents as agentsTable } from "../agents/tables.ts";
import type { Agent } from "../agents/agents.ts";
import type { ConversationEvent, ConversationEvents } from "../conversations/events.ts";
import type { MessageLog } from "../conversations/message-log.ts";
import { allPendingShards } from "../conversations/messages.ts";
import { type Message, messages, participants } from "../conversations/tables.ts";
import { ConflictError, NotFoundError, TooManyTurnsError } from "../errors.ts";
import type { Models } from "../ports/models.ts";
import type { Store } from "../ports/store.ts";
import { bids, pickSpeakers } from "./bid.ts";
import { hasReply, readHistory } from "./history.ts";
import { type AbortReason, broken, interrupted, type Reply, runReply } from "./reply.ts";
import type { Tool } from "./tools.ts";

export interface TurnsOptions {
  readonly store: Store;
  readonly models: Models;
  readonly tools: readonly Tool[];
  readonly log: MessageLog;
  readonly events: ConversationEvents;
  /** Turns that run at once in this process; more wait. Default 64. */
  readonly maxRunning?: number;
  /** How long a tool may take. Default 60 s. */
  readonly toolTimeoutMs?: number;
  readonly now: () => Date;
  /** Told of errors nobody foresaw. */
  readonly onUnexpected: (error: unknown) => void;
}

/** A place among the turns under way, for a message that is about to be stored. Disposing of it gives it back. */
export interface Place extends Disposable {
  /** @throws {TooManyTurnsError} the user, or the conversation, has as many turns under way as one may. */
  readonly take: () => void;
  /** Replies to the message when its time comes. Never throws; what fails is told in the conversation. */
  readonly start: (turn: number) => void;
}

/**
 * Replies to messages: one turn at a time in a conversation, in the order of the messages. That a message waits for
 * its reply is in the store, so whatever is lost with the process is found by {@link Turns.recover}.
 */
export interface Turns {
  place(conversationId: string, userId: string): Place;
  /** The message being answered now. */
  active(conversationId: string): number | undefined;
  /** Stops the running turn, and with it the call to the model. @returns whether one was running. */
  cancel(conversationId: string): boolean;
  /**
   * Stops the running turn, drops those that wait or come meanwhile, and resolves when the conversation is quiet: for
   * one that is about to be deleted.
   */
  stop(conversationId: string): Promise<void>;
  /**
   * Marks as failed, in their conversations, the turns that a process which is gone left behind. Call at start,
   * before any turn of this process.
   */
  recover(): Promise<number>;
  /**
   * Waits for running turns up to `graceMs`, then marks what remains as interrupted. What does not end even then, and
   * what is started meanwhile, is left to the next start.
   */
  close(graceMs: number): Promise<void>;
}

const systemAuthor = { kind: "system", id: "aloft", name: "Aloft" } as const;

const maxTurnsPerUser = 16;
const maxTurnsPerConversation = 16;

const firstPatienceMs = 1000;
const maxPatienceMs = 60_000;
const lastWordsMs = 2000;

interface Queue {
  readonly turns: { readonly turn: number; readonly userId: string }[];
  abort: AbortController;
  /** The conversation is about to be deleted: takes no more. */
  stopped: boolean;
  done: Promise<void>;
}

export function createTurns(options: TurnsOptions): Turns {
  const { store, log, events, now } = options;
  const maxRunning = options.maxRunning ?? 64;
  const queues = new Map<string, Queue>();
  const reserved = new Set<{ readonly conversationId: string; readonly userId: string }>();
  const blocked: (() => void)[] = [];
  let running = 0;
  const closes = new AbortController();
  const closing = closes.signal;
  let interrupting = false;

  async function enter(): Promise<void> {
    if (running < maxRunning) running++;
    else await new Promise<void>((resolve) => blocked.push(resolve));
  }
  function leave(): void {
    const next = blocked.shift();
    if (next === undefined) running--;
    else next();
  }

  async function drain(conversationId: string, queue: Queue): Promise<void> {
    for (let next = queue.turns[0]; next !== undefined; next = queue.turns[0]) {
      await enter();
      if (interrupting) queue.abort.abort("interrupted" satisfies AbortReason);
      try {
        await runTurn(options, conversationId, next.turn, queue.abort.signal);
      } catch (error) {
        if (!(error instanceof NotFoundError)) options.onUnexpected(error);
        await giveUp(conversationId, next.turn);
      } finally {
        queue.abort = new AbortController();
        queue.turns.shift();
        leave();
      }
    }
    queues.delete(conversationId);
  }

  /**
   * After an error of the store itself: says so in the conversation as soon as the store can, so that it may be retried,
   * and lets nobody wait for the reply. A conversation that is gone is told nothing.
   */
  async function giveUp(conversationId: string, turn: number): Promise<void> {
    if (await settled(conversationId, turn)) return;
    events.publish(conversationId, { type: "turn.ended", data: { turn, status: "failed" } });
    void settleLater(conversationId, turn);
  }

  async function settleLater(conversationId: string, turn: number): Promise<void> {
    for (let patienceMs = firstPatienceMs; !closing.aborted; patienceMs = Math.min(2 * patienceMs, maxPatienceMs)) {
      await pause(patienceMs, closing);
      if (closing.aborted || (await settled(conversationId, turn))) return;
    }
  }

  /** Whether nobody need wait for the turn any more. */
  async function settled(conversationId: string, turn: number): Promise<boolean> {
    try {
      const message = await store.get(messages, { conversationId, sequence: turn });
      if (message?.pendingShard === undefined) return true;
      await settleLeftover(message, broken);
      events.publish(conversationId, { type: "turn.ended", data: { turn, status: "failed" } });
      return true;
    } catch (error) {
      options.onUnexpected(error);
      return false;
    }
  }

  async function settleLeftover(message: Message, error: NonNullable<Reply["error"]>): Promise<void> {
    if (!(await hasReply(store, message))) {
      const { conversationId, sequence: replyTo } = message;
      const reply = { text: "", status: "failed", error, createdAt: now().toISOString() } as const;
      const attempt = message.attempt ?? 1;
      try {
        await log.append({ conversationId, author: systemAuthor, replyTo, attempt, ...reply });
      } catch (cause) {
        if (!(cause instanceof NotFoundError)) throw cause;
        // Its conversation is gone: nobody can see it, nor delete it.
        await store.delete(messages, { conversationId, sequence: replyTo });
        return;
      }
    }
    await clearPending(store, message.conversationId, message.sequence);
  }

  function requireRoom(conversationId: string, userId: string): void {
    const under = [...queues].flatMap(([id, { turns }]) => turns.map((turn) => ({ ...turn, conversationId: id })));
    const all = [...under, ...reserved];
    const mine = all.filter((one) => one.userId === userId).length;
    const here = all.filter((one) => one.conversationId === conversationId).length;
    if (mine < maxTurnsPerUser && here < maxTurnsPerConversation) return;
    throw new TooManyTurnsError("Too many replies are under way: wait for one to end, or stop one.");
  }

  function start(conversationId: string, turn: number, userId: string): void {
    if (closing.aborted) return;
    const queue = queues.get(conversationId);
    if (queue !== undefined) {
      if (!queue.stopped) queue.turns.push({ turn, userId });
      return;
    }
    const abort = new AbortController();
    const fresh: Queue = { turns: [{ turn, userId }], abort, stopped: false, done: Promise.resolve() };
    queues.set(conversationId, fresh);
    fresh.done = drain(conversationId, fresh);
  }

  return {
    place(conversationId, userId) {
      const mine = { conversationId, userId };
      const give = () => void reserved.delete(mine);
      return {
        take() {
          requireRoom(conversationId, userId);
          reserved.add(mine);
        },
        start(turn) {
          give();
          start(conversationId, turn, userId);
        },
        [Symbol.dispose]: give,
      };
    },
    active: (conversationId) => queues.get(conversationId)?.turns[0]?.turn,
    cancel(conversationId) {
      const queue = queues.get(conversationId);
      queue?.abort.abort("cancelled" satisfies AbortReason);
      return queue !== undefined;
    },
    async stop(conversationId) {
      const queue = queues.get(conversationId);
      if (queue === undefined) return;
      queue.stopped = true;
      queue.turns.splice(1);
      queue.abort.abort("cancelled" satisfies AbortReason);
      await queue.done;
    },
    async recover() {
      let recovered = 0;
      for (const pendingShard of allPendingShards) {
        const read = () => store.query(messages, { index: "pending", where: { pendingShard }, limit: 100 });
        for (let page = await read(); page.items.length > 0; page = await read()) {
          for (const message of page.items) await settleLeftover(message, interrupted);
          recovered += page.items.length;
        }
      }
      return recovered;
    },
    async close(graceMs) {
      closes.abort();
      const grace = setTimeout(() => {
        interrupting = true;
        for (const { abort } of queues.values()) abort.abort("interrupted" satisfies AbortReason);
      }, graceMs);
      let last: ReturnType<typeof setTimeout> | undefined;
      const outOfPatience = new Promise<void>((resolve) => (last = setTimeout(resolve, graceMs + lastWordsMs)));
      await Promise.race([Promise.all([...queues.values()].map(({ done }) => done)), outOfPatience]);
      clearTimeout(grace);
      clearTimeout(last);
    },
  };

  async function runTurn(
    turnOptions: TurnsOptions,
    conversationId: string,
    turn: number,
    signal: AbortSignal,
  ): Promise<void> {
    const emit = (event: ConversationEvent) => events.publish(conversationId, event);
    const history = await readHistory(store, conversationId, turn);
    const message = history.find(({ sequence }) => sequence === turn);
    if (message?.pendingShard === undefined) return;
    const speakers = pickSpeakers(bids(await conversationAgents(store, conversationId), message, history.toReversed()));
    let status: Reply["status"] = "complete";
    let last: number | undefined;
    for (const agent of speakers) {
      const reply = await speak(turnOptions, { agent, message, history, signal, emit });
      history.push(reply);
      last = reply.sequence;
      status = reply.status;
      if (status !== "complete") break;
    }
    await clearPending(store, conversationId, turn);
    emit({ type: "turn.ended", data: { turn, status, ...(last === undefined ? {} : { reply: last }) } });
  }
}

interface Speech {
  readonly agent: Agent;
  readonly message: Message;
  readonly history: readonly Message[];
  readonly signal: AbortSignal;
  readonly emit: (event: ConversationEvent) => void;
}

async function speak(options: TurnsOptions, { agent, message, history, signal, emit }: Speech): Promise<Message> {
  const { store, models, log, now, onUnexpected } = options;
  const { conversationId, sequence: turn } = message;
  const model = agent.model ?? models.list()[0]?.id ?? "offline/echo";
  emit({ type: "turn.started", data: { turn, agentId: agent.id, agentName: agent.name, model } });
  const tools = new Map(options.tools.map((tool) => [tool.description.name, tool]));
  const reply = await runReply({
    store,
    models,
    tools,
    agent,
    model,
    history,
    turn,
    conversationId,
    signal,
    now,
    emit,
    onUnexpected,
    toolTimeoutMs: options.toolTimeoutMs ?? 60_000,
  });
  const { toolUses, error } = reply;
  return log.append({
    conversationId,
    author: { kind: "agent", id: agent.id, name: agent.name },
    text: reply.text,
    status: reply.status,
    ...(error === undefined ? {} : { error }),
    ...(toolUses.length === 0 ? {} : { toolUses: [...toolUses] }),
    replyTo: turn,
    attempt: message.attempt ?? 1,
    model,
    usage: reply.usage,
    createdAt: now().toISOString(),
  });
}

async function conversationAgents(store: Store, conversationId: string): Promise<Agent[]> {
  const { items } = await store.query(participants, { where: { conversationId }, limit: 100 });
  const ids = items.filter(({ kind }) => kind === "agent").map(({ participantId }) => ({ id: participantId }));
  const found = await store.getMany(agentsTable, ids);
  return found.flatMap((agent) => (agent === undefined ? [] : [agent]));
}

async function clearPending(store: Store, conversationId: string, sequence: number): Promise<void> {
  try {
    await store.update(messages, { conversationId, sequence }, { remove: ["pendingShard"] });
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof ConflictError) return;
    throw error;
  }
}

function pause(ms: number, unless: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      unless.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    unless.addEventListener("abort", end);
  });
}
