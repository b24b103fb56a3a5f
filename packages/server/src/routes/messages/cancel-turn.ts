import { requireConversation } from "@aloft/core/conversations/conversations";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";

export const cancelTurn = defineRoute({
  method: "POST",
  path: "/api/v1/conversations/{id}/cancel",
  operationId: "cancelTurn",
  summary: "Stop the reply under way",
  description: "What had arrived of it is kept, as a cancelled message.",
  tag: "Messages",
  scope: "conversations:write",
  params: idParams,
  response: { status: 202, schema: z.object({ cancelled: z.boolean() }) },
  async handler({ context, services, params }) {
    await requireConversation(context, params.id);
    return { cancelled: services.turns.cancel(params.id) };
  },
});
