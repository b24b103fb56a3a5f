import { getConversation } from "@aloft/core/conversations/conversations";
import { InvalidError } from "@aloft/core/errors";
import { z } from "zod";
import { type EventId, parseEventId } from "../../events/event-id.ts";
import { openStream } from "../../events/sse.ts";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { presentConversation } from "./schemas.ts";

function readAfter(given: string | undefined): EventId | undefined {
  if (given === undefined) return undefined;
  const after = parseEventId(given);
  if (after !== undefined) return after;
  throw new InvalidError("Last-Event-ID (or ?after) is not an event's id.", [
    { path: "after", message: "Give the id of an event, such as 12-0, or the sequence of a message, such as 12." },
  ]);
}

export const streamEvents = defineRoute({
  method: "GET",
  path: "/api/v1/conversations/{id}/events",
  operationId: "streamEvents",
  summary: "What happens in a conversation, as it happens (server-sent events)",
  description:
    "Resume with the `Last-Event-ID` header, or `after`: what came since is sent first, nothing twice. Without either " +
    "the stream begins now. A reader who falls more than 1 MB behind is cut off, and resumes the same way.",
  tag: "Events",
  scope: "conversations:read",
  params: idParams,
  query: z.object({
    after: z
      .string()
      .max(40)
      .optional()
      .meta({ description: "An event's id, or a message's sequence.", examples: ["12"] }),
  }),
  response: { status: 200, contentType: "text/event-stream" },
  async handler({ context, services, params, query, headers, reply }) {
    const header = headers["last-event-id"];
    const after = readAfter((Array.isArray(header) ? header[0] : header) ?? query.after);
    const conversation = presentConversation(await getConversation(context, params.id), services);
    await openStream({ context, services, conversation, after, reply });
  },
});
