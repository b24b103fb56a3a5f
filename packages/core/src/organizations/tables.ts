import { z } from "zod";
import { defineTable } from "../tables/define-table.ts";
import { id, name, timestamp } from "../values.ts";

export const roles = ["owner", "admin", "member"] as const;
export type Role = (typeof roles)[number];
export const role = z.enum(roles);

export const organizations = defineTable("organizations", {
  item: z.object({ id, name, createdBy: id, createdAt: timestamp }),
  key: ["id"],
});

export const memberships = defineTable("memberships", {
  item: z.object({ organizationId: id, userId: id, role, createdAt: timestamp }),
  key: ["organizationId", "userId"],
  indexes: { byUser: { partition: ["userId"], sort: ["organizationId"] } },
});

export const invitations = defineTable("invitations", {
  item: z.object({
    id,
    organizationId: id,
    email: z.email().max(254).optional(),
    code: z.string(),
    role: z.enum(["admin", "member"]),
    status: z.enum(["pending", "accepted", "revoked"]),
    invitedBy: id,
    acceptedBy: id.optional(),
    createdAt: timestamp,
    expiresAt: timestamp,
  }),
  key: ["id"],
  unique: { code: ["code"] },
  indexes: { byOrganization: { partition: ["organizationId"], sort: ["createdAt"] } },
  expires: "expiresAt",
});
