import { deleteConversation as remove } from "@aloft/core/conversations/conversations";
import { endConversation } from "../../events/end-conversation.ts";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";

export const deleteConversation = defineRoute({
  method: "DELETE",
  path: "/api/v1/conversations/{id}",
  operationId: "deleteConversation",
  summary: "Delete a conversation you began, with its messages",
  description: "Once whoever began it has left, any user who takes part may delete it.",
  tag: "Conversations",
  scope: "conversations:write",
  versioned: true,
  params: idParams,
  response: { status: 204 },
  problems: ["conflict"],
  handler: ({ context, services, params: { id }, ifMatch }) => remove(context, id, endConversation(services), ifMatch),
});
