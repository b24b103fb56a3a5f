import { revokeInvitation as revoke } from "@aloft/core/organizations/invitations";
import { id } from "@aloft/core/values";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";

export const revokeInvitation = defineRoute({
  method: "DELETE",
  path: "/api/v1/organizations/{id}/invitations/{invitationId}",
  operationId: "revokeInvitation",
  summary: "Revoke an invitation",
  tag: "Organizations",
  scope: "organizations:write",
  params: z.object({ id, invitationId: id }),
  response: { status: 204 },
  problems: ["conflict"],
  handler: ({ context, params }) => revoke(context, params.id, params.invitationId),
});
