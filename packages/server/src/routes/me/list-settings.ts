import { listSettings as list } from "@aloft/core/identity/settings";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { setting } from "./schemas.ts";

export const listSettings = defineRoute({
  method: "GET",
  path: "/api/v1/me/settings",
  operationId: "listSettings",
  summary: "Your settings, by name",
  tag: "Me",
  scope: "profile:read",
  query: z.object(pageQuery),
  response: { status: 200, schema: pageOf(setting) },
  handler: async ({ context, query }) => toPage(await list(context, query)),
});
