import { deleteSetting as remove } from "@aloft/core/identity/settings";
import { defineRoute } from "../../http/route.ts";
import { settingParams } from "./schemas.ts";

export const deleteSetting = defineRoute({
  method: "DELETE",
  path: "/api/v1/me/settings/{name}",
  operationId: "deleteSetting",
  summary: "Delete one of your settings",
  tag: "Me",
  scope: "profile:write",
  params: settingParams,
  response: { status: 204 },
  handler: ({ context, params }) => remove(context, params.name),
});
