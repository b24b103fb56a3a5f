import { endSession as end } from "@aloft/core/identity/sessions";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";

export const endSession = defineRoute({
  method: "DELETE",
  path: "/api/v1/me/sessions/{id}",
  operationId: "endSession",
  summary: "Sign out somewhere else",
  tag: "Me",
  scope: "session",
  params: idParams,
  response: { status: 204 },
  async handler({ context, services: { events }, params }) {
    await end(context, params.id);
    events.signOut(params.id);
  },
});
