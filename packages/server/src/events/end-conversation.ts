import type { Services } from "../services.ts";

/** Ends what is under way in a conversation that is about to be deleted, and tells its listeners. */
export async function endConversation(
  { turns, log, events }: Pick<Services, "turns" | "log" | "events">,
  conversationId: string,
): Promise<void> {
  await turns.stop(conversationId);
  log.forget(conversationId);
  events.publish(conversationId, { type: "conversation.deleted", data: {} });
}
