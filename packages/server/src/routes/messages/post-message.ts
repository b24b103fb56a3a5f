import { postMessage as post } from "@aloft/core/conversations/messages";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { message, newMessage, presentMessage } from "../conversations/schemas.ts";

export const postMessage = defineRoute({
  method: "POST",
  path: "/api/v1/conversations/{id}/messages",
  operationId: "postMessage",
  summary: "Say something; agents that take part reply",
  description: "The answer is the stored message. The reply arrives as events and, when it is whole, as a message.",
  tag: "Messages",
  scope: "conversations:write",
  params: idParams,
  body: newMessage,
  response: { status: 201, schema: message },
  location: (body) => `/api/v1/conversations/${body.conversationId}/messages/${body.sequence}`,
  problems: ["too_many_turns"],
  async handler({ context, services, params, body }) {
    const { turns, log } = services;
    using place = turns.place(params.id, context.principal.userId);
    const stored = await post(context, log, params.id, body, place);
    if (stored.waitsFor !== undefined) place.start(stored.sequence);
    return stored;
  },
  present: presentMessage,
});
