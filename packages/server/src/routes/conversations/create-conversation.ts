import { createConversation as create } from "@aloft/core/conversations/conversations";
import { defineRoute } from "../../http/route.ts";
import { conversation, newConversation, presentConversation } from "./schemas.ts";

export const createConversation = defineRoute({
  method: "POST",
  path: "/api/v1/conversations",
  operationId: "createConversation",
  summary: "Begin a conversation with agents and users",
  tag: "Conversations",
  scope: "conversations:write",
  body: newConversation,
  response: { status: 201, schema: conversation },
  handler: ({ context, body }) => create(context, body),
  present: (result, { services }) => presentConversation(result, services),
});
