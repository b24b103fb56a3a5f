import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { messagesQuery } from "../api/queries.ts";
import type { Message, MessagePage } from "../api/types.ts";

type Pages = InfiniteData<MessagePage>;

/** Puts messages into what is known of their conversation, each where it belongs. */
export function keepMessages(client: QueryClient, conversationId: string, messages: readonly Message[]): void {
  client.setQueryData(messagesQuery(conversationId).queryKey, (known) =>
    known === undefined ? known : messages.reduce<Pages>(withMessage, known),
  );
}

function withMessage(known: Pages, message: Message): Pages {
  const answered = message.replyTo === undefined ? known : withPending(known, message.replyTo, false);
  const last = answered.pages.length - 1;
  const at = answered.pages.findIndex(
    ({ items }, i) => i === last || message.sequence >= (items.at(-1)?.sequence ?? 0),
  );
  const pages = answered.pages.map((page, i) => (i === at ? { ...page, items: inserted(page.items, message) } : page));
  return { ...answered, pages };
}

/** Newest first, as pages are. */
function inserted(items: readonly Message[], message: Message): Message[] {
  const before = items.filter(({ sequence }) => sequence > message.sequence);
  const known = items.find(({ sequence }) => sequence === message.sequence);
  const after = items.filter(({ sequence }) => sequence < message.sequence);
  return [...before, known !== undefined && known.version > message.version ? known : message, ...after];
}

/** Notes whether a message waits for a reply. */
export function markPending(client: QueryClient, conversationId: string, sequence: number, pending: boolean): void {
  client.setQueryData(messagesQuery(conversationId).queryKey, (known) =>
    known === undefined ? known : withPending(known, sequence, pending),
  );
}

function withPending(known: Pages, sequence: number, pending: boolean): Pages {
  const differs = (message: Message) => message.sequence === sequence && message.pending !== pending;
  const pages = known.pages.map((page) =>
    page.items.some(differs)
      ? { ...page, items: page.items.map((message) => (differs(message) ? { ...message, pending } : message)) }
      : page,
  );
  return { ...known, pages };
}

/** Oldest first, as they are read. */
export function inOrder(known: Pages): readonly Message[] {
  return known.pages.flatMap(({ items }) => items).reverse();
}

/** A failed or cancelled reply that nothing has come after: asking again makes sense. */
export function canRetry(messages: readonly Message[], reply: Message): boolean {
  if (reply.status === "complete" || reply.replyTo === undefined) return false;
  const waits = messages.some(({ sequence, pending }) => sequence === reply.replyTo && pending);
  const superseded = messages.some(({ replyTo, sequence }) => replyTo === reply.replyTo && sequence > reply.sequence);
  return !waits && !superseded;
}
