import { agents } from "../agents/tables.ts";
import { takeUp } from "../attachments/attachments.ts";
import type { Context } from "../context.ts";
import { ConflictError, InvalidError, NotFoundError } from "../errors.ts";
import { getEach } from "../get-each.ts";
import { getUser } from "../identity/users.ts";
import { memberships } from "../organizations/tables.ts";
import { op, type Page, type PageOptions } from "../ports/store.ts";
import type { Stored } from "../tables/define-table.ts";
import { highlight, snippet, tokenize, type Highlighted } from "../tables/text.ts";
import { requireConversation, requireTakingPart } from "./conversations.ts";
import type { MessageLog } from "./message-log.ts";
import { conversations, type Message, messages, participants } from "./tables.ts";

/** Who will reply to a message. */
export interface Answering {
  /** Stands in the message while it waits. */
  readonly serverId: () => string;
  /**
   * Called before a message that was written at `createdAt` is made to wait.
   * @throws {InvalidError} an attachment is not there, not the caller's, or part of a message already.
   * @throws {TooManyTurnsError} no further reply may be asked for.
   */
  readonly admit: (createdAt: string) => Promise<void>;
}

/** Whether any of those who take part is an agent that still exists. */
async function anyAgent({ store }: Context, present: readonly Stored<typeof participants>[]): Promise<boolean> {
  const ids = present.filter(({ kind }) => kind === "agent").map(({ participantId }) => ({ id: participantId }));
  return (await getEach(store, agents, ids)).some((agent) => agent !== undefined);
}

/**
 * Stores the caller's message. If agents take part, it is stored as waiting for their reply, in the same write: a
 * crash right after leaves nothing forgotten.
 * @throws {TooManyTurnsError} no further reply may be asked for; nothing is stored.
 */
export async function postMessage(
  context: Context,
  log: MessageLog,
  conversationId: string,
  input: { readonly text: string; readonly attachmentIds?: readonly string[] },
  answering: Answering,
): Promise<Message> {
  const { present } = await requireTakingPart(context, conversationId);
  const [author, waits] = await Promise.all([
    getUser(context.store, context.principal.userId),
    anyAgent(context, present),
  ]);
  const { attached, operations } = await takeUp(context, conversationId, input.attachmentIds ?? []);
  const createdAt = context.now().toISOString();
  if (waits) await answering.admit(createdAt);
  return log.append(
    {
      conversationId,
      author: { kind: "user", id: author.id, name: author.name },
      text: input.text,
      status: "complete",
      createdAt,
      ...(attached.length === 0 ? {} : { attachments: [...attached] }),
      ...(waits ? { waitsFor: answering.serverId(), attempt: 1 } : {}),
    },
    (item, message) => context.commit([op.create(messages, item), ...operations], message),
  );
}

/** The messages of a conversation by sequence; newest first unless `order` says `asc`. */
export async function listMessages(
  context: Context,
  conversationId: string,
  page: PageOptions & { readonly order?: "asc" | "desc" },
): Promise<Page<Message>> {
  await requireConversation(context, conversationId);
  return context.store.query(messages, { where: { conversationId }, ...page, order: page.order ?? "desc" });
}

export async function getMessage(context: Context, conversationId: string, sequence: number): Promise<Message> {
  await requireConversation(context, conversationId);
  const message = await context.store.get(messages, { conversationId, sequence });
  if (message === undefined) throw new NotFoundError(`There is no message ${sequence} in this conversation.`);
  return message;
}

/**
 * Sets a message waiting for a reply again: named by itself, or by a reply to it that failed or was cancelled.
 * @returns the sequence of the message that now waits, as `turn`.
 * @throws {ConflictError} it waits already.
 * @throws {InvalidError} the message named has a complete reply, or nobody is there to reply.
 * @throws {TooManyTurnsError}
 */
export async function retryMessage(
  context: Context,
  conversationId: string,
  sequence: number,
  answering: Answering,
): Promise<{ readonly turn: number }> {
  const named = await getMessage(context, conversationId, sequence);
  if (named.replyTo !== undefined && named.status === "complete") {
    throw new InvalidError("This reply is complete: there is nothing to retry. Send a new message instead.");
  }
  const turn = named.replyTo ?? sequence;
  const { present } = await requireTakingPart(context, conversationId);
  if (!(await anyAgent(context, present))) {
    throw new InvalidError("No agent takes part in this conversation: add one, then retry.");
  }
  const asked = turn === sequence ? named : await getMessage(context, conversationId, turn);
  await answering.admit(asked.createdAt);
  try {
    const again = op.update(
      messages,
      { conversationId, sequence: turn },
      { set: { waitsFor: answering.serverId() }, add: { attempt: 1 } },
      { if: { waitsFor: { exists: false } } },
    );
    return await context.commit([again], { turn });
  } catch (error) {
    if (!(error instanceof ConflictError) || error.table !== messages.name) throw error;
    const details = { reason: "state", table: error.table } as const;
    throw new ConflictError("A reply to this message is under way already.", details, { cause: error });
  }
}

export interface FoundMessage {
  readonly message: Message;
  readonly conversationId: string;
  readonly conversationTitle: string;
  readonly snippet: Highlighted;
}

const maxSearchedConversations = 5000;

/** Messages that hold every word of `text`, in the conversations the caller takes part in, newest first. */
export async function searchMessages(
  context: Context,
  query: { text: string; conversationId?: string | undefined } & PageOptions,
): Promise<Page<FoundMessage>> {
  if (tokenize(query.text).length === 0) {
    throw new InvalidError("Nothing to search for.", [{ path: "q", message: "Give at least one word or number." }]);
  }
  const scopes =
    query.conversationId === undefined
      ? await visibleConversations(context)
      : [(await requireConversation(context, query.conversationId)).id];
  const { text, limit, cursor } = query;
  const page = await context.store.search(messages, {
    text,
    scopes,
    cursor,
    ...(limit === undefined ? {} : { limit }),
  });
  const ids = [...new Set(page.items.map(({ conversationId }) => conversationId))];
  const found = await getEach(
    context.store,
    conversations,
    ids.map((id) => ({ id })),
  );
  const titles = new Map(found.flatMap((one) => (one === undefined ? [] : [[one.id, one.title]])));
  return {
    ...page,
    items: page.items.map((message) => ({
      message,
      conversationId: message.conversationId,
      conversationTitle: titles.get(message.conversationId) ?? "",
      snippet: snippet(message.text, highlight(message.text, text)),
    })),
  };
}

/** Those the caller takes part in and, as everywhere, whose organization they are a member of. */
async function visibleConversations(context: Context): Promise<string[]> {
  const { store, principal } = context;
  const organizations = await memberOf(context);
  const mine: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query(participants, {
      index: "byParticipant",
      where: { participantId: principal.userId },
      order: "desc",
      limit: 1000,
      cursor,
    });
    const visible = page.items.filter(({ organizationId }) => organizations.has(organizationId));
    mine.push(...visible.map(({ conversationId }) => conversationId));
    cursor = page.next;
  } while (cursor !== undefined && mine.length < maxSearchedConversations);
  return mine;
}

async function memberOf({ store, principal: { userId } }: Context): Promise<ReadonlySet<string>> {
  const organizations = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await store.query(memberships, { index: "byUser", where: { userId }, limit: 1000, cursor });
    for (const { organizationId } of page.items) organizations.add(organizationId);
    cursor = page.next;
  } while (cursor !== undefined);
  return organizations;
}
