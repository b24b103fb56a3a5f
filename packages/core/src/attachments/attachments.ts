import type { Context } from "../context.ts";
import { requireConversation } from "../conversations/conversations.ts";
import { conversations } from "../conversations/tables.ts";
import { ConflictError, InvalidError, NotFoundError } from "../errors.ts";
import type { Blobs } from "../ports/blobs.ts";
import { op, type Operation, type Store } from "../ports/store.ts";
import { dayMs, newId, timestampAfter } from "../values.ts";
import { kindOf } from "./kinds.ts";
import { type Attachment, attachments, maxAttachmentsOfMessage, type MessageAttachment } from "./tables.ts";
import { beginningOf, limited } from "./upload-body.ts";

/** For a message to take up what was uploaded. */
const unusedLifetimeMs = dayMs;
/** After that, for those who took it up in the last moment, by whatever clock. */
const sweepDelayMs = 10 * 60_000;
const unusedShards = 4;

export interface Upload {
  readonly name: string;
  /** What the sender calls it. */
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** What the bytes must come to, as 64 hex digits. */
  readonly sha256?: string;
  readonly maxBytes: number;
}

/** The blob that holds an attachment's bytes. */
export function blobNameOf({ conversationId, id }: Pick<Attachment, "conversationId" | "id">): string {
  return `${folderOf(conversationId)}${id}`;
}

function folderOf(conversationId: string): string {
  return `attachments/${conversationId}/`;
}

function shardOf(id: string): string {
  return String((id.codePointAt(id.length - 1) ?? 0) % unusedShards);
}

/**
 * Stores a file for a message that is still to be sent. It is noted before its bytes are stored, and completed after:
 * whatever breaks off in between is found and removed later.
 * @throws {UnsupportedKindError} @throws {TooLargeError} @throws {InvalidError} it is empty, or not what `sha256` says.
 */
export async function uploadAttachment(
  context: Context,
  blobs: Blobs,
  conversationId: string,
  upload: Upload,
): Promise<Attachment> {
  const { store } = context;
  const { organizationId } = await requireConversation(context, conversationId);
  const { head, all } = await beginningOf(limited(upload.body, upload.maxBytes));
  if (head.length === 0) throw new InvalidError("The file is empty.", [{ path: "body", message: "must not be empty" }]);
  const contentType = kindOf(head, upload.contentType);
  const id = newId("att");
  const draft = {
    conversationId,
    id,
    organizationId,
    uploadedBy: context.principal.userId,
    name: upload.name,
    contentType,
    sizeBytes: 0,
    createdAt: context.now().toISOString(),
    unusedShard: shardOf(id),
    expiresAt: timestampAfter(context.now(), unusedLifetimeMs),
  };
  const stillThere = op.check(conversations, { id: conversationId }, {});
  await store.transact([stillThere, op.create(attachments, draft)]);
  try {
    const checksum = upload.sha256 === undefined ? {} : { sha256: upload.sha256 };
    const { sizeBytes, sha256 } = await blobs.put(blobNameOf(draft), all, { contentType, ...checksum });
    const complete = op.update(attachments, { conversationId, id }, { set: { sizeBytes, sha256 } }, unused);
    return await context.commit([stillThere, complete], { ...draft, sizeBytes, sha256, version: 2 });
  } catch (error) {
    // What cannot be removed now is removed once it expires.
    await removeWhole(store, blobs, draft).catch(() => undefined);
    throw error;
  }
}

const unused = { if: { unusedShard: { exists: true } } } as const;

async function removeWhole(
  store: Store,
  blobs: Blobs,
  { conversationId, id }: Pick<Attachment, "conversationId" | "id">,
) {
  await blobs.delete(blobNameOf({ conversationId, id }));
  await store.delete(attachments, { conversationId, id });
}

/**
 * An attachment of a conversation that the caller takes part in. Until it is part of a message, only who uploaded it
 * sees it.
 * @throws {NotFoundError}
 */
