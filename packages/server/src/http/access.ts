import { type Principal, requireScope } from "@aloft/core/context";
import { ForbiddenError } from "@aloft/core/errors";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Services } from "../services.ts";
import { authenticate, type Caller, type SessionCookie } from "./authenticate.ts";
import { type Buckets, openStream, rateHeaders, refuseUnlessAllowed, slots, tokenBuckets } from "./limits.ts";
import { HttpError } from "./problem.ts";
import { type Access, isStream, type Route } from "./route.ts";
import type { Security } from "./security.ts";

export interface AccessOptions {
  readonly services: Services;
  readonly security: Security;
  readonly cookie: SessionCookie;
  readonly nowMs: () => number;
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** What stands before each route's handler, and before its body is read: who asks, may they, and how often. */
export function guardCaller(options: AccessOptions): (route: Route) => { onRequest: Hook; onResponse: Hook[] } {
  const { limits } = options.services.config;
  const users = tokenBuckets(limits.user, options.nowMs);
  const guesses = tokenBuckets(limits.guesses, options.nowMs);
  const streams = slots(limits.streamsPerUser);
  return (route) => ({
    onRequest: async (request, reply) => {
      if (route.guessable === true) refuseUnlessAllowed("guesses", guesses.rate, guesses.peek(request.ip));
      request.caller = await callerOf(route.scope, options, request);
      if (request.caller === undefined) return;
      if (request.caller.prolonged !== undefined) reply.header("set-cookie", request.caller.prolonged);
      limitUser(users, request.caller.principal, reply);
      checkScope(route.scope, request.caller.principal);
      if (isStream(route)) reply.raw.once("close", openStream(streams, request.caller.principal.userId));
    },
    onResponse: route.guessable === true ? [countGuess(guesses)] : [],
  });
}

async function callerOf(
  scope: Access,
  { services, security, cookie }: AccessOptions,
  { method, headers }: FastifyRequest,
): Promise<Caller | undefined> {
  const withCookie = cookie.read(headers) !== undefined;
  if (headers.authorization === undefined) security.checkSameOrigin(method, headers, withCookie);
  if (scope === "public") return undefined;
  try {
    const caller = await authenticate(services.store, services.now(), cookie, headers);
    if (caller !== undefined || scope === "optional") return caller;
  } catch (error) {
    if (scope === "optional" && error instanceof HttpError && error.code === "session_expired") return undefined;
    throw error;
  }
  const message = "Nobody is signed in. Open a sign-in link, or send an API key: Authorization: Bearer aloft_key_…";
  throw new HttpError("unauthenticated", message);
}

function limitUser(users: Buckets, { userId }: Principal, reply: FastifyReply): void {
  const state = users.take(userId);
  reply.headers(rateHeaders("user", users.rate, state));
  refuseUnlessAllowed("user", users.rate, state);
}

function checkScope(scope: Access, principal: Principal): void {
  if (scope === "public" || scope === "optional" || scope === "any") return;
  if (scope === "session") {
    if (principal.by.kind === "session") return;
    throw new HttpError("session_required", "An API key may not do this. Sign in, and do it in the console.");
  }
  try {
    requireScope(principal, scope);
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error;
    const challenge = `Bearer realm="aloft", error="insufficient_scope", scope="${scope}"`;
    throw new HttpError("insufficient_scope", error.message, {
      headers: { "www-authenticate": challenge },
      cause: error,
    });
  }
}

const wrongGuess: ReadonlySet<number> = new Set([401, 404, 410]);

function countGuess(guesses: Buckets): Hook {
  return async (request, reply) => {
    if (wrongGuess.has(reply.statusCode)) guesses.take(request.ip);
  };
}
