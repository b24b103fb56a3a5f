import { removeMember as remove } from "@aloft/core/organizations/members";
import { defineRoute } from "../../http/route.ts";
import { memberParams } from "./schemas.ts";

export const removeMember = defineRoute({
  method: "DELETE",
  path: "/api/v1/organizations/{id}/members/{userId}",
  operationId: "removeMember",
  summary: "Remove a member, or leave",
  tag: "Organizations",
  scope: "organizations:write",
  params: memberParams,
  response: { status: 204 },
  problems: ["conflict"],
  async handler({ context, services: { events }, params }) {
    const left = await remove(context, params.id, params.userId);
    for (const conversationId of left) events.dismiss(conversationId, (userId) => userId !== params.userId);
  },
});
