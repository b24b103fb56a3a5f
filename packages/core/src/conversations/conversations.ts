import { agents } from "../agents/tables.ts";
import type { Context } from "../context.ts";
import { changedSince, ConflictError, InvalidError, NotFoundError } from "../errors.ts";
import { getEach } from "../get-each.ts";
import { users } from "../identity/tables.ts";
import { notify } from "../notices/notifications.ts";
import { isMember } from "../organizations/access.ts";
import { placeIn, resolveOrganization } from "../organizations/organizations.ts";
import { memberships } from "../organizations/tables.ts";
import { op, type Operation, type Page, type PageOptions, type Store } from "../ports/store.ts";
import type { Stored } from "../tables/define-table.ts";
import { newId } from "../values.ts";
import { deleteConversationItems, type EndConversation } from "./delete.ts";
import { type Conversation, conversations, type Participant, participants } from "./tables.ts";

/** So many that beginning a conversation, all of whom are told, is one transaction. */
export const maxParticipants = 48;

export async function createConversation(
  context: Context,
  input: {
    readonly organizationId?: string | undefined;
    readonly title?: string | undefined;
    readonly agentIds: readonly string[];
    readonly userIds: readonly string[];
  },
): Promise<Conversation> {
  const { organizationId, stillThere } = await placeIn(context, input.organizationId);
  const { userId } = context.principal;
  const others = [...new Set(input.userIds)].filter((id) => id !== userId);
  const people = await requireUsers(context, organizationId, [userId, ...others]);
  const invited = await requireAgents(context, organizationId, [...new Set(input.agentIds)]);
  const all = [...people, ...invited];
  if (all.length > maxParticipants) throw tooMany();
  const createdAt = context.now().toISOString();
  const title = input.title ?? titleOf(invited);
  const conversation = { id: newId("cnv"), organizationId, title, createdBy: userId, createdAt };
  const operations: Operation[] = [
    op.create(conversations, conversation),
    stillThere,
    ...all.map(({ id, kind }) =>
      op.create(participants, { conversationId: conversation.id, participantId: id, kind, organizationId, createdAt }),
    ),
    ...others.map((id) => addedNotice(context, id, conversation.id, title)),
  ];
  return context.commit(operations, { ...conversation, version: 1, participants: all });
}

/** The names of its agents, as far as they fit: whole characters only. */
function titleOf(agentsOfIt: readonly Participant[]): string {
  const names = agentsOfIt.map(({ name }) => name).join(", ");
  return names.slice(0, 200).replace(/[\uD800-\uDBFF]$/, "");
}

function addedNotice(context: Context, userId: string, conversationId: string, title: string): Operation {
  return notify(context.now(), userId, {
    kind: "conversation.added",
    title: `You were added to ${title === "" ? "a conversation" : title}`.slice(0, 300),
    path: `/conversations/${conversationId}`,
  });
}

async function requireUsers(
  { store }: Context,
  organizationId: string,
  ids: readonly string[],
): Promise<Participant[]> {
  const [found, members] = await Promise.all([
    store.getMany(
      users,
      ids.slice(0, 100).map((id) => ({ id })),
    ),
    store.getMany(
      memberships,
      ids.slice(0, 100).map((userId) => ({ organizationId, userId })),
    ),
  ]);
  const issues = ids.flatMap((id, i) =>
    found[i] === undefined || members[i] === undefined
      ? [{ path: "userIds", message: `${id} is no member of the organization.` }]
      : [],
  );
  if (issues.length > 0) throw new InvalidError("Not every user is a member of this organization.", issues);
  return found.flatMap((user) => (user === undefined ? [] : [{ id: user.id, kind: "user", name: user.name } as const]));
}

async function requireAgents(
  { store }: Context,
  organizationId: string,
  ids: readonly string[],
): Promise<Participant[]> {
  const found = await store.getMany(
    agents,
    ids.slice(0, 100).map((id) => ({ id })),
  );
  const issues = ids.flatMap((id, i) =>
    found[i]?.organizationId === organizationId ? [] : [{ path: "agentIds", message: `There is no agent ${id}.` }],
  );
  if (issues.length > 0) throw new InvalidError("Not every agent exists in this organization.", issues);
  return found.flatMap((agent) =>
    agent === undefined ? [] : [{ id: agent.id, kind: "agent", name: agent.name } as const],
  );
}

