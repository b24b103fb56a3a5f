import { countUnread, listNotifications as list } from "@aloft/core/notices/notifications";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { notification } from "./schemas.ts";

export const listNotifications = defineRoute({
  method: "GET",
  path: "/api/v1/notifications",
  operationId: "listNotifications",
  summary: "What you were told, newest first",
  tag: "Notifications",
  scope: "profile:read",
  query: z.object(pageQuery),
  response: {
    status: 200,
    schema: pageOf(notification).extend({
      unread: z.number().int().meta({ description: "Unread among the newest 100." }),
    }),
  },
  async handler({ context, query }) {
    const [page, unread] = await Promise.all([list(context, query), countUnread(context)]);
    return { ...toPage(page), unread };
  },
});
