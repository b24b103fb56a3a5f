import { listSkills as list } from "@aloft/core/agents/skills";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { organizationQuery } from "../common.ts";
import { skill } from "./schemas.ts";

export const listSkills = defineRoute({
  method: "GET",
  path: "/api/v1/skills",
  operationId: "listSkills",
  summary: "The skills of an organization, newest first",
  tag: "Skills",
  scope: "agents:read",
  query: z.object({ ...organizationQuery, ...pageQuery }),
  response: { status: 200, schema: pageOf(skill) },
  handler: async ({ context, query: { organizationId, ...page } }) => toPage(await list(context, organizationId, page)),
});
