import { listInvitations as list } from "@aloft/core/organizations/invitations";
import { z } from "zod";
import { pageOf, pageQuery, toPage } from "../../http/page.ts";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { presentInvitation } from "./present-invitation.ts";
import { invitation } from "./schemas.ts";

export const listInvitations = defineRoute({
  method: "GET",
  path: "/api/v1/organizations/{id}/invitations",
  operationId: "listInvitations",
  summary: "Invitations, newest first",
  tag: "Organizations",
  scope: "organizations:read",
  params: idParams,
  query: z.object(pageQuery),
  response: { status: 200, schema: pageOf(invitation) },
  async handler({ context, params, query, origin }) {
    const page = toPage(await list(context, params.id, query));
    return { ...page, items: page.items.map((item) => presentInvitation(item, origin)) };
  },
});
