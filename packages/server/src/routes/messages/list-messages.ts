import { listMessages as list } from "@aloft/core/conversations/messages";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { message, presentMessage } from "../conversations/schemas.ts";

export const listMessages = defineRoute({
  method: "GET",
  path: "/api/v1/conversations/{id}/messages",
  operationId: "listMessages",
  summary: "The messages of a conversation, newest first",
  tag: "Messages",
  scope: "conversations:read",
  params: idParams,
  query: z.object({ ...pageQuery, order: z.enum(["asc", "desc"]).default("desc") }),
  response: { status: 200, schema: pageOf(message) },
  async handler({ context, params, query }) {
    const page = toPage(await list(context, params.id, query));
    return { ...page, items: page.items.map(presentMessage) };
  },
});
