import { isEmailTaken, updateMe as update } from "@aloft/core/identity/users";
import { ConflictError } from "@aloft/core/errors";
import { name } from "@aloft/core/values";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { presentMe } from "./get-me.ts";
import { me } from "./schemas.ts";

export const updateMe = defineRoute({
  method: "PATCH",
  path: "/api/v1/me",
  operationId: "updateMe",
  summary: "Change your name or e-mail address",
  tag: "Me",
  scope: "profile:write",
  versioned: true,
  body: z.object({ name: name.optional(), email: z.email().max(254).nullable().optional() }),
  response: { status: 200, schema: me },
  problems: ["conflict"],
  async handler({ context, body, ifMatch }) {
    try {
      return await presentMe(context, await update(context, body, ifMatch));
    } catch (error) {
      if (!isEmailTaken(error)) throw error;
      throw new ConflictError(
        "Another user has this e-mail address.",
        { reason: "state", table: "users" },
        { cause: error },
      );
    }
  },
});
