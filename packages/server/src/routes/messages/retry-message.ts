import { retryMessage as retry } from "@aloft/core/conversations/messages";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { messageParams } from "../conversations/schemas.ts";

export const retryMessage = defineRoute({
  method: "POST",
  path: "/api/v1/conversations/{id}/messages/{sequence}/retry",
  operationId: "retryMessage",
  summary: "Ask again for a reply",
  description: "Name a reply that failed or was cancelled, or a message of a user. The new reply is a new message.",
  tag: "Messages",
  scope: "conversations:write",
  params: messageParams,
  response: { status: 202, schema: z.object({ turn: z.number().int() }) },
  problems: ["conflict", "too_many_turns"],
  async handler({ context, services: { turns }, params }) {
    using place = turns.place(params.id, context.principal.userId);
    const retried = await retry(context, params.id, params.sequence, place);
    place.start(retried.turn);
    return retried;
  },
});
