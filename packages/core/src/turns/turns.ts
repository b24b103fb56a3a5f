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
  readonly now: () => Date;
  /** Told of errors nobody foresaw. */
  readonly onUnexpected: (error: unknown) => void;
}

/**
 * Replies to messages: one turn at a time in a conversation, in the order of the messages. That a message waits for
 * its reply is in the store, so whatever is lost with the process is found by {@link Turns.recover}.
 */
export interface Turns {
  /** @throws {TooManyTurnsError} the user, or the conversation, has as many turns under way as one may. */
  admit(conversationId: string, userId: string): void;
  /** Replies to the message when its time comes. Never throws; what fails is told in the conversation. */
  start(conversationId: string, turn: number, userId: string): void;
  /** The message being answered now. */
  active(conversationId: string): number | undefined;
  /** Stops the running turn, and with it the call to the model. @returns whether one was running. */
  cancel(conversationId: string): boolean;
  /** Stops the running turn, drops those that wait, and resolves when the conversation is quiet. */
  stop(conversationId: string): Promise<void>;
  /**
   * Marks as failed, in their conversations, the turns that a process which is gone left behind. Call at start,
   * before any turn of this process.
   */
  recover(): Promise<number>;
  /** Waits for running turns up to `graceMs`, then marks what remains as interrupted. */
  close(graceMs: number): Promise<void>;
}

const historyLimit = 50;
const systemAuthor = { kind: "system", id: "aloft", name: "Aloft" } as const;

const maxTurnsPerUser = 16;
const maxTurnsPerConversation = 16;

interface Queue {
  readonly turns: { readonly turn: number; readonly userId: string }[];
  abort: AbortController | undefined;
  done: Promise<void>;
}

export function createTurns(options: TurnsOptions): Turns {
  const { store, log, events, now } = options;
  const maxRunning = options.maxRunning ?? 64;
  const queues = new Map<string, Queue>();
  const blocked: (() => void)[] = [];
  let running = 0;
  let closing = false;

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
      queue.abort = new AbortController();
      if (closing) queue.abort.abort("interrupted" satisfies AbortReason);
      try {
        await runTurn(options, conversationId, next.turn, queue.abort.signal);
      } catch (error) {
        options.onUnexpected(error);
        await giveUp(conversationId, next.turn);
      } finally {
        queue.abort = undefined;
        queue.turns.shift();
        leave();
      }
    }
    queues.delete(conversationId);
  }

  /** After an error of the store itself: says so if the store can, and lets nobody wait for the reply. */
  async function giveUp(conversationId: string, turn: number): Promise<void> {
    try {
      const message = await store.get(messages, { conversationId, sequence: turn });
      if (message !== undefined) await settleLeftover(message, broken);
    } catch (error) {
      options.onUnexpected(error);
    }
    events.publish(conversationId, { type: "turn.ended", data: { turn, status: "failed" } });
  }

  async function settleLeftover(message: Message, error: NonNullable<Reply["error"]>): Promise<void> {
    if (!(await hasReply(store, message))) {
      const { conversationId, sequence: replyTo } = message;
      const reply = { text: "", status: "failed", error, createdAt: now().toISOString() } as const;
      const attempt = message.attempt ?? 1;
      await log.append({ conversationId, author: systemAuthor, replyTo, attempt, ...reply });
    }
    await clearPending(store, message.conversationId, message.sequence);
  }

  return {
    admit(conversationId, userId) {
      const mine = [...queues.values()].flatMap(({ turns }) => turns).filter((turn) => turn.userId === userId).length;
      const here = queues.get(conversationId)?.turns.length ?? 0;
      if (mine < maxTurnsPerUser && here < maxTurnsPerConversation) return;
      throw new TooManyTurnsError("Too many replies are under way: wait for one to end, or stop one.");
    },
    start(conversationId, turn, userId) {
      const queue = queues.get(conversationId);
      if (queue !== undefined) {
        queue.turns.push({ turn, userId });
        return;
      }
      const fresh: Queue = { turns: [{ turn, userId }], abort: undefined, done: Promise.resolve() };
      queues.set(conversationId, fresh);
      fresh.done = drain(conversationId, fresh);
    },
    active: (conversationId) => queues.get(conversationId)?.turns[0]?.turn,
    cancel(conversationId) {
      const abort = queues.get(conversationId)?.abort;
      abort?.abort("cancelled" satisfies AbortReason);
      return abort !== undefined;
    },
    async stop(conversationId) {
      const queue = queues.get(conversationId);
      if (queue === undefined) return;
      queue.turns.splice(1);
      queue.abort?.abort("cancelled" satisfies AbortReason);
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
      const all = () => Promise.all([...queues.values()].map(({ done }) => done));
      const grace = setTimeout(() => {
        closing = true;
        for (const { abort } of queues.values()) abort?.abort("interrupted" satisfies AbortReason);
      }, graceMs);
      await all();
      clearTimeout(grace);
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

/**
 * The newest messages up to the one that is answered, oldest first, every reply right after what it answers: replies
 * to earlier messages may have been stored after it.
 */
async function readHistory(store: Store, conversationId: string, turn: number): Promise<Message[]> {
  const { items } = await store.query(messages, { where: { conversationId }, order: "desc", limit: historyLimit });
  const place = ({ replyTo, sequence }: Message) => replyTo ?? sequence;
  return items
    .filter((message) => place(message) <= turn && !(message.replyTo === turn))
    .sort((a, b) => place(a) - place(b) || a.sequence - b.sequence);
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

/** Whether the attempt that the message waits for was stored: then only the mark was left behind. */
async function hasReply(store: Store, message: Message): Promise<boolean> {
  const { conversationId, sequence, attempt } = message;
  let cursor: string | undefined;
  do {
    const page = await store.query(messages, {
      where: { conversationId },
      range: { gt: sequence },
      limit: 100,
      cursor,
    });
    if (page.items.some((reply) => reply.replyTo === sequence && reply.attempt === attempt)) return true;
    cursor = page.next;
  } while (cursor !== undefined);
  return false;
}

async function clearPending(store: Store, conversationId: string, sequence: number): Promise<void> {
  try {
    await store.update(messages, { conversationId, sequence }, { remove: ["pendingShard"] });
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof ConflictError) return;
    throw error;
  }
}
