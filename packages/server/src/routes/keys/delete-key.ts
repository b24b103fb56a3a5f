import { deleteApiKey } from "@aloft/core/identity/api-keys";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";

export const deleteKey = defineRoute({
  method: "DELETE",
  path: "/api/v1/keys/{id}",
  operationId: "deleteKey",
  summary: "Revoke an API key, at once",
  tag: "Keys",
  scope: "keys:write",
  params: idParams,
  response: { status: 204 },
  async handler({ context, services: { events }, params }) {
    await deleteApiKey(context, params.id);
    events.signOut(params.id);
  },
});
