import type { IncomingHttpHeaders } from "node:http";
import { UnauthenticatedError } from "@aloft/core/errors";
import { redeemSignInLink } from "@aloft/core/identity/sessions";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";

const spentPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign-in link spent · Aloft</title><link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/auth/page.css">
<main><h1>This sign-in link no longer works</h1>
<p>It was already used, or it has expired: a link signs in once, within 15 minutes.</p>
<p>If you are signed in already, <a href="/">go to the console</a>. If not, start the server again, or run
<code>npx aloft link</code> beside it: both print a new link.</p></main></html>
`;

const prefetches = (headers: IncomingHttpHeaders) =>
  ["sec-purpose", "purpose"].some((name) => /prefetch|prerender/i.test(headers[name]?.toString() ?? ""));

export const openSignInLink = defineRoute({
  method: "GET",
  path: "/auth/link",
  operationId: "openSignInLink",
  summary: "Spend a sign-in link: sets the session cookie and shows the console",
  tag: "Me",
  scope: "public",
  guessable: true,
  query: z.object({ token: z.string().max(100) }),
  response: { status: 303, contentType: "text/html" },
  async handler({ services, query, headers, userAgent, cookies, reply }) {
    if (reply.request.method === "HEAD" || prefetches(headers)) {
      await reply.code(503).header("cache-control", "no-store").send();
      return;
    }
    try {
      const { secret } = await redeemSignInLink(services.store, services.now(), query.token, userAgent);
      cookies.setSession(secret);
      await reply.redirect("/", 303);
    } catch (error) {
      if (!(error instanceof UnauthenticatedError)) throw error;
      await reply.code(410).type("text/html; charset=utf-8").send(spentPage);
    }
  },
});
