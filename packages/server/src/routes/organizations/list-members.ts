import { listMembers as list } from "@aloft/core/organizations/members";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { member } from "./schemas.ts";

export const listMembers = defineRoute({
  method: "GET",
  path: "/api/v1/organizations/{id}/members",
  operationId: "listMembers",
  summary: "Who is a member, and in which role",
  tag: "Organizations",
  scope: "organizations:read",
  params: idParams,
  query: z.object(pageQuery),
  response: { status: 200, schema: pageOf(member) },
  handler: async ({ context, params, query }) => toPage(await list(context, params.id, query)),
});
