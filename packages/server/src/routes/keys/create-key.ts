import { createApiKey } from "@aloft/core/identity/api-keys";
import { defineRoute } from "../../http/route.ts";
import { createdApiKey, newApiKey } from "./schemas.ts";

export const createKey = defineRoute({
  method: "POST",
  path: "/api/v1/keys",
  operationId: "createKey",
  summary: "Create an API key, shown once",
  tag: "Keys",
  scope: "keys:write",
  body: newApiKey,
  showsSecret: true,
  response: { status: 201, schema: createdApiKey },
  handler: ({ context, body }) => createApiKey(context, body),
});
