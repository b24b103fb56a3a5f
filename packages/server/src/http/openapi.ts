import { scopes } from "@aloft/core/context";
import { z } from "zod";
import { problemCodesOf } from "./openapi-problems.ts";
import { type ProblemCode, problemKinds } from "./problem.ts";
import type { Route } from "./route.ts";

type Json = { readonly [name: string]: unknown };

/** Schemas that carry an id (`.meta({ id })`), by that id: each stands in the document once. */
type Components = Map<string, Json>;

/**
 * The API as OpenAPI 3.1, from the schemas that validate it.
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const components: Components = new Map();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, components) };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Aloft",
      version,
      description: introduction,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        session: {
          type: "apiKey",
          in: "cookie",
          name: "aloft_session",
          description:
            "Browsers keep it. Named `__Host-aloft_session` on https; elsewhere an ending of the server's own follows.",
        },
        apiKey: { type: "http", scheme: "bearer", bearerFormat: "aloft_key_…", description: scopeList },
      },
      schemas: { Problem: problemSchema, ...Object.fromEntries(components) },
    },
  };
}

const scopeList = `An API key, with the scopes it was given: ${scopes.join(", ")}.`;

const introduction = `Every error is a problem (RFC 9457) with a stable \`code\`. Lists come in pages: send \`next\` or
\`previous\` back as \`cursor\`. A POST with an \`Idempotency-Key\` has one effect and one answer for 24 hours, however
often it is sent. Send an \`ETag\` back as \`If-Match\` to change only what you have seen.`;

const problemSchema: Json = {
  type: "object",
  description: "What went wrong. `code` is stable; `detail` is for people.",
  required: ["type", "title", "status", "code", "detail", "requestId"],
  properties: {
    type: { type: "string", examples: ["/problems/not_found"] },
    title: { type: "string" },
    status: { type: "integer", minimum: 400, maximum: 599 },
    code: { type: "string", examples: ["not_found"] },
    detail: { type: "string" },
    requestId: { type: "string", description: "Names this request in the server's log." },
    errors: {
      type: "array",
      description: "Every fault of the request, by where it is.",
      items: {
        type: "object",
        required: ["path", "message"],
        properties: { path: { type: "string", examples: ["body.name"] }, message: { type: "string" } },
      },
    },
  },
};

function operationOf(route: Route, components: Components): Json {
  const { operationId, summary, description, tag } = route;
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    security: securityOf(route),
    parameters: [
      ...parametersOf("path", route.params, components),
      ...parametersOf("query", route.query, components),
      ...headersOf(route),
    ],
    ...(route.body === undefined ? {} : { requestBody: bodyOf(route.body, components) }),
    ...(route.upload === true ? { requestBody: anyFile } : {}),
    responses: { ...successOf(route, components), ...problemsOf(route) },
  };
}

function securityOf({ scope }: Route): readonly Json[] {
  const session = { session: [] };
  if (scope === "public") return [];
  if (scope === "session") return [session];
  if (scope === "any") return [session, { apiKey: [] }];
  if (scope === "optional") return [{}, session, { apiKey: [] }];
  return [session, { apiKey: [scope] }];
}

function schemaOf(schema: z.core.$ZodType, io: "input" | "output", components: Components): Json {
  const {
    $schema: _dialect,
    $defs = {},
    ...rest
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      // Readers of an answer must bear attributes that a later version adds.
      if (io === "output" && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  const names = new Map(Object.keys($defs).map((name) => [name, componentName(name, $defs[name] ?? {}, components)]));
  const pointed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(pointed);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([name, inner]) =>
      name === "$ref" && typeof inner === "string"
        ? [
            name,
            inner.replace(/^#\/\$defs\/(.+)$/, (_all, id: string) => `#/components/schemas/${names.get(id) ?? id}`),
          ]
        : [name, pointed(inner)],
    );
    return Object.fromEntries(entries);
  };
  for (const [name, definition] of Object.entries($defs)) {
    components.set(names.get(name) ?? name, pointed(definition) as Json);
  }
  const { id, ...own } = pointed(rest) as Json;
  if (typeof id !== "string") return own;
  components.set(id, own);
  return { $ref: `#/components/schemas/${id}` };
}

/** Recursive schemas without an id are numbered in each schema anew: here each gets a name of its own. */
function componentName(name: string, definition: Json, components: Components): string {
  if (!name.startsWith("__schema")) return name;
  const text = JSON.stringify(definition);
  for (let i = 1; ; i++) {
    const free = `Recursive${i}`;
    const taken = components.get(free);
    if (taken === undefined) {
      components.set(free, {});
      return free;
    }
    if (JSON.stringify(taken).replaceAll(`#/components/schemas/${free}`, `#/$defs/${name}`) === text) return free;
  }
}

function parametersOf(
  place: "path" | "query",
  schema: z.ZodObject | undefined,
  components: Components,
): readonly Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, part]) => {
    const { description, examples, ...rest } = schemaOf(part, "input", components);
    const optional = z.safeParse(part, undefined).success;
    return {
      name,
      in: place,
      required: place === "path" || !optional,
      ...(description === undefined ? {} : { description }),
      schema: { ...rest, ...(examples === undefined ? {} : { examples }) },
    };
  });
}

function headersOf({ method, scope, versioned }: Route): readonly Json[] {
  if (method === "POST" && scope !== "public") {
    const description = "The same key and request, the same effect and answer, for 24 hours. A UUID does well.";
    return [
      {
        name: "Idempotency-Key",
        in: "header",
        required: false,
        description,
        schema: { type: "string", maxLength: 255 },
      },
    ];
  }
  if (versioned === true) {
    const description = "The version to change, as its ETag said. If it has changed since: 412.";
    return [
      { name: "If-Match", in: "header", required: false, description, schema: { type: "string", examples: ['"3"'] } },
    ];
  }
  return [];
}

function bodyOf(schema: z.ZodType, components: Components): Json {
  const required = !z.safeParse(schema, undefined).success;
  return { required, content: { "application/json": { schema: schemaOf(schema, "input", components) } } };
}

const anyFile: Json = {
  required: true,
  content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
};

function successOf(route: Route, components: Components): Record<string, Json> {
  const { response } = route;
  if ("contentType" in response) {
    const content =
      response.status < 300 ? { content: { [response.contentType]: { schema: { type: "string" } } } } : {};
    return { [response.status]: { description: route.summary, ...content } };
  }
  if (!("schema" in response)) return { [response.status]: { description: "Done." } };
  const schema = schemaOf(response.schema, "output", components);
  const headers = {
    ...(hasVersion(response.schema) ? { ETag: header("The version, for If-Match.") } : {}),
    ...(response.status === 201 ? { Location: header("Where it is.") } : {}),
  };
  return {
    [response.status]: { description: route.summary, headers, content: { "application/json": { schema } } },
  };
}

function hasVersion(schema: z.ZodType): boolean {
  return schema instanceof z.ZodObject && "version" in schema.shape;
}

function header(description: string): Json {
  return { description, schema: { type: "string" } };
}

function problemsOf(route: Route): Record<string, Json> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemCodesOf(route)) {
    const { status } = problemKinds[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(responses.map(([status, codes]) => [status, problemResponse(codes)]));
}

function problemResponse(codes: readonly ProblemCode[]): Json {
  const description = codes.map((code) => `\`${code}\`: ${problemKinds[code].title}.`).join("\n\n");
  const schema = { allOf: [{ $ref: "#/components/schemas/Problem" }, { properties: { code: { enum: codes } } }] };
  return { description, content: { "application/problem+json": { schema } } };
}
