import { maxAttachmentsOfMessage } from "@aloft/core/attachments/tables";
import {
  type Conversation,
  conversations,
  maxMessageCharacters,
  type Message,
  messages,
} from "@aloft/core/conversations/tables";
import { maxParticipants } from "@aloft/core/conversations/conversations";
import { id } from "@aloft/core/values";
import { z } from "zod";
import type { Turns } from "@aloft/core/turns/turns";
import { text, version } from "../common.ts";

export const participant = z
  .object({ id, kind: z.enum(["user", "agent"]), name: z.string() })
  .meta({ id: "Participant" });

export const conversation = conversations.item
  .extend({
    version,
    participants: z.array(participant),
    activeTurn: z.number().int().nullable().meta({ description: "Sequence of the message being answered now." }),
  })
  .meta({ id: "Conversation" });

export function presentConversation(one: Conversation, { turns }: { readonly turns: Pick<Turns, "active"> }) {
  return { ...one, activeTurn: turns.active(one.id) ?? null };
}

export const newConversation = z.object({
  organizationId: id.optional(),
  title: text(200).optional().meta({ description: "Default: the names of its agents." }),
  agentIds: z.array(id).max(maxParticipants).default([]),
  userIds: z.array(id).max(maxParticipants).default([]),
});
export const conversationChange = z.object({ title: text(200).optional() });
export const participantParams = z.object({ id, participantId: id });

export const message = messages.item
  .omit({ waitsFor: true, attempt: true })
  .extend({
    version,
    pending: z.boolean().meta({ description: "Whether a reply to it is under way or waits its turn." }),
  })
  .meta({ id: "Message" });

export function presentMessage(one: Message) {
  const { waitsFor, attempt: _attempt, ...shown } = one;
  return { ...shown, pending: waitsFor !== undefined };
}

export const messageParams = z.object({ id, sequence: z.coerce.number().int().min(1) });
export const newMessage = z
  .object({
    text: text(maxMessageCharacters),
    attachmentIds: z
      .array(id)
      .max(maxAttachmentsOfMessage)
      .default([])
      .meta({ description: "Of files that you uploaded to this conversation, and that no message has yet." }),
  })
  .refine((value) => value.text.trim() !== "" || value.attachmentIds.length > 0, {
    path: ["text"],
    message: "must not be empty",
  });
