import { searchMessages as search } from "@aloft/core/conversations/messages";
import { id } from "@aloft/core/values";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { text } from "../common.ts";
import { message, presentMessage } from "../conversations/schemas.ts";

const found = z.object({
  message,
  conversationId: id,
  conversationTitle: z.string(),
  snippet: z.object({
    text: z.string(),
    highlights: z
      .array(z.tuple([z.number().int(), z.number().int()]))
      .meta({ description: "Where the words stand in the text: from, and up to but not including, in UTF-16 units." }),
  }),
});

export const searchMessages = defineRoute({
  method: "GET",
  path: "/api/v1/messages/search",
  operationId: "searchMessages",
  summary: "Messages that hold all of the words",
  description:
    "Searches the conversations you take part in, and tells the newest first. Case and accents do not matter.",
  tag: "Messages",
  scope: "conversations:read",
  query: z.object({ q: text(400).min(1), conversationId: id.optional(), ...pageQuery }),
  response: { status: 200, schema: pageOf(found) },
  async handler({ context, query: { q, ...rest } }) {
    const page = toPage(await search(context, { text: q, ...rest }));
    return { ...page, items: page.items.map((item) => ({ ...item, message: presentMessage(item.message) })) };
  },
});
