import { createInvitation as create } from "@aloft/core/organizations/invitations";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { presentInvitation } from "./present-invitation.ts";
import { invitation } from "./schemas.ts";

export const createInvitation = defineRoute({
  method: "POST",
  path: "/api/v1/organizations/{id}/invitations",
  operationId: "createInvitation",
  summary: "Invite somebody",
  description: "The answer holds the link to hand over. It works once, within 7 days.",
  tag: "Organizations",
  scope: "organizations:write",
  params: idParams,
  body: z.object({ email: z.email().max(254).optional(), role: z.enum(["admin", "member"]).default("member") }),
  response: { status: 201, schema: invitation },
  handler: ({ context, params, body }) => create(context, params.id, body),
  present: (result, { origin }) => presentInvitation(result, origin),
});
