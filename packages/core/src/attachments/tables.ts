import { z } from "zod";
import { defineTable, type Stored } from "../tables/define-table.ts";
import { id, timestamp } from "../values.ts";

export const maxAttachmentsOfMessage = 10;

/** Neither paths nor what makes a name look like another: characters that control, or that turn the direction of text. */
export const fileName: z.ZodString = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}/\\\u200E\u200F\u202A-\u202E\u2066-\u2069]*$/u, "must be a file's name, without a path");

/** A file of a conversation. Its bytes are a blob; see `blobNameOf`. */
export const attachments = defineTable("attachments", {
  item: z.object({
    conversationId: id,
    id,
    organizationId: id,
    uploadedBy: id,
    name: fileName,
    contentType: z.string().max(255),
    sizeBytes: z.number().int().min(0),
    /** As 64 hex digits; absent while the bytes are still to come. */
    sha256: z.string().optional(),
    createdAt: timestamp,
    /** Both set until a message has it: then it goes at `expiresAt`, found by its shard. */
    unusedShard: z.string().optional(),
    expiresAt: timestamp.optional(),
  }),
  key: ["conversationId", "id"],
  indexes: { unused: { partition: ["unusedShard"], sort: ["expiresAt"] } },
});

export type Attachment = Stored<typeof attachments>;

/** What a message says of a file of its own. */
export const messageAttachment = z.object({ id, name: fileName, contentType: z.string(), sizeBytes: z.number().int() });
export type MessageAttachment = z.output<typeof messageAttachment>;
