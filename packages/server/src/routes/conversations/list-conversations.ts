import { listConversations as list } from "@aloft/core/conversations/conversations";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { organizationQuery } from "../common.ts";
import { conversation, presentConversation } from "./schemas.ts";

export const listConversations = defineRoute({
  method: "GET",
  path: "/api/v1/conversations",
  operationId: "listConversations",
  summary: "The conversations you take part in, newest first",
  tag: "Conversations",
  scope: "conversations:read",
  query: z.object({ ...organizationQuery, ...pageQuery }),
  response: { status: 200, schema: pageOf(conversation) },
  async handler({ context, services, query: { organizationId, ...page } }) {
    const found = toPage(await list(context, organizationId, page));
    return { ...found, items: found.items.map((one) => presentConversation(one, services)) };
  },
});
