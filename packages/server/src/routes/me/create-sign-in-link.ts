import { createSignInLink as create } from "@aloft/core/identity/sessions";
import { timestamp } from "@aloft/core/values";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { signInUrl } from "../auth/sign-in-url.ts";

export const createSignInLink = defineRoute({
  method: "POST",
  path: "/api/v1/me/sign-in-links",
  operationId: "createSignInLink",
  summary: "A one-time link that signs you in on another browser",
  description: "It works once, within 15 minutes. Whoever opens it is you: hand it to nobody.",
  tag: "Me",
  scope: "session",
  showsSecret: true,
  response: { status: 201, schema: z.object({ url: z.url(), expiresAt: timestamp }) },
  async handler({ context, origin }) {
    const { secret, expiresAt } = await create(context.store, context.now(), context.principal.userId);
    return { url: signInUrl(origin, secret), expiresAt };
  },
});
