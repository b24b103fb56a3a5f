import { listSessions as list } from "@aloft/core/identity/sessions";
import { pageOf } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { session } from "./schemas.ts";

export const listSessions = defineRoute({
  method: "GET",
  path: "/api/v1/me/sessions",
  operationId: "listSessions",
  summary: "Where you are signed in",
  tag: "Me",
  scope: "session",
  response: { status: 200, schema: pageOf(session) },
  async handler({ context }) {
    const sessions = await list(context);
    const items = sessions.map((one) => ({ ...one, current: one.id === context.principal.by.id }));
    return { items, next: null, previous: null };
  },
});
