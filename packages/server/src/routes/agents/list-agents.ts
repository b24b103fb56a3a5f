import { listAgents as list } from "@aloft/core/agents/agents";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { organizationQuery } from "../common.ts";
import { agent } from "./schemas.ts";

export const listAgents = defineRoute({
  method: "GET",
  path: "/api/v1/agents",
  operationId: "listAgents",
  summary: "The agents of an organization, newest first",
  tag: "Agents",
  scope: "agents:read",
  query: z.object({ ...organizationQuery, ...pageQuery }),
  response: { status: 200, schema: pageOf(agent) },
  handler: async ({ context, query: { organizationId, ...page } }) => toPage(await list(context, organizationId, page)),
});
