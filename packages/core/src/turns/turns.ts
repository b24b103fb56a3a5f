import { agents as agentsTable } from "../agents/tables.ts";
import type { Agent } from "../agents/agents.ts";
import type { ConversationEvent, ConversationEvents } from "../conversations/events.ts";
import type { MessageLog } from "../conversations/message-log.ts";
import type { Answering } from "../conversations/messages.ts";
import { type Message, messages, participants } from "../conversations/tables.ts";
import { NotFoundError, TooManyTurnsError, UnavailableError } from "../errors.ts";
import type { Blobs } from "../ports/blobs.ts";
import type { ModelErrorCode, Models } from "../ports/models.ts";
import type { Store } from "../ports/store.ts";
import { bids, pickSpeakers } from "./bid.ts";
import { readHistory } from "./history.ts";
import { type ServerLease, unref } from "./lease.ts";
import { clearWaiting, leftovers } from "./leftovers.ts";
import { type AbortReason, broken, type Reply, runReply } from "./reply.ts";
import type { Tool } from "./tools.ts";

export interface TurnsOptions {
  readonly store: Store;
  /** Where attached files are. */
  readonly blobs: Blobs;
  readonly models: Models;
  readonly tools: readonly Tool[];
  readonly log: MessageLog;
  readonly events: ConversationEvents;
  readonly lease: ServerLease;
  /** Turns that run at once in this process; more wait. Default 64. */
  readonly maxRunning?: number;
  /** How long a tool may take. Default 60 s. */
  readonly toolTimeoutMs?: number;
  readonly now: () => Date;
  /** Told of errors nobody foresaw. */
  readonly onUnexpected: (error: unknown) => void;
  /** Told of replies that fail for their model. */
  readonly onModelError?: ((code: ModelErrorCode) => void) | undefined;
  /** Runs each turn, for whoever wants to know how long it takes. Must run it once, and let its errors pass. */
  readonly within?: (
    turn: { readonly conversationId: string; readonly turn: number },
    run: () => Promise<Reply["status"]>,
  ) => Promise<Reply["status"]>;
}

/** A place among the turns under way, for a message that is about to be stored. Disposing of it gives it back. */
export interface Place extends Disposable, Answering {
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
   * Marks as failed, in their conversations, the turns that servers which are gone left behind.
   * @returns how many.
   */
  recover(): Promise<number>;
  /**
   * Waits for running turns up to `graceMs`, then marks what remains as interrupted. What does not end even then, and
   * what is started meanwhile, is left to the next start.
   */
  close(graceMs: number): Promise<void>;
}

const maxTurnsPerUser = 16;
const maxTurnsPerConversation = 16;

const firstPatienceMs = 1000;
const maxPatienceMs = 60_000;
const lastWordsMs = 2000;
const recoverEveryMs = 30_000;

interface Queue {
  readonly turns: { readonly turn: number; readonly userId: string; readonly covered: Disposable | undefined }[];
  abort: AbortController;
  /** The conversation is about to be deleted: takes no more. */
  stopped: boolean;
  done: Promise<void>;
}

