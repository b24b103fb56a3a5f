import { expect, expectTypeOf, test } from "vitest";
import type { Context } from "@aloft/core/context";
import { z } from "zod";
import { pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const common = { summary: "A test's own", tag: "Test" };

test("[api.routes.types] what a route declares is what its handler gets, and what it must give", async () => {
  const route = defineRoute({
    ...common,
    method: "GET",
    path: "/things/{id}",
    operationId: "things",
    scope: "agents:read",
    params: z.object({ id: z.coerce.number() }),
    query: z.object(pageQuery),
    response: { status: 200, schema: pageOf(z.object({ id: z.string(), note: z.string().optional() })) },
    async handler({ params, query, body, context }) {
      expectTypeOf(params).toEqualTypeOf<{ id: number }>();
      expectTypeOf(query).toEqualTypeOf<{ limit: number; cursor?: string | undefined }>();
      expectTypeOf(body).toEqualTypeOf<undefined>();
      expectTypeOf(context).toEqualTypeOf<Context>();
      const items: readonly { id: string; note: string | undefined }[] = [];
      return { items, next: null, previous: null };
    },
  });
  expect(route.operationId).toBe("things");

  defineRoute({
    ...common,
    method: "POST",
    path: "/things",
    operationId: "open",
    scope: "public",
    body: z.object({ name: z.string() }),
    response: { status: 204 },
    async handler({ body, context }) {
      expectTypeOf(body).toEqualTypeOf<{ name: string }>();
      expectTypeOf(context).toEqualTypeOf<undefined>();
    },
  });

  defineRoute({
    ...common,
    method: "POST",
    path: "/things",
    operationId: "presented",
    scope: "optional",
    response: { status: 201, schema: z.object({ value: z.json() }) },
    location: ({ value }) => `/things/${JSON.stringify(value)}`,
    async handler({ context }) {
      expectTypeOf(context).toEqualTypeOf<Context | undefined>();
      return { inner: 1 };
    },
    present: ({ inner }) => ({ value: inner }),
  });

  // @ts-expect-error the answer does not fit its schema
  defineRoute({
    ...common,
    method: "GET",
    path: "/things",
    operationId: "wrong",
    scope: "any",
    response: { status: 200, schema: z.object({ value: z.number() }) },
    handler: async () => ({ value: "1" }),
  });

  defineRoute({
    ...common,
    method: "GET",
    path: "/things",
    operationId: "unknown",
    // @ts-expect-error there is no such scope
    scope: "agents:fly",
    response: { status: 204 },
    async handler() {},
  });
});
