import { z } from "zod";
import { defineTable } from "../tables/define-table.ts";
import { id, timestamp } from "../values.ts";

export const notifications = defineTable("notifications", {
  item: z.object({
    userId: id,
    id,
    kind: z.enum(["invitation.accepted", "member.removed", "member.role_changed", "conversation.added", "turn.failed"]),
    title: z.string().max(300),
    /** Path in the console that shows what it is about. */
    path: z.string().max(300).optional(),
    createdAt: timestamp,
    readAt: timestamp.optional(),
    expiresAt: timestamp,
  }),
  key: ["userId", "id"],
  expires: "expiresAt",
});

/** Who did what to what, and when. Append-only. */
export const auditEvents = defineTable("audit_events", {
  item: z.object({
    organizationId: id,
    id,
    actor: z.object({ userId: id, by: z.enum(["session", "key"]), byId: id }),
    action: z.string().max(64),
    target: z.string().max(200),
    createdAt: timestamp,
  }),
  key: ["organizationId", "id"],
});
