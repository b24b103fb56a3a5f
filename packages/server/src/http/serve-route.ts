import type { Context, Principal } from "@aloft/core/context";
import { AloftError, InvalidError, type Issue } from "@aloft/core/errors";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Services } from "../services.ts";
import type { SessionCookie } from "./authenticate.ts";
import { type Idempotency, repeatableRequest, type RepeatableRequest, type StoredAnswer } from "./idempotency.ts";
import { located } from "./located.ts";
import { pick } from "./pick.ts";
import { HttpError } from "./problem.ts";
import type { Route, RouteRequest } from "./route.ts";
import { contentPolicies, type Security } from "./security.ts";

type AnyRouteRequest = RouteRequest<unknown, unknown, unknown, Context | undefined>;

export interface ServeOptions {
  readonly services: Services;
  readonly security: Security;
  readonly cookie: SessionCookie;
  readonly idempotency: Idempotency;
  /** Check that answers fit their schemas, at a cost: for tests. */
  readonly strictAnswers: boolean;
}

/** What Fastify calls for a route: validates what came, runs the handler and sends its answer. */
export function serveRoute(
  route: Route,
  options: ServeOptions,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  const headers = {
    "cache-control": "no-store",
    ...(isPage(route) ? { "content-security-policy": contentPolicies.page } : {}),
  };
  return async (request, reply) => {
    reply.headers(headers);
    const parsed = parse(route, request);
    const principal = request.caller?.principal;
    const repeatable = principal === undefined ? undefined : repeatableOf(route, request, principal);
    if (repeatable === undefined) return run(route, options, request, reply, parsed, undefined);
    const before = await options.idempotency.find(repeatable);
    if (before !== undefined) return replay(reply, before);
    try {
      return await run(route, options, request, reply, parsed, repeatable);
    } catch (error) {
      // Whoever lost the race for this key sees the winner's effect as some error or other.
      const winner = error instanceof AloftError ? await options.idempotency.find(repeatable) : undefined;
      if (winner === undefined) throw error;
      return replay(reply, winner);
    }
  };
}

function isPage({ response }: Route): boolean {
  return "contentType" in response && response.contentType.startsWith("text/html");
}

interface Parsed {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly ifMatch: number | undefined;
}

/** @throws {InvalidError} with every fault of the request at once. */
function parse(route: Route, request: FastifyRequest): Parsed {
  const issues: Issue[] = [];
  const part = (name: string, schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return name === "body" ? undefined : {};
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const { path, message } of result.error.issues) issues.push({ path: [name, ...path].join("."), message });
    return undefined;
  };
  const parsed = {
    params: part("params", route.params, request.params),
    query: part("query", route.query, request.query),
    body: part("body", route.body, request.body),
    ifMatch: route.method === "GET" ? undefined : parseIfMatch(route, request.headers["if-match"], issues),
  };
  if (issues.length > 0) {
    const faults = issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw new InvalidError(faults.slice(0, 1000), issues);
  }
  return parsed;
}

/** The version that If-Match names: `"3"`. `*` sets no condition on it. */
function parseIfMatch(route: Route, header: string | undefined, issues: Issue[]): number | undefined {
  if (header !== undefined && route.versioned !== true) {
    issues.push({ path: "headers.if-match", message: "this operation does not look at versions: leave it out" });
    return undefined;
  }
  if (header === undefined || header.trim() === "*") return undefined;
  const [, version] = /^\s*"(\d{1,15})"\s*$/.exec(header) ?? [];
  if (version !== undefined) return Number(version);
  if (/^\s*(?:W\/)?"[^"]*"\s*$/.test(header)) {
    throw new HttpError("precondition_failed", "If-Match names a version that this never had. Read it again.");
  }
  issues.push({ path: "headers.if-match", message: 'must be one version in quotes, as ETag gives it: "3"' });
  return undefined;
}

function repeatableOf(route: Route, request: FastifyRequest, principal: Principal): RepeatableRequest | undefined {
  const key = request.headers["idempotency-key"];
  if (key === undefined || route.method !== "POST" || "contentType" in route.response) return undefined;
  return repeatableRequest(principal, key, { method: route.method, url: request.url, body: askedOf(route, request) });
}