/**
 * As {@link requireConversation}, with everybody who takes part: for what has to know them anyway.
 * @throws {NotFoundError}
 */
export async function requireTakingPart(
  context: Context,
  conversationId: string,
): Promise<{ readonly conversation: Stored<typeof conversations>; readonly present: readonly TakingPart[] }> {
  const { store, principal } = context;
  const [conversation, present] = await Promise.all([
    store.get(conversations, { id: conversationId }),
    takingPart(store, conversationId),
  ]);
  const takesPart = present.some(({ participantId }) => participantId === principal.userId);
  if (conversation === undefined || !takesPart || !(await isMember(context, conversation.organizationId))) {
    throw new NotFoundError(`There is no conversation ${conversationId}.`);
  }
  return { conversation, present };
}

/**
 * The conversation, if the caller takes part in it and is still a member of its organization.
 * @throws {NotFoundError} otherwise.
 */
export async function requireConversation(
  context: Context,
  conversationId: string,
): Promise<Stored<typeof conversations>> {
  const { store, principal } = context;
  const [conversation, mine] = await Promise.all([
    store.get(conversations, { id: conversationId }),
    store.get(participants, { conversationId, participantId: principal.userId }),
  ]);
  if (conversation === undefined || mine === undefined || !(await isMember(context, conversation.organizationId))) {
    throw new NotFoundError(`There is no conversation ${conversationId}.`);
  }
  return conversation;
}

type TakingPart = Stored<typeof participants>;

async function takingPart(store: Store, conversationId: string): Promise<readonly TakingPart[]> {
  // Others may have been added beyond the limit in this moment, and go again.
  return (await store.query(participants, { where: { conversationId }, limit: 2 * maxParticipants })).items;
}

/** Everybody who takes part, with their names as they are now. */
export async function listParticipants(store: Store, conversationId: string): Promise<readonly Participant[]> {
  const items = await takingPart(store, conversationId);
  const named = await namesOf(store, items);
  return items.map(named);
}

/** How to show each of them: the names of all are read together, each once. */
async function namesOf(store: Store, items: readonly TakingPart[]): Promise<(item: TakingPart) => Participant> {
  const keys = (kind: TakingPart["kind"]) =>
    [...new Set(items.filter((item) => item.kind === kind).map((item) => item.participantId))].map((id) => ({ id }));
  const [people, machines] = await Promise.all([
    getEach(store, users, keys("user")),
    getEach(store, agents, keys("agent")),
  ]);
  const names = new Map([...people, ...machines].flatMap((one) => (one === undefined ? [] : [[one.id, one.name]])));
  return ({ participantId: id, kind }) => ({
    id,
    kind,
    name: names.get(id) ?? (kind === "agent" ? "Deleted agent" : "Former user"),
  });
}

export async function getConversation(context: Context, conversationId: string): Promise<Conversation> {
  const { conversation, present } = await requireTakingPart(context, conversationId);
  const named = await namesOf(context.store, present);
  return { ...conversation, participants: present.map(named) };
}

/** Those the caller takes part in, newest first. */
export async function listConversations(
  context: Context,
  organizationId: string | undefined,
  page: PageOptions,
): Promise<Page<Conversation>> {
  const { store, principal } = context;
  const where = { participantId: principal.userId, organizationId: await resolveOrganization(context, organizationId) };
  const mine = await store.query(participants, { index: "byParticipant", where, order: "desc", ...page });
  const ids = mine.items.map(({ conversationId }) => conversationId);
  const [found, present] = await Promise.all([
    getEach(
      store,
      conversations,
      ids.map((id) => ({ id })),
    ),
    Promise.all(ids.map((id) => takingPart(store, id))),
  ]);
  const named = await namesOf(store, present.flat());
  const items = found.flatMap((conversation, i) =>
    conversation === undefined ? [] : [{ ...conversation, participants: (present[i] ?? []).map(named) }],
  );
  return { ...mine, items };
}

