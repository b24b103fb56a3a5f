import { ConflictError, NotFoundError } from "../errors.ts";
import type { Store } from "../ports/store.ts";
import type { Item } from "../tables/define-table.ts";
import type { ConversationEvents } from "./events.ts";
import type { Message } from "./tables.ts";
import { conversations, messages } from "./tables.ts";

type NewMessage = Omit<Item<typeof messages>, "sequence">;

/** Gives every message the next sequence of its conversation, stores it, and tells the listeners, in that order. */
export interface MessageLog {
  /**
   * @param commit writes the item; called again with another sequence if another writer took the first.
   *   Default: creates it.
   * @throws {NotFoundError} the conversation was deleted: nothing is written.
   */
  append(
    draft: NewMessage,
    commit?: (item: Item<typeof messages>, message: Message) => Promise<Message>,
  ): Promise<Message>;
  /** Runs what deletes a conversation once the appends before it are done. Those after it find that it is gone. */
  end(conversationId: string, remove: () => Promise<void>): Promise<void>;
}

const maxAttempts = 20;
const maxRemembered = 10_000;

/**
 * Sequences are claimed by creating the message under the next number: a counter would cost a write more, and leave
 * a gap at a crash. Within this process appends to one conversation queue, so only other processes are raced. Whether
 * the conversation exists is asked when its newest message is not known: deleting it makes that forgotten.
 */
export function messageLog(store: Store, events: ConversationEvents): MessageLog {
  const newest = new Map<string, number>();
  const queues = new Map<string, Promise<unknown>>();

  async function newestSequence(conversationId: string): Promise<number> {
    const [conversation, { items }] = await Promise.all([
      store.get(conversations, { id: conversationId }),
      store.query(messages, { where: { conversationId }, order: "desc", limit: 1 }),
    ]);
    if (conversation === undefined) throw new NotFoundError(`There is no conversation ${conversationId}.`);
    return items[0]?.sequence ?? 0;
  }

  function remember(conversationId: string, sequence: number): void {
    newest.delete(conversationId);
    newest.set(conversationId, sequence);
    const oldest = newest.keys().next();
    if (newest.size > maxRemembered && oldest.done !== true) newest.delete(oldest.value);
  }

  async function claim(
    draft: NewMessage,
    commit: (item: Item<typeof messages>, message: Message) => Promise<Message>,
  ): Promise<Message> {
    const { conversationId } = draft;
    for (let attempt = 1; ; attempt++) {
      const sequence = (newest.get(conversationId) ?? (await newestSequence(conversationId))) + 1;
      const item = { ...draft, sequence };
      try {
        const message = await commit(item, { ...item, version: 1 });
        remember(conversationId, sequence);
        events.publish(conversationId, { type: "message.created", data: message });
        return message;
      } catch (error) {
        newest.delete(conversationId);
        const taken = error instanceof ConflictError && error.table === messages.name && error.reason === "exists";
        if (!taken || attempt === maxAttempts) throw error;
      }
    }
  }

  function inTurn<T>(conversationId: string, work: () => Promise<T>): Promise<T> {
    const before = queues.get(conversationId) ?? Promise.resolve();
    const mine = before.then(work, work);
    queues.set(conversationId, mine);
    const leave = () => {
      if (queues.get(conversationId) === mine) queues.delete(conversationId);
    };
    mine.then(leave, leave);
    return mine;
  }

  return {
    append: (draft, commit = (item) => store.create(messages, item)) =>
      inTurn(draft.conversationId, () => claim(draft, commit)),
    end: (conversationId, remove) =>
      inTurn(conversationId, () => {
        newest.delete(conversationId);
        return remove();
      }),
  };
}
