import { endSession } from "@aloft/core/identity/sessions";
import { defineRoute } from "../../http/route.ts";

export const signOut = defineRoute({
  method: "POST",
  path: "/auth/sign-out",
  operationId: "signOut",
  summary: "End this session",
  tag: "Me",
  scope: "session",
  response: { status: 204 },
  async handler({ context, services: { events }, cookies }) {
    await endSession(context, context.principal.by.id);
    events.signOut(context.principal.by.id);
    cookies.clearSession();
  },
});
