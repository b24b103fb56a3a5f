import { z } from "zod";
import { maxAttachmentsOfMessage, messageAttachment } from "../attachments/tables.ts";
import { defineTable, type Stored } from "../tables/define-table.ts";
import { id, name, timestamp } from "../values.ts";

export const conversations = defineTable("conversations", {
  item: z.object({ id, organizationId: id, title: z.string().max(200), createdBy: id, createdAt: timestamp }),
  key: ["id"],
  indexes: { byOrganization: { partition: ["organizationId"], sort: ["createdAt"] } },
});

/** Somebody who takes part, by the name they have now. */
export interface Participant {
  readonly id: string;
  readonly kind: "user" | "agent";
  readonly name: string;
}
export type Conversation = Stored<typeof conversations> & { readonly participants: readonly Participant[] };

/** Who takes part: the only ones who may see a conversation are the users among them. */
export const participants = defineTable("participants", {
  item: z.object({
    conversationId: id,
    participantId: id,
    kind: z.enum(["user", "agent"]),
    organizationId: id,
    createdAt: timestamp,
  }),
  key: ["conversationId", "participantId"],
  indexes: { byParticipant: { partition: ["participantId"], sort: ["organizationId", "conversationId"] } },
});

export const maxMessageCharacters = 64_000;

export const toolUse = z.object({
  id: z.string(),
  name: z.string(),
  input: z.json(),
  output: z.json().optional(),
  isError: z.boolean().optional(),
});
export type ToolUse = z.output<typeof toolUse>;

export const messages = defineTable("messages", {
  item: z.object({
    conversationId: id,
    /** 1, 2, 3 … within the conversation, without gaps: given by whoever writes it first. */
    sequence: z.number().int().min(1),
    author: z.object({ kind: z.enum(["user", "agent", "system"]), id, name }),
    text: z.string(),
    /** `failed` and `cancelled` replies keep the text that had arrived. */
    status: z.enum(["complete", "failed", "cancelled"]),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
    toolUses: z.array(toolUse).optional(),
    /** Files that came with it. */
    attachments: z.array(messageAttachment).max(maxAttachmentsOfMessage).optional(),
    /** The message that a reply answers. */
    replyTo: z.number().int().optional(),
    model: z.string().optional(),
    usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }).optional(),
    createdAt: timestamp,
    /**
     * Set while the message waits for its reply: the server that gives it. A crash leaves it set, and another server
     * finds it.
     */
    waitsFor: id.optional(),
    /** Of a message: how often a reply to it was begun. Of a reply: which of those attempts it is. */
    attempt: z.number().int().optional(),
  }),
  key: ["conversationId", "sequence"],
  // One index for two uses, since each costs a write a message: what waits for a server that is gone, and what search
  // has not taken up yet.
  indexes: { recent: { partition: [], sort: ["createdAt"], keysOnly: true } },
  search: { text: ["text"], scope: "conversationId", newest: "createdAt", recent: "recent" },
});

export type Message = Stored<typeof messages>;
