import { getConversation as get } from "@aloft/core/conversations/conversations";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { conversation, presentConversation } from "./schemas.ts";

export const getConversation = defineRoute({
  method: "GET",
  path: "/api/v1/conversations/{id}",
  operationId: "getConversation",
  summary: "One conversation and who takes part",
  tag: "Conversations",
  scope: "conversations:read",
  params: idParams,
  response: { status: 200, schema: conversation },
  handler: async ({ context, services, params }) => presentConversation(await get(context, params.id), services),
});
