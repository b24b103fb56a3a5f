import { updateConversation as update } from "@aloft/core/conversations/conversations";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { conversation, conversationChange, presentConversation } from "./schemas.ts";

export const updateConversation = defineRoute({
  method: "PATCH",
  path: "/api/v1/conversations/{id}",
  operationId: "updateConversation",
  summary: "Rename a conversation",
  tag: "Conversations",
  scope: "conversations:write",
  versioned: true,
  params: idParams,
  body: conversationChange,
  response: { status: 200, schema: conversation },
  async handler({ context, services, params, body, ifMatch }) {
    const after = await update(context, params.id, body, ifMatch);
    services.events.publish(params.id, { type: "conversation.updated", data: after });
    return presentConversation(after, services);
  },
});