export async function updateConversation(
  context: Context,
  id: string,
  change: { title?: string | undefined },
  ifVersion?: number,
): Promise<Conversation> {
  const before = await getConversation(context, id);
  if (change.title === undefined) return before;
  const options = ifVersion === undefined ? {} : { if: { version: ifVersion } };
  const after = await context.store.update(conversations, { id }, { set: { title: change.title } }, options);
  return { ...after, participants: before.participants };
}

/**
 * Whoever began it may delete it, for all; once they have left, any user who takes part may.
 * @param end is called once it is clear that it may be deleted
 */
export async function deleteConversation(
  context: Context,
  id: string,
  end: EndConversation,
  ifVersion?: number,
): Promise<void> {
  const conversation = await requireConversation(context, id);
  const { createdBy } = conversation;
  const begunByAnother = createdBy !== context.principal.userId;
  const key = { conversationId: id, participantId: createdBy };
  if (begunByAnother && (await context.store.get(participants, key)) !== undefined) {
    throw new ConflictError("Only who began the conversation may delete it; you may leave it.", {
      reason: "state",
      table: conversations.name,
    });
  }
  if (ifVersion !== undefined && conversation.version !== ifVersion) throw changedSince(conversations.name);
  await end(id, () => deleteConversationItems(context.store, id));
}

export async function addParticipant(context: Context, id: string, participantId: string): Promise<Conversation> {
  const { organizationId, title } = await requireConversation(context, id);
  const present = await listParticipants(context.store, id);
  if (present.some((participant) => participant.id === participantId)) return getConversation(context, id);
  if (present.length >= maxParticipants) throw tooMany();
  const kind = participantId.startsWith("agt_") ? "agent" : "user";
  if (kind === "agent") await requireAgents(context, organizationId, [participantId]);
  else await requireUsers(context, organizationId, [participantId]);
  const createdAt = context.now().toISOString();
  const stillMember = op.check(memberships, { organizationId, userId: participantId }, {});
  await context.store.transact([
    op.check(conversations, { id }, {}),
    op.put(participants, { conversationId: id, participantId, kind, organizationId, createdAt }),
    ...(kind === "user" ? [stillMember, addedNotice(context, participantId, id, title)] : []),
  ]);
  await undoIfTooMany(context.store, id, participantId);
  return getConversation(context, id);
}

/** Others may have been added since they were counted: each of those who made it too many goes again. */
async function undoIfTooMany(store: Store, conversationId: string, participantId: string): Promise<void> {
  const { items } = await store.query(participants, { where: { conversationId }, limit: maxParticipants + 1 });
  if (items.length <= maxParticipants) return;
  await store.delete(participants, { conversationId, participantId });
  throw tooMany();
}

function tooMany(): InvalidError {
  return new InvalidError(`A conversation has at most ${maxParticipants} participants.`);
}

/**
 * Removes a user or agent; users may remove themselves. With its last user the conversation goes, for nobody could see
 * it any more.
 * @returns what remains to be seen by those who stay; undefined if nobody does.
 */
export async function removeParticipant(
  context: Context,
  conversationId: string,
  participantId: string,
  end: EndConversation,
): Promise<Conversation | undefined> {
  const conversation = await requireConversation(context, conversationId);
  if (participantId === conversation.createdBy && participantId !== context.principal.userId) {
    throw new ConflictError("Who began the conversation cannot be removed by others.", {
      reason: "state",
      table: participants.name,
    });
  }
  const present = await listParticipants(context.store, conversationId);
  const staying = present.filter(({ id }) => id !== participantId);
  if (!staying.some(({ kind }) => kind === "user")) {
    await end(conversationId, () => deleteConversationItems(context.store, conversationId));
    return undefined;
  }
  await context.store.delete(participants, { conversationId, participantId });
  return { ...conversation, participants: staying };
}
