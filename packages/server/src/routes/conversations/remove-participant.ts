import { removeParticipant as remove } from "@aloft/core/conversations/conversations";
import { endConversation } from "../../events/end-conversation.ts";
import { defineRoute } from "../../http/route.ts";
import { participantParams } from "./schemas.ts";

export const removeParticipant = defineRoute({
  method: "DELETE",
  path: "/api/v1/conversations/{id}/participants/{participantId}",
  operationId: "removeParticipant",
  summary: "Remove a user or an agent, or leave",
  description: "A conversation goes, with its messages, when its last user leaves.",
  tag: "Conversations",
  scope: "conversations:write",
  params: participantParams,
  response: { status: 204 },
  problems: ["conflict"],
  async handler({ context, services, params }) {
    const { events } = services;
    const after = await remove(context, params.id, params.participantId, endConversation(services));
    if (after === undefined) return;
    events.publish(params.id, { type: "conversation.updated", data: after });
    events.dismiss(params.id, (userId) => after.participants.some((one) => one.id === userId));
  },
});
