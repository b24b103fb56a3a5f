import { requireScope } from "@aloft/core/context";
import { InvalidError } from "@aloft/core/errors";
import { acceptInvitation as accept, acceptInvitationAsNewUser } from "@aloft/core/organizations/invitations";
import { name } from "@aloft/core/values";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { acceptance, codeParams } from "./schemas.ts";

export const acceptInvitation = defineRoute({
  method: "POST",
  path: "/api/v1/invitations/{code}/accept",
  operationId: "acceptInvitation",
  summary: "Accept an invitation",
  description:
    "Signed in, you join. Not signed in, give a name: an account is made, joins, and is signed in by the answer's cookie.",
  tag: "Invitations",
  scope: "optional",
  guessable: true,
  params: codeParams,
  body: z.object({ name: name.optional().meta({ description: "Of the new account; not used when signed in." }) }),
  response: { status: 200, schema: acceptance },
  problems: ["conflict", "forbidden"],
  async handler({ context, services, params, body, userAgent, cookies }) {
    if (context !== undefined) {
      requireScope(context.principal, "organizations:write");
      return accept(context, params.code);
    }
    if (body.name === undefined) {
      throw new InvalidError("You are not signed in.", [
        { path: "name", message: "Give the name of the account to make, or sign in first." },
      ]);
    }
    const input = { name: body.name, userAgent };
    const { membership, sessionSecret } = await acceptInvitationAsNewUser(
      services.store,
      services.now(),
      params.code,
      input,
    );
    cookies.setSession(sessionSecret);
    return membership;
  },
});
