import { readInvitation as read } from "@aloft/core/organizations/invitations";
import { timestamp } from "@aloft/core/values";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { codeParams } from "./schemas.ts";

export const readInvitation = defineRoute({
  method: "GET",
  path: "/api/v1/invitations/{code}",
  operationId: "readInvitation",
  summary: "What an invitation is to, before accepting it",
  tag: "Invitations",
  scope: "public",
  guessable: true,
  params: codeParams,
  response: {
    status: 200,
    schema: z.object({
      organizationName: z.string(),
      invitedBy: z.string(),
      role: z.enum(["admin", "member"]),
      expiresAt: timestamp,
    }),
  },
  handler: ({ services, params }) => read(services.store, params.code),
});
