import { defineRoute } from "@aloft/server/http/route";
import { routes as allRoutes } from "@aloft/server/routes/index";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { routes } from "./routes.ts";
import { type Shell, startShell } from "./shell.ts";

const named = z.object({ id: z.string(), parts: z.array(z.json()) }).meta({ id: "Named" });
const naming = defineRoute({
  method: "POST",
  path: "/api/v1/named/{id}",
  operationId: "naming",
  summary: "Name it",
  tag: "Test",
  scope: "public",
  params: z.object({ id: z.string() }),
  query: z.object({ q: z.string().meta({ description: "What to look for.", examples: ["x"] }) }),
  body: named,
  response: { status: 200, schema: z.object({ items: z.array(named) }) },
  problems: ["gone"],
  handler: async ({ body }) => ({ items: [body] }),
});

let shell: Shell;
beforeAll(async () => {
  shell = await startShell([...routes, naming]);
});
afterAll(() => shell[Symbol.asyncDispose]());

const read = async () => (await shell.send("GET", "/openapi.json")).json();

/** Every reference in a document, and whether it leads somewhere. */
function brokenReferences(document: any): string[] {
  const found = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference ?? "");
  expect(found.length).toBeGreaterThan(0);
  return found.filter((reference) => {
    const steps = reference.replace(/^#\//, "").split("/");
    return !reference.startsWith("#/") || steps.reduce<any>((at, step) => at?.[step], document) === undefined;
  });
}

test("[api.openapi.document] it is OpenAPI 3.1 of this version, and describes every route once", async () => {
  const document = await read();
  expect(document).toMatchObject({ openapi: "3.1.1", info: { version: "1.2.3" } });
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method} ${path}`),
  );
  expect(operations.sort()).toEqual(
    [...routes, naming].map(({ method, path }) => `${method.toLowerCase()} ${path}`).sort(),
  );
  expect(brokenReferences(document)).toEqual([]);
});

test("[api.openapi.schemas] it says what validates: parameters, bodies, answers, examples, named schemas once", async () => {
  const document = await read();
  const operation = document.paths["/api/v1/named/{id}"].post;
  expect(operation.parameters).toEqual([
    { name: "id", in: "path", required: true, schema: { type: "string" } },
    {
      name: "q",
      in: "query",
      required: true,
      description: "What to look for.",
      schema: { type: "string", examples: ["x"] },
    },
  ]);
  const reference = { $ref: "#/components/schemas/Named" };
  expect(operation.requestBody).toEqual({ required: true, content: { "application/json": { schema: reference } } });
  expect(operation.responses["200"].content["application/json"].schema.properties.items.items).toEqual(reference);
  const { parameters } = document.paths["/api/v1/organizations"].get;
  expect(parameters[0]).toMatchObject({
    name: "limit",
    in: "query",
    required: false,
    schema: { type: "integer", minimum: 1, maximum: 200, default: 50 },
  });
});

test("[api.openapi.errors] it names every error code that a route may answer with", async () => {
  const document = await read();
  const codes = (operation: any) =>
    Object.values(operation.responses).flatMap(
      (response: any) => response.content?.["application/problem+json"]?.schema.allOf[1].properties.code.enum ?? [],
    );
  const create = codes(document.paths["/api/v1/organizations"].post);
  for (const code of [
    "invalid_request",
    "malformed_body",
    "unsupported_media_type",
    "body_too_large",
    "unauthenticated",
    "session_expired",
    "key_expired",
    "insufficient_scope",
    "cross_site_request",
    "idempotency_key_reused",
    "rate_limited",
    "overloaded",
    "internal",
  ]) {
    expect(create).toContain(code);
  }
  expect(codes(document.paths["/api/v1/organizations"].get)).toContain("invalid_cursor");
  expect(codes(document.paths["/api/v1/organizations/{id}"].patch)).toContain("precondition_failed");
  expect(codes(document.paths["/api/v1/named/{id}"].post)).toContain("gone");
  expect(codes(document.paths["/api/v1/named/{id}"].post)).not.toContain("unauthenticated");
});

test("[api.openapi.security] it says who may call what", async () => {
  const { paths, components } = await read();
  expect(Object.keys(components.securitySchemes)).toEqual(["session", "apiKey"]);
  expect(paths["/api/v1/organizations"].get.security).toEqual([{ session: [] }, { apiKey: ["organizations:read"] }]);
  expect(paths["/api/v1/only-people"].post.security).toEqual([{ session: [] }]);
  expect(paths["/api/v1/whoever"].get.security).toEqual([{}, { session: [] }, { apiKey: [] }]);
  expect(paths["/api/v1/guess/{code}"].get.security).toEqual([]);
});

test("[api.openapi.complete] every route of the product can be described: ids once, path parameters all declared", async () => {
  await using product = await startShell(allRoutes);
  const document = (await product.send("GET", "/openapi.json")).json();
  expect(brokenReferences(document)).toEqual([]);
  const operations = Object.entries<any>(document.paths).flatMap(([path, methods]) =>
    Object.values<any>(methods).map((operation) => ({ path, operation })),
  );
  expect(operations).toHaveLength(allRoutes.length);
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  for (const { path, operation } of operations) {
    const inPath = operation.parameters
      .filter((parameter: any) => parameter.in === "path")
      .map((parameter: any) => parameter.name);
    expect([path, inPath]).toEqual([path, [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)]);
  }
});
