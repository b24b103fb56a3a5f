import type { Context } from "@aloft/core/context";
import { requireConversation } from "@aloft/core/conversations/conversations";
import { NotFoundError } from "@aloft/core/errors";
import { isStillValid } from "@aloft/core/identity/principals";

/** Whether whoever opened a connection may still hear of the conversation: signed in, a member, taking part. */
export async function mayListen(context: Context, conversationId: string, now: Date): Promise<boolean> {
  if (!(await isStillValid(context.store, now, context.principal))) return false;
  try {
    await requireConversation(context, conversationId);
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}
