import { users } from "@aloft/core/identity/tables";
import { auditEvents } from "@aloft/core/notices/tables";
import { invitations, memberships, organizations, role } from "@aloft/core/organizations/tables";
import { id, name } from "@aloft/core/values";
import { z } from "zod";
import { version } from "../common.ts";

export const organization = organizations.item.extend({ role, version }).meta({ id: "Organization" });
export const member = memberships.item.extend({ name, email: users.item.shape.email, version }).meta({ id: "Member" });
export const memberParams = z.object({ id, userId: id });
export const invitation = invitations.item
  .extend({
    version,
    url: z.url().meta({ description: "Where the person invited accepts. Whoever has it may." }),
  })
  .meta({ id: "Invitation" });
export const auditEvent = auditEvents.item.meta({ id: "AuditEvent" });
