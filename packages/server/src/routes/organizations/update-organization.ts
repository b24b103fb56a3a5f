import { updateOrganization as update } from "@aloft/core/organizations/organizations";
import { name } from "@aloft/core/values";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { organization } from "./schemas.ts";

export const updateOrganization = defineRoute({
  method: "PATCH",
  path: "/api/v1/organizations/{id}",
  operationId: "updateOrganization",
  summary: "Rename an organization",
  tag: "Organizations",
  scope: "organizations:write",
  versioned: true,
  params: idParams,
  body: z.object({ name: name.optional() }),
  response: { status: 200, schema: organization },
  handler: ({ context, params, body, ifMatch }) => update(context, params.id, body, ifMatch),
});
