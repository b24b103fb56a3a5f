import { deleteAttachmentsOf } from "@aloft/core/attachments/attachments";
import { type EndConversation, deleteMessages } from "@aloft/core/conversations/delete";
import type { Services } from "../services.ts";

const othersWriteWithinMs = 15_000;

/** How this server ends a conversation: what is under way is stopped, it is deleted, and its listeners are told. */
export function endConversation({
  turns,
  log,
  events,
  store,
  blobs,
}: Pick<Services, "turns" | "log" | "events" | "store" | "blobs">): EndConversation {
  return async (conversationId, remove) => {
    await turns.stop(conversationId);
    await log.end(conversationId, async () => {
      await deleteAttachmentsOf(store, blobs, conversationId);
      await remove();
    });
    // A message stored right before the end may have begun a turn since.
    await turns.stop(conversationId);
    events.publish(conversationId, { type: "conversation.deleted", data: {} });
    // What another server was writing to it in that moment: nobody can see it, but it is to go as well.
    setTimeout(() => void deleteMessages(store, conversationId).catch(() => undefined), othersWriteWithinMs).unref();
  };
}
