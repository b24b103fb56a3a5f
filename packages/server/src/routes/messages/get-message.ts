import { getMessage as get } from "@aloft/core/conversations/messages";
import { defineRoute } from "../../http/route.ts";
import { message, messageParams, presentMessage } from "../conversations/schemas.ts";

export const getMessage = defineRoute({
  method: "GET",
  path: "/api/v1/conversations/{id}/messages/{sequence}",
  operationId: "getMessage",
  summary: "One message",
  tag: "Messages",
  scope: "conversations:read",
  params: messageParams,
  response: { status: 200, schema: message },
  handler: async ({ context, params }) => presentMessage(await get(context, params.id, params.sequence)),
});
