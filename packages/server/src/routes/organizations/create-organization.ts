import { createOrganization as create } from "@aloft/core/organizations/organizations";
import { name } from "@aloft/core/values";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { organization } from "./schemas.ts";

export const createOrganization = defineRoute({
  method: "POST",
  path: "/api/v1/organizations",
  operationId: "createOrganization",
  summary: "Create an organization, with you as its owner",
  tag: "Organizations",
  scope: "organizations:write",
  body: z.object({ name }),
  response: { status: 201, schema: organization },
  handler: ({ context, body }) => create(context, body),
});
