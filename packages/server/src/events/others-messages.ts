import type { ConversationEvent } from "@aloft/core/conversations/events";
import { messages } from "@aloft/core/conversations/tables";
import type { Store } from "@aloft/core/ports/store";
import type { Channel } from "./channel.ts";

export interface OthersMessagesOptions {
  readonly store: Store;
  readonly withChannel: <R>(conversationId: string, use: (opened: Channel) => R) => Promise<R>;
  readonly tell: (conversationId: string, opened: Channel, event: ConversationEvent) => void;
  readonly onUnexpected: (error: unknown) => void;
}

/** Tells of messages that other servers have stored, in their order among this server's own events. */
export interface OthersMessages {
  /** Tells of every message up to the newest in the store. */
  catchUp(conversationId: string): Promise<void>;
  /** Delivers an event once the messages before it have been told of. */
  before(conversationId: string, event: ConversationEvent, deliver: (opened: Channel) => void): void;
}

const pageSize = 100;

export function othersMessages({ store, withChannel, tell, onUnexpected }: OthersMessagesOptions): OthersMessages {
  /** What is under way in a conversation: events that come meanwhile wait for it. */
  const tails = new Map<string, Promise<void>>();

  function inTurn(conversationId: string, work: () => Promise<void>): Promise<void> {
    const mine = (tails.get(conversationId) ?? Promise.resolve()).then(work);
    const tail = mine.catch(() => undefined);
    tails.set(conversationId, tail);
    void tail.then(() => (tails.get(conversationId) === tail ? tails.delete(conversationId) : undefined));
    return mine;
  }

  async function readOn(conversationId: string): Promise<void> {
    for (let more = true; more;) {
      const gt = await withChannel(conversationId, (opened) => opened.sequence());
      const { items } = await store.query(messages, { where: { conversationId }, range: { gt }, limit: pageSize });
      await withChannel(conversationId, (opened) => {
        for (const data of items) tell(conversationId, opened, { type: "message.created", data });
      });
      more = items.length === pageSize;
    }
  }

  return {
    catchUp: (conversationId) => inTurn(conversationId, () => readOn(conversationId)),
    before(conversationId, event, deliver) {
      const skips = (opened: Channel): boolean =>
        event.type === "message.created" && event.data.sequence > opened.sequence() + 1;
      const inOrder = async (): Promise<void> => {
        // If they cannot be read now, this one is found with them the next time.
        if (await withChannel(conversationId, skips)) await readOn(conversationId);
        await withChannel(conversationId, deliver);
      };
      withChannel(conversationId, (opened) => {
        if (!tails.has(conversationId) && !skips(opened)) deliver(opened);
        else inTurn(conversationId, inOrder).catch(onUnexpected);
      }).catch(onUnexpected);
    },
  };
}
