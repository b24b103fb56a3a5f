import type { ConversationEvents } from "../conversations/events.ts";
import type { MessageLog } from "../conversations/message-log.ts";
import { type Message, messages } from "../conversations/tables.ts";
import { ConflictError, NotFoundError } from "../errors.ts";
import type { Store } from "../ports/store.ts";
import { hasReply } from "./history.ts";
import type { ServerLease } from "./lease.ts";
import { interrupted, type Reply } from "./reply.ts";
import { type ServerRecord, servers } from "./tables.ts";

export interface LeftoversOptions {
  readonly store: Store;
  readonly log: MessageLog;
  readonly events: ConversationEvents;
  readonly lease: ServerLease;
  readonly now: () => Date;
}

/** Settles messages that wait for a reply nobody will give. */
export interface Leftovers {
  /** Says in the conversation that the reply failed, unless the reply is there, and lets the message wait no more. */
  readonly settle: (message: Message, error: NonNullable<Reply["error"]>) => Promise<void>;
  /** Settles what servers that are gone have left behind. @returns how many messages. */
  readonly recover: () => Promise<number>;
}

const systemAuthor = { kind: "system", id: "aloft", name: "Aloft" } as const;

export function leftovers({ store, log, events, lease, now }: LeftoversOptions): Leftovers {
  async function settle(message: Message, error: NonNullable<Reply["error"]>): Promise<void> {
    const { conversationId, sequence: replyTo, waitsFor } = message;
    if (!(await hasReply(store, message))) {
      const reply = { text: "", status: "failed", error, createdAt: now().toISOString() } as const;
      const attempt = message.attempt ?? 1;
      try {
        await log.append({ conversationId, author: systemAuthor, replyTo, attempt, ...reply });
      } catch (cause) {
        if (!(cause instanceof NotFoundError)) throw cause;
        // Its conversation is gone: nobody can see it, nor delete it.
        await store.delete(messages, { conversationId, sequence: replyTo });
        return;
      }
    }
    if (waitsFor !== undefined) await clearWaiting(store, { conversationId, sequence: replyTo }, waitsFor);
  }

  /** Makes the row of a server that is gone this server's, unless another was quicker. */
  async function claim({ id, version }: ServerRecord): Promise<boolean> {
    const leaseUntil = new Date(now().getTime() + 2 * lease.graceMs).toISOString();
    try {
      await store.update(servers, { id }, { set: { settledBy: lease.id, leaseUntil } }, { if: { version } });
      return true;
    } catch (error) {
      if (error instanceof ConflictError) return false;
      throw error;
    }
  }

  async function settleAll({ id, waitingSince }: ServerRecord): Promise<number> {
    let settled = 0;
    let cursor: string | undefined;
    do {
      const range = { gte: waitingSince };
      const page = await store.query(messages, { index: "recent", where: {}, range, limit: 100, cursor });
      for (const message of page.items) {
        if (message.waitsFor !== id) continue;
        await settle(message, interrupted);
        const { conversationId, sequence: turn } = message;
        events.publish(conversationId, { type: "turn.ended", data: { turn, status: "failed" } });
        settled++;
      }
      cursor = page.next;
    } while (cursor !== undefined);
    return settled;
  }

  return {
    settle,
    async recover() {
      let settled = 0;
      const before = now().getTime() - lease.graceMs;
      const { items } = await store.query(servers, { index: "all", where: {}, limit: 1000 });
      for (const server of items) {
        const isGone = lease.alone || Date.parse(server.leaseUntil) < before;
        if (server.id === lease.id || !isGone || !(await claim(server))) continue;
        settled += await settleAll(server);
        await store.delete(servers, { id: server.id });
      }
      return settled;
    },
  };
}

/**
 * Lets the message wait no more for the server of this id.
 * @returns whether it did: it may be gone with its conversation, or another server's by now.
 */
export async function clearWaiting(
  store: Store,
  key: { readonly conversationId: string; readonly sequence: number },
  serverId: string,
): Promise<boolean> {
  try {
    await store.update(messages, key, { remove: ["waitsFor"] }, { if: { waitsFor: serverId } });
    return true;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof ConflictError) return false;
    throw error;
  }
}
