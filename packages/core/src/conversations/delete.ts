import { op, type Store } from "../ports/store.ts";
import { conversations, messages, participants } from "./tables.ts";

/**
 * Runs what deletes a conversation, with what is under way in it ended and nobody writing to it: before and meanwhile.
 */
export type EndConversation = (conversationId: string, remove: () => Promise<void>) => Promise<void>;

/** Participants that go in one transaction with their conversation. */
const maxTogether = 90;

/**
 * Deletes a conversation's messages, then itself together with who took part: cut off in the middle it is still there,
 * and seen, to be deleted again.
 */
export async function deleteConversationItems(store: Store, conversationId: string): Promise<void> {
  const where = { conversationId };
  await deleteMessages(store, conversationId);
  const readParticipants = async () => (await store.query(participants, { where, limit: 500 })).items;
  const deleteEach = (given: readonly { readonly participantId: string }[]) =>
    Promise.all(given.map(({ participantId }) => store.delete(participants, { conversationId, participantId })));
  let items = await readParticipants();
  for (; items.length > maxTogether; items = await readParticipants()) await deleteEach(items.slice(maxTogether));
  await store.transact([
    op.delete(conversations, { id: conversationId }),
    ...items.map(({ participantId }) => op.delete(participants, { conversationId, participantId })),
  ]);
  // Whoever was added in that moment: nobody can be after it.
  await deleteEach(await readParticipants());
}

export async function deleteMessages(store: Store, conversationId: string): Promise<void> {
  const read = () => store.query(messages, { where: { conversationId }, limit: 200 });
  for (let page = await read(); page.items.length > 0; page = await read()) {
    await Promise.all(page.items.map(({ sequence }) => store.delete(messages, { conversationId, sequence })));
  }
}
