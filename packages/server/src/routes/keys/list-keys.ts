import { listApiKeys } from "@aloft/core/identity/api-keys";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { apiKey } from "./schemas.ts";

export const listKeys = defineRoute({
  method: "GET",
  path: "/api/v1/keys",
  operationId: "listKeys",
  summary: "Your API keys, newest first",
  tag: "Keys",
  scope: "keys:read",
  query: z.object(pageQuery),
  response: { status: 200, schema: pageOf(apiKey) },
  handler: async ({ context, query }) => toPage(await listApiKeys(context, query)),
});
