import { deleteOrganization as remove } from "@aloft/core/organizations/organizations";
import { idParams } from "../common.ts";
import { endConversation } from "../../events/end-conversation.ts";
import { defineRoute } from "../../http/route.ts";

export const deleteOrganization = defineRoute({
  method: "DELETE",
  path: "/api/v1/organizations/{id}",
  operationId: "deleteOrganization",
  summary: "Delete an organization and all it holds",
  tag: "Organizations",
  scope: "organizations:write",
  versioned: true,
  params: idParams,
  problems: ["conflict"],
  response: { status: 204 },
  handler: ({ context, services, params, ifMatch }) => remove(context, params.id, endConversation(services), ifMatch),
});
