import { getOrganization as get } from "@aloft/core/organizations/organizations";
import { idParams } from "../common.ts";
import { defineRoute } from "../../http/route.ts";
import { organization } from "./schemas.ts";

export const getOrganization = defineRoute({
  method: "GET",
  path: "/api/v1/organizations/{id}",
  operationId: "getOrganization",
  summary: "One of your organizations",
  tag: "Organizations",
  scope: "organizations:read",
  params: idParams,
  response: { status: 200, schema: organization },
  handler: ({ context, params }) => get(context, params.id),
});