export async function getAttachment(context: Context, conversationId: string, id: string): Promise<Attachment> {
  await requireConversation(context, conversationId);
  const attachment = await context.store.get(attachments, { conversationId, id });
  if (attachment === undefined || !isVisible(context, attachment)) {
    throw new NotFoundError(`There is no attachment ${id} in this conversation.`);
  }
  return attachment;
}

function isVisible({ principal }: Context, { sha256, unusedShard, uploadedBy }: Attachment): boolean {
  return sha256 !== undefined && (unusedShard === undefined || uploadedBy === principal.userId);
}

/** Removes what was uploaded and not sent. @throws {ConflictError} `state`: it is part of a message. */
export async function deleteAttachment(context: Context, blobs: Blobs, conversationId: string, id: string) {
  const attachment = await getAttachment(context, conversationId, id);
  try {
    // From now on no message can take it up.
    const expiresAt = new Date(0).toISOString();
    await context.store.update(attachments, { conversationId, id }, { set: { expiresAt } }, unused);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const details = { reason: "state", table: attachments.name } as const;
    throw new ConflictError("It is part of a message, and stays with it.", details, { cause: error });
  }
  await removeWhole(context.store, blobs, attachment);
}

/**
 * What a message says of its attachments, and the writes that make them its own, to be committed with it.
 * @throws {InvalidError} one is not there, is somebody else's, or is part of a message already.
 */
export async function takeUp(
  context: Context,
  conversationId: string,
  ids: readonly string[],
): Promise<{ readonly attached: readonly MessageAttachment[]; readonly operations: readonly Operation[] }> {
  const wanted = [...new Set(ids)];
  if (wanted.length > maxAttachmentsOfMessage) throw invalid(`at most ${maxAttachmentsOfMessage} go with a message`);
  const keys = wanted.map((id) => ({ conversationId, id }));
  const found = keys.length === 0 ? [] : await context.store.getMany(attachments, keys);
  const now = context.now().toISOString();
  const attached = wanted.map((id, i) => {
    const one = found[i];
    if (one === undefined || one.uploadedBy !== context.principal.userId || one.sha256 === undefined) {
      throw invalid(`${id} was not uploaded by you to this conversation`);
    }
    if (one.unusedShard === undefined) throw invalid(`${id} is part of a message already`);
    if ((one.expiresAt ?? "") <= now) throw invalid(`${id} has expired: upload it again`);
    const { name, contentType, sizeBytes } = one;
    return { id, name, contentType, sizeBytes };
  });
  const free = { if: { unusedShard: { exists: true }, expiresAt: { gt: now } } } as const;
  const operations = keys.map((key) => op.update(attachments, key, { remove: ["unusedShard", "expiresAt"] }, free));
  return { attached, operations };
}

function invalid(message: string): InvalidError {
  return new InvalidError(`attachmentIds: ${message}.`, [{ path: "attachmentIds", message }]);
}

/** Removes all attachments of a conversation that is about to go, and what broken uploads left in its place. */
export async function deleteAttachmentsOf(store: Store, blobs: Blobs, conversationId: string): Promise<void> {
  const read = () => store.query(attachments, { where: { conversationId }, limit: 100 });
  for (let page = await read(); page.items.length > 0; page = await read()) {
    for (const attachment of page.items) await removeWhole(store, blobs, attachment);
  }
  const left = () => blobs.list(folderOf(conversationId), { limit: 100 });
  for (let page = await left(); page.items.length > 0; page = await left()) {
    for (const { name } of page.items) await blobs.delete(name);
  }
}

/** Removes what was uploaded and never sent, or not even to its end. @returns how many. */
export async function sweepAttachments(store: Store, blobs: Blobs, now: Date): Promise<number> {
  const before = new Date(now.getTime() - sweepDelayMs).toISOString();
  let removed = 0;
  for (let shard = 0; shard < unusedShards; shard++) {
    const expired = () =>
      store.query(attachments, {
        index: "unused",
        where: { unusedShard: String(shard) },
        range: { lt: before },
        limit: 100,
      });
    for (let page = await expired(); page.items.length > 0; page = await expired()) {
      for (const attachment of page.items) await removeWhole(store, blobs, attachment);
      removed += page.items.length;
    }
  }
  return removed;
}