/** An upload is told from another by what its headers say of it: its bytes are not known yet. */
function askedOf({ upload }: Route, { body, headers }: FastifyRequest): unknown {
  return upload === true ? [headers["content-type"], headers["content-length"], headers["content-digest"]] : body;
}

async function run(
  route: Route,
  options: ServeOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  parsed: Parsed,
  repeatable: RepeatableRequest | undefined,
): Promise<FastifyReply> {
  let committed: StoredAnswer | undefined;
  const answer = async (result: unknown, given: AnyRouteRequest): Promise<StoredAnswer> => {
    const presented = route.present === undefined ? result : await route.present(result, given);
    return answerOf(route, request, parsed.params, presented, options.strictAnswers);
  };
  const context = contextOf(options.services, request.caller?.principal, async (operations, result) => {
    const first = route.method === "POST" && committed === undefined ? await answer(result, given) : undefined;
    const kept =
      first === undefined || repeatable === undefined
        ? []
        : [await options.idempotency.keep(repeatable, first, route.showsSecret === true)];
    if (operations.length + kept.length > 0) await options.services.store.transact([...operations, ...kept]);
    committed ??= first;
    return result;
  });
  const given: AnyRouteRequest = { ...parsed, ...shellOf(options, request, reply), context };
  const result = await handled(route, given);
  if ("contentType" in route.response) return sendRaw(route.response, reply, result);
  const made = committed ?? (await answer(result, given));
  const alone = repeatable !== undefined && committed === undefined;
  return sendAnswer(
    reply,
    alone ? await options.idempotency.keepAlone(repeatable, made, route.showsSecret === true) : made,
  );
}

/** The handler may throw at once, or later. */
async function handled(route: Route, given: AnyRouteRequest): Promise<unknown> {
  try {
    return await route.handler(given);
  } catch (error) {
    throw located(error, route);
  }
}

function contextOf(
  services: Services,
  principal: Principal | undefined,
  commit: Context["commit"],
): Context | undefined {
  if (principal === undefined) return undefined;
  return { store: services.store, principal, now: () => services.now(), commit };
}

function shellOf(
  { services, security, cookie }: ServeOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Omit<AnyRouteRequest, "context" | keyof Parsed> {
  return {
    services,
    headers: request.headers,
    ip: request.ip,
    userAgent: request.headers["user-agent"],
    origin: security.originOf(request.headers),
    cookies: {
      setSession: (secret) => void reply.header("set-cookie", cookie.set(secret)),
      clearSession: () => void reply.header("set-cookie", cookie.clear),
    },
    log: request.log,
    reply,
  };
}

function answerOf(
  route: Route,
  request: FastifyRequest,
  params: unknown,
  value: unknown,
  strict: boolean,
): StoredAnswer {
  const { response } = route;
  if (!("schema" in response)) return { status: response.status, etag: undefined, location: undefined, body: "" };
  const body = strict ? response.schema.parse(value) : pick(response.schema, value);
  const attributes: Readonly<Record<string, unknown>> = typeof body === "object" && body !== null ? { ...body } : {};
  const { id, version } = attributes;
  const location =
    route.location?.(body, params) ??
    (typeof id === "string" ? `${request.url.replace(/\?.*$/, "")}/${encodeURIComponent(id)}` : undefined);
  return {
    status: response.status,
    etag: typeof version === "number" ? `"${version}"` : undefined,
    location: response.status === 201 ? location : undefined,
    body: JSON.stringify(body),
  };
}

function sendAnswer(reply: FastifyReply, { status, etag, location, body }: StoredAnswer): FastifyReply {
  if (etag !== undefined) reply.header("etag", etag);
  if (location !== undefined) reply.header("location", location);
  if (body === "") return reply.code(status).send();
  return reply.code(status).header("content-type", "application/json; charset=utf-8").send(body);
}

function replay(reply: FastifyReply, answer: StoredAnswer): FastifyReply {
  return sendAnswer(reply.header("idempotency-replayed", "true"), answer);
}

function sendRaw(
  response: { readonly status: number; readonly contentType: string },
  reply: FastifyReply,
  body: unknown,
): FastifyReply {
  if (reply.sent) return reply;
  if (!reply.hasHeader("content-type")) reply.header("content-type", response.contentType);
  return reply.code(reply.statusCode === 200 ? response.status : reply.statusCode).send(body);
}
