import { markAllRead as markAll } from "@aloft/core/notices/notifications";
import { defineRoute } from "../../http/route.ts";

export const markAllRead = defineRoute({
  method: "POST",
  path: "/api/v1/notifications/read-all",
  operationId: "markAllRead",
  summary: "Mark all notifications as read",
  tag: "Notifications",
  scope: "profile:write",
  response: { status: 204 },
  handler: ({ context }) => markAll(context),
});
