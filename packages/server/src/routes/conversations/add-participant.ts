import { addParticipant as add } from "@aloft/core/conversations/conversations";
import { defineRoute } from "../../http/route.ts";
import { conversation, participantParams, presentConversation } from "./schemas.ts";

export const addParticipant = defineRoute({
  method: "PUT",
  path: "/api/v1/conversations/{id}/participants/{participantId}",
  operationId: "addParticipant",
  summary: "Let a user or an agent take part",
  tag: "Conversations",
  scope: "conversations:write",
  params: participantParams,
  response: { status: 200, schema: conversation },
  async handler({ context, services, params }) {
    const after = await add(context, params.id, params.participantId);
    services.events.publish(params.id, { type: "conversation.updated", data: after });
    return presentConversation(after, services);
  },
});
