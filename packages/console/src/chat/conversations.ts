import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { conversationQuery } from "../api/queries.ts";
import type { AnswerOf, Conversation } from "../api/types.ts";

type Lists = InfiniteData<AnswerOf<"listConversations">>;

/** Puts what was heard of a conversation into every list that shows it. */
export function keepInLists(client: QueryClient, id: string, change: Partial<Conversation>): void {
  client.setQueriesData<Lists>({ queryKey: ["conversations"] }, (known) => {
    if (known === undefined || !known.pages.some(({ items }) => items.some((one) => one.id === id))) return known;
    const pages = known.pages.map((page) => ({
      ...page,
      items: page.items.map((one) => (one.id === id ? { ...one, ...change } : one)),
    }));
    return { ...known, pages };
  });
}

export function keepConversation(client: QueryClient, conversation: Conversation): void {
  client.setQueryData(conversationQuery(conversation.id).queryKey, conversation);
  keepInLists(client, conversation.id, conversation);
}

export function forgetConversation(client: QueryClient, id: string): void {
  client.removeQueries({ queryKey: ["conversation", id] });
  client.removeQueries({ queryKey: ["messages", id] });
  void client.invalidateQueries({ queryKey: ["conversations"] });
}
