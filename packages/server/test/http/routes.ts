import { createApiKey } from "@aloft/core/identity/api-keys";
import { NotFoundError } from "@aloft/core/errors";
import {
  createOrganization,
  getOrganization,
  listOrganizations,
  updateOrganization,
} from "@aloft/core/organizations/organizations";
import { scopes } from "@aloft/core/context";
import { pageOf, pageQuery, toPage } from "@aloft/server/http/page";
import { defineRoute } from "@aloft/server/http/route";
import { z } from "zod";

const tag = "Test";
const common = { summary: "A test's own", tag };
const organization = z.object({ id: z.string(), name: z.string(), role: z.string(), version: z.number() });
const idParams = z.object({ id: z.string().max(60) });

export const create = defineRoute({
  ...common,
  method: "POST",
  path: "/api/v1/organizations",
  operationId: "create",
  scope: "organizations:write",
  body: z.object({ name: z.string().min(1).max(20), tags: z.array(z.string().max(3)).max(2).optional() }),
  response: { status: 201, schema: organization },
  handler: ({ context, body }) => createOrganization(context, body),
});

export const list = defineRoute({
  ...common,
  method: "GET",
  path: "/api/v1/organizations",
  operationId: "list",
  scope: "organizations:read",
  query: z.object(pageQuery),
  response: { status: 200, schema: pageOf(organization) },
  handler: async ({ context, query }) => toPage(await listOrganizations(context, query)),
});

export const get = defineRoute({
  ...common,
  method: "GET",
  path: "/api/v1/organizations/{id}",
  operationId: "get",
  scope: "organizations:read",
  params: idParams,
  response: { status: 200, schema: organization },
  handler: ({ context, params }) => getOrganization(context, params.id),
});

export const update = defineRoute({
  ...common,
  method: "PATCH",
  path: "/api/v1/organizations/{id}",
  operationId: "update",
  scope: "organizations:write",
  versioned: true,
  params: idParams,
  body: z.object({ name: z.string().min(1) }),
  response: { status: 200, schema: organization },
  handler: ({ context, params, body, ifMatch }) => updateOrganization(context, params.id, body, ifMatch),
});

export const remove = defineRoute({
  ...common,
  method: "DELETE",
  path: "/api/v1/organizations/{id}",
  operationId: "remove",
  scope: "organizations:write",
  params: idParams,
  response: { status: 204 },
  async handler() {},
});

/** Commits a secret that is shown once, and presents it under another name. */
export const createKey = defineRoute({
  ...common,
  method: "POST",
  path: "/api/v1/keys",
  operationId: "createKey",
  scope: "keys:write",
  showsSecret: true,
  body: z.object({ name: z.string() }),
  response: { status: 201, schema: z.object({ id: z.string(), shownOnce: z.string() }) },
  handler: ({ context, body }) => createApiKey(context, { name: body.name, scopes: [...scopes] }),
  present: ({ id, key }) => ({ id, shownOnce: key }),
});

let drawn = 0;
/** Stores nothing, and never answers the same. */
export const draw = defineRoute({
  ...common,
  method: "POST",
  path: "/api/v1/draw",
  operationId: "draw",
  scope: "any",
  response: { status: 202, schema: z.object({ drawn: z.number() }) },
  handler: async () => ({ drawn: ++drawn }),
});

export const endSession = defineRoute({
  ...common,
  method: "POST",
  path: "/api/v1/only-people",
  operationId: "onlyPeople",
  scope: "session",
  response: { status: 204 },
  async handler() {},
});

export const whoever = defineRoute({
  ...common,
  method: "GET",
  path: "/api/v1/whoever",
  operationId: "whoever",
  scope: "optional",
  response: { status: 200, schema: z.object({ userId: z.string().nullable() }) },
  handler: async ({ context }) => ({ userId: context?.principal.userId ?? null }),
});

export const guess = defineRoute({
  ...common,
  method: "GET",
  path: "/api/v1/guess/{code}",
  operationId: "guess",
  scope: "public",
  guessable: true,
  params: z.object({ code: z.string() }),
  response: { status: 200, schema: z.object({ right: z.boolean() }) },
  async handler({ params }) {
    if (params.code !== "right") throw new NotFoundError("There is no such code.");
    return { right: true };
  },
});

export const broken = defineRoute({
  ...common,
  method: "GET",
  path: "/api/v1/broken",
  operationId: "broken",
  scope: "public",
  response: { status: 200, schema: z.object({}) },
  async handler() {
    throw new Error("the inner reason", { cause: new Error("below it") });
  },
});

export const page = defineRoute({
  ...common,
  method: "GET",
  path: "/auth/page",
  operationId: "page",
  scope: "public",
  response: { status: 200, contentType: "text/html; charset=utf-8" },
  handler: async () => "<h1>Hello</h1>",
});

/** A stream that says hello, and stays open. */
export const stream = defineRoute({
  ...common,
  method: "GET",
  path: "/api/v1/stream",
  operationId: "stream",
  scope: "any",
  response: { status: 200, contentType: "text/event-stream" },
  async handler({ reply }) {
    reply.hijack();
    reply.raw.writeHead(200, { "content-type": "text/event-stream" });
    reply.raw.write("data: hello\n\n");
  },
});

/** Answers when the test says so. */
export function gated(path: `/${string}`) {
  const waiting: (() => void)[] = [];
  const route = defineRoute({
    ...common,
    method: "GET",
    path,
    operationId: "gated",
    scope: "public",
    response: { status: 200, schema: z.object({ done: z.boolean() }) },
    async handler() {
      await new Promise<void>((resolve) => void waiting.push(resolve));
      return { done: true };
    },
  });
  return { route, waiting };
}

export const routes = [create, list, get, update, remove, createKey, draw, endSession, whoever, guess, broken, page];
