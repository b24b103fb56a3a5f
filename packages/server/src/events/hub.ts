import type { ConversationEvent, ConversationEvents } from "@aloft/core/conversations/events";
import type { Message } from "@aloft/core/conversations/tables";
import { messages } from "@aloft/core/conversations/tables";
import type { Store } from "@aloft/core/ports/store";
import { channel, type Channel } from "./channel.ts";
import type { EventId } from "./event-id.ts";
import { type Frame, frame } from "./frame.ts";
import { othersMessages } from "./others-messages.ts";

export interface Listener {
  readonly userId: string;
  /** Id of the session or key by which the user came in. */
  readonly by: string;
  /** Must not throw, and must not keep what the connection cannot take. */
  readonly send: (frame: Frame) => void;
  /** Resolves when the connection can take more: what is replayed goes at its pace. */
  readonly drained: () => Promise<void>;
  /** The listener may not hear more: the conversation is gone, or the listener no longer takes part in it. */
  readonly end: () => void;
}

/** A conversation as its participants get to see it. */
export interface Presented {
  readonly id: string;
}

export interface HubOptions {
  readonly store: Store;
  /** What of an event its listeners get to see. */
  readonly present: (event: ConversationEvent) => unknown;
  readonly presentMessage: (message: Message) => unknown;
  readonly onUnexpected: (error: unknown) => void;
  /** Other servers write to the store as well: what they add is looked for there. */
  readonly shared?: boolean;
  /** How often that is looked for where somebody listens. Default 3 s. */
  readonly lookEveryMs?: number;
  /** How long a conversation's latest events are kept after the last listener is gone. Default 5 minutes. */
  readonly keepMs?: number;
  /** What the events that are kept may take, of all conversations together, as JSON. Default 64 MB. */
  readonly maxBytes?: number;
}

/** Tells listeners what happens in conversations: everything once and in order, also across reconnects. */
export interface Hub extends ConversationEvents {
  /**
   * Sends what came after `after`, then what comes. What is no longer at hand is made up for: messages from the
   * store, the conversation as it is now, the running turn by a snapshot.
   * @param conversation the conversation as its listeners get to see it
   * @returns ends the subscription.
   */
  subscribe(conversation: Presented, after: EventId | undefined, listener: Listener): Promise<() => void>;
  /** Ends a user's subscriptions to a conversation. */
  dismiss(conversationId: string, stays: (userId: string) => boolean): void;
  /** Ends all subscriptions of a session or key that has ended. */
  signOut(by: string): void;
  close(): void;
}

