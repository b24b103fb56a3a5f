import type { EndConversation } from "@aloft/core/conversations/delete";
import type { Services } from "../services.ts";

/** How this server ends a conversation: what is under way is stopped, it is deleted, and its listeners are told. */
export function endConversation({ turns, log, events }: Pick<Services, "turns" | "log" | "events">): EndConversation {
  return async (conversationId, remove) => {
    await turns.stop(conversationId);
    await log.end(conversationId, remove);
    // A message stored right before the end may have begun a turn since.
    await turns.stop(conversationId);
    events.publish(conversationId, { type: "conversation.deleted", data: {} });
  };
}
