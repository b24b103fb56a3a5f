import { markNotification as mark } from "@aloft/core/notices/notifications";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { notification } from "./schemas.ts";

export const markNotification = defineRoute({
  method: "PATCH",
  path: "/api/v1/notifications/{id}",
  operationId: "markNotification",
  summary: "Mark a notification as read or unread",
  tag: "Notifications",
  scope: "profile:write",
  params: idParams,
  body: z.object({ read: z.boolean() }),
  response: { status: 200, schema: notification },
  handler: ({ context, params, body }) => mark(context, params.id, body.read),
});
