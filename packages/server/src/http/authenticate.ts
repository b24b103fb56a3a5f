import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Principal } from "@aloft/core/context";
import { UnauthenticatedError } from "@aloft/core/errors";
import { authenticateApiKey, KeyExpiredError } from "@aloft/core/identity/api-keys";
import { sessionLifetimeMs, useSession } from "@aloft/core/identity/sessions";
import type { Store } from "@aloft/core/ports/store";
import { HttpError } from "./problem.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks, once that is known. */
    caller: Caller | undefined;
  }
}

/** How the session's secret travels: its name carries what browsers then enforce. */
export interface SessionCookie {
  readonly name: string;
  /** The secret that a request carries. */
  read(headers: IncomingHttpHeaders): string | undefined;
  /** The `Set-Cookie` that keeps a secret for as long as a session lives. */
  set(secret: string): string;
  readonly clear: string;
}

/**
 * Under https browsers bind the cookie to the host. Without it, all servers of a machine share one jar whatever their
 * ports, so each has a name of its own, or signing in to one would sign out of the other.
 */
export function sessionCookieName(secure: boolean, authSecret: string): string {
  if (secure) return "__Host-aloft_session";
  return `aloft_session_${createHmac("sha256", authSecret).update("session cookie").digest("hex").slice(0, 8)}`;
}

/** @see https://www.rfc-editor.org/rfc/rfc6265 @see https://datatracker.ietf.org/doc/draft-ietf-httpbis-rfc6265bis/ */
export function sessionCookie(secure: boolean, authSecret: string): SessionCookie {
  const name = sessionCookieName(secure, authSecret);
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
  return {
    name,
    read(headers) {
      for (const pair of headers.cookie?.split(";") ?? []) {
        const equals = pair.indexOf("=");
        if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
      }
      return undefined;
    },
    set: (secret) => `${name}=${secret}; ${attributes}; Max-Age=${sessionLifetimeMs / 1000}`,
    clear: `${name}=; ${attributes}; Max-Age=0`,
  };
}

export interface Caller {
  readonly principal: Principal;
  /** The cookie to set again, since the session's life was prolonged. */
  readonly prolonged: string | undefined;
}

/**
 * Who asks, or undefined if the request names nobody.
 * @throws {HttpError} `unauthenticated`, `key_expired` or `session_expired`: it names somebody, wrongly.
 */
export async function authenticate(
  store: Store,
  now: Date,
  cookie: SessionCookie,
  headers: IncomingHttpHeaders,
): Promise<Caller | undefined> {
  if (headers.authorization !== undefined) {
    return { principal: await byKey(store, now, headers.authorization), prolonged: undefined };
  }
  const secret = cookie.read(headers);
  return secret === undefined || secret === "" ? undefined : bySession(store, now, cookie, secret);
}

async function byKey(store: Store, now: Date, authorization: string): Promise<Principal> {
  const [, key] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (key === undefined) {
    throw new HttpError("unauthenticated", "The Authorization header must be: Bearer, a space and an API key.");
  }
  try {
    return await authenticateApiKey(store, now, key);
  } catch (error) {
    if (!(error instanceof UnauthenticatedError)) throw error;
    const expired = error instanceof KeyExpiredError;
    const headers = { "www-authenticate": 'Bearer realm="aloft", error="invalid_token"' };
    throw new HttpError(expired ? "key_expired" : "unauthenticated", error.message, { headers, cause: error });
  }
}

async function bySession(store: Store, now: Date, cookie: SessionCookie, secret: string): Promise<Caller> {
  const session = await useSession(store, now, secret);
  if (session === undefined) {
    const message = "Your session has ended or has expired. Sign in again: `aloft up` prints a link.";
    throw new HttpError("session_expired", message, { headers: { "set-cookie": cookie.clear } });
  }
  const prolonged = session.lastUsedAt === now.toISOString() ? cookie.set(secret) : undefined;
  return { principal: { userId: session.userId, by: { kind: "session", id: session.id }, scopes: "all" }, prolonged };
}
