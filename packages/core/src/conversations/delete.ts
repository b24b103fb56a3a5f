import type { Store } from "../ports/store.ts";
import { conversations, messages, participants } from "./tables.ts";

/**
 * Deletes a conversation's messages, then who took part, then itself: cut off in the middle it is still there to be
 * deleted again.
 */
export async function deleteConversationItems(store: Store, conversationId: string): Promise<void> {
  const where = { conversationId };
  const readMessages = () => store.query(messages, { where, limit: 200 });
  for (let page = await readMessages(); page.items.length > 0; page = await readMessages()) {
    await Promise.all(page.items.map(({ sequence }) => store.delete(messages, { conversationId, sequence })));
  }
  const readParticipants = () => store.query(participants, { where, limit: 200 });
  for (let page = await readParticipants(); page.items.length > 0; page = await readParticipants()) {
    const deleted = page.items.map(({ participantId }) =>
      store.delete(participants, { conversationId, participantId }),
    );
    await Promise.all(deleted);
  }
  await store.delete(conversations, { id: conversationId });
}
