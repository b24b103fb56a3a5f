import { changeRole as change } from "@aloft/core/organizations/members";
import { role } from "@aloft/core/organizations/tables";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { member, memberParams } from "./schemas.ts";

export const changeRole = defineRoute({
  method: "PATCH",
  path: "/api/v1/organizations/{id}/members/{userId}",
  operationId: "changeRole",
  summary: "Change a member's role",
  description: "Owners change any role; admins those of admins and members. An organization always has an owner.",
  tag: "Organizations",
  scope: "organizations:write",
  versioned: true,
  params: memberParams,
  body: z.object({ role }),
  response: { status: 200, schema: member },
  problems: ["conflict"],
  handler: ({ context, params, body, ifMatch }) => change(context, params.id, params.userId, body.role, ifMatch),
});
