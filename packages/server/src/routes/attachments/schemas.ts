import type { Attachment } from "@aloft/core/attachments/tables";
import { attachments } from "@aloft/core/attachments/tables";
import { id } from "@aloft/core/values";
import { z } from "zod";

export const attachment = attachments.item
  .omit({ unusedShard: true, organizationId: true, sha256: true })
  .extend({
    sha256: z.string().meta({ description: "Of its bytes, as 64 hex digits." }),
    expiresAt: attachments.item.shape.expiresAt.meta({ description: "Until a message has it: when it goes." }),
  })
  .meta({ id: "Attachment" });

export function presentAttachment({
  unusedShard: _shard,
  organizationId: _organization,
  sha256 = "",
  ...shown
}: Attachment) {
  return { ...shown, sha256 };
}

export const attachmentParams = z.object({ id, attachmentId: id });
