import { listAuditEvents as list } from "@aloft/core/notices/audit";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { auditEvent } from "./schemas.ts";

export const listAuditEvents = defineRoute({
  method: "GET",
  path: "/api/v1/organizations/{id}/audit-events",
  operationId: "listAuditEvents",
  summary: "Who did what, newest first",
  description: "For owners and admins.",
  tag: "Organizations",
  scope: "organizations:read",
  params: idParams,
  query: z.object(pageQuery),
  response: { status: 200, schema: pageOf(auditEvent) },
  handler: async ({ context, params, query }) => toPage(await list(context, params.id, query)),
});
