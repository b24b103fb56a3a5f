import type { FastifyInstance } from "fastify";
import { HttpError, type ProblemCode, problemKinds } from "./problem.ts";
import type { Route } from "./route.ts";

export interface DescriptionOptions {
  readonly routes: readonly Route[];
  readonly version: string;
}

/** The API's description for programs, `/openapi.json`, and for people, `/docs`. Made when first asked for. */
export function registerDescription(app: FastifyInstance, options: DescriptionOptions): void {
  let description: Promise<string> | undefined;
  const describe = async () => {
    const { openApiDocument } = await import("./openapi.ts");
    return JSON.stringify(openApiDocument(options.routes, options.version));
  };
  app.get("/openapi.json", async (_request, reply) => {
    description ??= describe();
    return reply
      .header("cache-control", "no-cache")
      .type("application/json; charset=utf-8")
      .send(await description);
  });
  app.get<{ Params: { code: string } }>("/problems/:code", async ({ params: { code } }, reply) => {
    if (!Object.hasOwn(problemKinds, code)) throw new HttpError("not_found", "The API has no problem of this code.");
    const { status, title } = problemKinds[code as ProblemCode];
    return reply.type("text/plain; charset=utf-8").send(`${code} (HTTP ${status})\n\n${title}.\n`);
  });
  app.get("/docs", async (request, reply) => (await import("./docs.ts")).sendDocsPage(request, reply));
  app.get("/docs/:file", async (request, reply) => {
    const { sendDocsFile } = await import("./docs.ts");
    if (await sendDocsFile(request, reply)) return reply;
    throw new HttpError("route_not_found", "The documentation has no such file. It starts at /docs.");
  });
}