export function createTurns(options: TurnsOptions): Turns {
  const { store, events, lease } = options;
  const { settle, recover } = leftovers(options);
  const maxRunning = options.maxRunning ?? 64;
  const queues = new Map<string, Queue>();
  const reserved = new Set<{ readonly conversationId: string; readonly userId: string }>();
  const blocked: (() => void)[] = [];
  let running = 0;
  const closes = new AbortController();
  const closing = closes.signal;
  if (!lease.alone) void recoverNowAndThen();
  let interrupting = false;

  async function recoverNowAndThen(): Promise<void> {
    for (;;) {
      await pause(recoverEveryMs * (0.75 + Math.random() / 2), closing);
      if (closing.aborted) return;
      await recover().catch(options.onUnexpected);
    }
  }

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
        const run = () => runTurn(options, conversationId, next.turn, queue.abort.signal);
        await (options.within?.({ conversationId, turn: next.turn }, run) ?? run());
        next.covered?.[Symbol.dispose]();
      } catch (error) {
        if (!(error instanceof NotFoundError)) options.onUnexpected(error);
        await giveUp(conversationId, next);
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
  async function giveUp(conversationId: string, { turn, covered }: Queue["turns"][number]): Promise<void> {
    if (await settled(conversationId, turn)) return covered?.[Symbol.dispose]();
    events.publish(conversationId, { type: "turn.ended", data: { turn, status: "failed" } });
    void settleLater(conversationId, turn).then((done) => (done ? covered?.[Symbol.dispose]() : undefined));
  }

  async function settleLater(conversationId: string, turn: number): Promise<boolean> {
    for (let patienceMs = firstPatienceMs; !closing.aborted; patienceMs = Math.min(2 * patienceMs, maxPatienceMs)) {
      await pause(patienceMs, closing);
      if (closing.aborted) break;
      if (await settled(conversationId, turn)) return true;
    }
    return false;
  }

  /** Whether nobody need wait for the turn any more, as far as this server is to see to it. */
  async function settled(conversationId: string, turn: number): Promise<boolean> {
    try {
      const message = await store.get(messages, { conversationId, sequence: turn });
      if (message?.waitsFor === undefined || message.waitsFor !== lease.id) return true;
      if (!lease.holds(message.waitsFor)) return false;
      await settle(message, broken);
      events.publish(conversationId, { type: "turn.ended", data: { turn, status: "failed" } });
      return true;
    } catch (error) {
      options.onUnexpected(error);
      return false;
    }
  }

  function requireRoom(conversationId: string, userId: string): void {
    const under = [...queues].flatMap(([id, { turns }]) => turns.map((turn) => ({ ...turn, conversationId: id })));
    const all = [...under, ...reserved];
    const mine = all.filter((one) => one.userId === userId).length;
    const here = all.filter((one) => one.conversationId === conversationId).length;
    if (mine < maxTurnsPerUser && here < maxTurnsPerConversation) return;
    throw new TooManyTurnsError("Too many replies are under way: wait for one to end, or stop one.");
  }

  function start(conversationId: string, next: Queue["turns"][number]): void {
    if (closing.aborted) return;
    const queue = queues.get(conversationId);
    if (queue !== undefined) {
      if (queue.stopped) next.covered?.[Symbol.dispose]();
      else queue.turns.push(next);
      return;
    }
    const abort = new AbortController();
    const fresh: Queue = { turns: [next], abort, stopped: false, done: Promise.resolve() };
    queues.set(conversationId, fresh);
    fresh.done = drain(conversationId, fresh);
  }

  return {
    place(conversationId, userId) {
      const mine = { conversationId, userId };
      let covered: Disposable | undefined;
      return {
        serverId: () => lease.id,
        async admit(createdAt) {
          requireRoom(conversationId, userId);
          reserved.add(mine);
          covered = await lease.cover(createdAt);
        },
        start(turn) {
          reserved.delete(mine);
          start(conversationId, { turn, userId, covered });
          covered = undefined;
        },
        [Symbol.dispose]() {
          reserved.delete(mine);
          covered?.[Symbol.dispose]();
        },
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
      for (const { covered } of queue.turns.splice(1)) covered?.[Symbol.dispose]();
      queue.abort.abort("cancelled" satisfies AbortReason);
      await queue.done;
    },
    recover,
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
  ): Promise<Reply["status"]> {
    const emit = (event: ConversationEvent) => events.publish(conversationId, event);
    const history = await readHistory(store, conversationId, turn);
    const message = history.find(({ sequence }) => sequence === turn);
    const { lease } = turnOptions;
    if (message === undefined) return "failed";
    if (message.waitsFor === undefined || message.waitsFor !== lease.id) {
      // Another server has settled it while this one was away.
      emit({ type: "turn.ended", data: { turn, status: "failed" } });
      return "failed";
    }
    const serverId = message.waitsFor;
    const speakers = pickSpeakers(bids(await conversationAgents(store, conversationId), message, history.toReversed()));
    let status: Reply["status"] = "complete";
    const replies: number[] = [];
    for (const agent of speakers) {
      const reply = await speak(turnOptions, { agent, message, history, signal, emit });
      history.push(reply);
      replies.push(reply.sequence);
      status = reply.status;
      if (status !== "complete") break;
    }
    if (!(await clearWaiting(store, { conversationId, sequence: turn }, serverId))) {
      await removeOrphans(store, conversationId, turn, replies);
    }
    const reply = replies.at(-1);
    emit({ type: "turn.ended", data: { turn, status, ...(reply === undefined ? {} : { reply }) } });
    return status;
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
  const { store, blobs, models, log, now, onUnexpected } = options;
  const { conversationId, sequence: turn } = message;
  const model = agent.model ?? models.list()[0]?.id ?? "offline/echo";
  emit({ type: "turn.started", data: { turn, agentId: agent.id, agentName: agent.name, model } });
  const tools = new Map(options.tools.map((tool) => [tool.description.name, tool]));
  const reply = await runReply({
    store,
    blobs,
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
    onModelError: options.onModelError,
    toolTimeoutMs: options.toolTimeoutMs ?? 60_000,
  });
  const { toolUses, error } = reply;
  if (!options.lease.holds(message.waitsFor ?? "")) {
    throw new UnavailableError("The reply was not stored: this server was away for so long that others took over.");
  }
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

/** Replies that landed in a conversation which another server has deleted meanwhile: nobody could see them. */
async function removeOrphans(
  store: Store,
  conversationId: string,
  turn: number,
  replies: readonly number[],
): Promise<void> {
  const asked = await store.get(messages, { conversationId, sequence: turn });
  // A reply may have taken the sequence of what it answers, once that was gone.
  if (asked !== undefined && asked.replyTo !== turn) return;
  for (const sequence of replies) await store.delete(messages, { conversationId, sequence });
}

function pause(ms: number, unless: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      unless.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    unref(timer);
    unless.addEventListener("abort", end);
  });
}
