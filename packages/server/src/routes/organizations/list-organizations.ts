import { listOrganizations as list } from "@aloft/core/organizations/organizations";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { organization } from "./schemas.ts";

export const listOrganizations = defineRoute({
  method: "GET",
  path: "/api/v1/organizations",
  operationId: "listOrganizations",
  summary: "The organizations you are a member of",
  tag: "Organizations",
  scope: "organizations:read",
  query: z.object(pageQuery),
  response: { status: 200, schema: pageOf(organization) },
  handler: async ({ context, query }) => toPage(await list(context, query)),
});
