import { deleteConversation as remove } from "@aloft/core/conversations/conversations";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";

export const deleteConversation = defineRoute({
  method: "DELETE",
  path: "/api/v1/conversations/{id}",
  operationId: "deleteConversation",
  summary: "Delete a conversation you began, with its messages",
  tag: "Conversations",
  scope: "conversations:write",
  versioned: true,
  params: idParams,
  response: { status: 204 },
  problems: ["conflict"],
  async handler({ context, services: { turns, log, events }, params: { id }, ifMatch }) {
    await remove(context, id, () => turns.stop(id), ifMatch);
    log.forget(id);
    events.publish(id, { type: "conversation.deleted", data: {} });
  },
});
