import { agents } from "../agents/tables.ts";
import { conversations, participants } from "../conversations/tables.ts";
import { ConflictError } from "../errors.ts";
import { op, type Operation, type Store } from "../ports/store.ts";
import type { Item } from "../tables/define-table.ts";
import { newId } from "../values.ts";
import { settings, type users } from "./tables.ts";
import { newUserOperations } from "./users.ts";

/** Settings of the server itself stand under this instead of a user's id. */
const serverId = "server";
const ownerKey = { userId: serverId, name: "owner" } as const;

/** The user a server was set up for: who its first sign-in link signs in. */
export async function findOwner(store: Store): Promise<string | undefined> {
  const owner = await store.get(settings, ownerKey);
  return typeof owner?.value === "string" ? owner.value : undefined;
}

/**
 * The server's owner. At the first start it is made, with an agent and a conversation to begin with: all at once, and
 * only once however many servers start.
 */
export async function ensureOwner(store: Store, now: Date): Promise<string> {
  const found = await findOwner(store);
  if (found !== undefined) return found;
  const { user, operations } = newUserOperations(now, { name: "Owner" });
  const updatedAt = now.toISOString();
  try {
    await store.transact([
      op.create(settings, { ...ownerKey, value: user.id, updatedAt }),
      ...operations,
      ...sample(user, updatedAt),
    ]);
    return user.id;
  } catch (error) {
    const winner = error instanceof ConflictError ? await findOwner(store) : undefined;
    if (winner === undefined) throw error;
    return winner;
  }
}

function sample(owner: Item<typeof users>, createdAt: string): Operation[] {
  const { id: userId, defaultOrganizationId: organizationId } = owner;
  const agent: Item<typeof agents> = {
    id: newId("agt"),
    organizationId,
    name: "Guide",
    description: "Shows what an agent can do. Change it, or make your own.",
    instructions: "You are Guide, a friendly and concise assistant. Use your tools when they help.",
    tools: ["current_time", "search_conversation"],
    skillIds: [],
    maxSteps: 5,
    createdBy: userId,
    createdAt,
    updatedAt: createdAt,
  };
  const conversationId = newId("cnv");
  const takesPart = (participantId: string, kind: "user" | "agent") =>
    op.create(participants, { conversationId, participantId, kind, organizationId, createdAt });
  return [
    op.create(agents, agent),
    op.create(conversations, { id: conversationId, organizationId, title: "Welcome", createdBy: userId, createdAt }),
    takesPart(userId, "user"),
    takesPart(agent.id, "agent"),
  ];
}