export function createHub(options: HubOptions): Hub {
  const { store, present, presentMessage, onUnexpected } = options;
  const keepMs = options.keepMs ?? 5 * 60_000;
  const maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
  const channels = new Map<string, Promise<Channel>>();
  /** Those that keep events, the one that was told of longest ago first. */
  const keeping = new Map<string, Channel>();
  let keptBytes = 0;
  let closed = false;
  const sweeper = setInterval(sweep, Math.min(keepMs, 30_000)).unref();
  const others = othersMessages({ store, withChannel, tell, onUnexpected });
  const looker = options.shared === true ? setInterval(look, options.lookEveryMs ?? 3000).unref() : undefined;

  function open(conversationId: string): Promise<Channel> {
    const known = channels.get(conversationId);
    if (known !== undefined) return known;
    const opening = newestSequence(conversationId).then((sequence) => channel(sequence, Date.now()));
    channels.set(conversationId, opening);
    opening.catch(() => channels.delete(conversationId));
    return opening;
  }

  /** Calls `use` with the channel while it is surely the one that all others use. */
  function withChannel<R>(conversationId: string, use: (opened: Channel) => R): Promise<R> {
    const opening = open(conversationId);
    return opening.then((opened): R | Promise<R> =>
      channels.get(conversationId) === opening ? use(opened) : withChannel(conversationId, use),
    );
  }

  async function newestSequence(conversationId: string): Promise<number> {
    const { items } = await store.query(messages, { where: { conversationId }, order: "desc", limit: 1 });
    return items[0]?.sequence ?? 0;
  }

  function drop(conversationId: string): void {
    keptBytes -= keeping.get(conversationId)?.bytes() ?? 0;
    keeping.delete(conversationId);
    channels.delete(conversationId);
  }

  function tell(conversationId: string, opened: Channel, event: ConversationEvent): void {
    const id = opened.nextId(event);
    if (id === undefined) return;
    const before = keeping.get(conversationId)?.bytes() ?? 0;
    keeping.delete(conversationId);
    opened.append(event, frame(conversationId, id, event.type, present(event)));
    keeping.set(conversationId, opened);
    keptBytes += opened.bytes() - before;
    shrink();
  }

  function shrink(): void {
    for (const [conversationId, opened] of keeping) {
      if (keptBytes <= maxBytes) return;
      if (opened.isIdle(Infinity)) {
        drop(conversationId);
      } else {
        keptBytes -= opened.bytes();
        opened.forget();
        keeping.delete(conversationId);
      }
    }
  }

  function sweep(): void {
    for (const [conversationId, opening] of channels) {
      void opening.then(
        (opened) => {
          if (channels.get(conversationId) === opening && opened.isIdle(Date.now() - keepMs)) drop(conversationId);
        },
        () => undefined,
      );
    }
  }

  /** Looks for messages of other servers wherever somebody listens. */
  function look(): void {
    for (const [conversationId, opening] of channels) {
      opening.then(
        (opened) => (opened.isIdle(Infinity) ? undefined : others.catchUp(conversationId).catch(onUnexpected)),
        () => undefined,
      );
    }
  }

  function dismissEverywhere(stays: (listener: Listener) => boolean): void {
    for (const opening of channels.values()) {
      void opening.then(
        (opened) => opened.dismiss(stays),
        () => undefined,
      );
    }
  }

  /** Messages after `after` up to the newest that the channel has told of: the rest will come through it. */
  async function replayFromStore(conversationId: string, opened: Channel, after: EventId, listener: Listener) {
    let sent = after.sequence;
    while (sent < opened.sequence()) {
      const range = { gt: sent, lte: opened.sequence() };
      const page = await store.query(messages, { where: { conversationId }, range, limit: 100 });
      if (page.items.length === 0) break;
      for (const message of page.items) {
        const id = { sequence: message.sequence, n: 0 };
        listener.send(frame(conversationId, id, "message.created", presentMessage(message)));
        sent = message.sequence;
        await listener.drained();
      }
    }
  }

  return {
    publish(conversationId, event) {
      const deliver = (opened: Channel): void => {
        tell(conversationId, opened, event);
        if (event.type === "conversation.deleted") {
          opened.dismiss(() => false);
          drop(conversationId);
        }
      };
      if (options.shared === true) others.before(conversationId, event, deliver);
      else withChannel(conversationId, deliver).catch(onUnexpected);
    },
    async subscribe(conversation, after, listener) {
      if (options.shared === true && channels.has(conversation.id)) await others.catchUp(conversation.id);
      const { opened, release } = await withChannel(conversation.id, (one) => ({ opened: one, release: one.hold() }));
      try {
        return await join(conversation, opened, after, listener);
      } finally {
        release();
      }
    },
    dismiss(conversationId, stays) {
      void channels.get(conversationId)?.then((opened) => opened.dismiss(({ userId }) => stays(userId)), onUnexpected);
    },
    signOut(by) {
      dismissEverywhere((listener) => listener.by !== by);
    },
    close() {
      closed = true;
      clearInterval(sweeper);
      clearInterval(looker);
      dismissEverywhere(() => false);
      channels.clear();
      keeping.clear();
    },
  };

  async function join(
    conversation: Presented,
    opened: Channel,
    after: EventId | undefined,
    listener: Listener,
  ): Promise<() => void> {
    const conversationId = conversation.id;
    if (after !== undefined && !opened.reaches(after)) {
      if (after.sequence < opened.sequence()) await replayFromStore(conversationId, opened, after, listener);
    }
    if (after !== undefined && opened.reaches(after)) {
      for (const missed of opened.since(after)) listener.send(missed);
    } else {
      const turn = opened.turn();
      const at = opened.lastId();
      if (after !== undefined) listener.send(frame(conversationId, at, "conversation.updated", conversation));
      if (turn !== undefined) listener.send(frame(conversationId, at, "turn.snapshot", turn));
    }
    const leave = opened.add(listener);
    // Whoever was joining when all were dismissed was not among them.
    if (closed) listener.end();
    return leave;
  }
}
