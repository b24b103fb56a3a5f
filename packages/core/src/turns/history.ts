import { type Message, messages } from "../conversations/tables.ts";
import type { Store } from "../ports/store.ts";

/** As many as are read for 4 units on DynamoDB, where they are sentences. */
const historyLimit = 40;

/**
 * The newest messages up to the one that is answered, oldest first, every reply right after what it answers: replies
 * to earlier messages may have been stored after it.
 */
export async function readHistory(store: Store, conversationId: string, turn: number): Promise<Message[]> {
  const newest = { where: { conversationId }, order: "desc", limit: historyLimit } as const;
  let { items } = await store.query(messages, newest);
  if (!items.some(({ sequence }) => sequence === turn)) {
    const older = await store.query(messages, { ...newest, range: { lte: turn } });
    items = [...older.items, ...items.filter(({ sequence }) => sequence > turn)];
  }
  const place = ({ replyTo, sequence }: Message) => replyTo ?? sequence;
  return items
    .filter((message) => place(message) <= turn && !(message.replyTo === turn))
    .sort((a, b) => place(a) - place(b) || a.sequence - b.sequence);
}

/** Whether the attempt that the message waits for was stored: then only the mark was left behind. */
export async function hasReply(store: Store, message: Message): Promise<boolean> {
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
