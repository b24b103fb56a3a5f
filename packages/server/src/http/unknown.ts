import type { FastifyInstance, FastifyRequest } from "fastify";
import { HttpError } from "./problem.ts";

export interface KnownAddresses {
  /** @throws {HttpError} `method_not_allowed` or `route_not_found`, whichever it is. */
  refuse(request: FastifyRequest): never;
}

/** Keeps note of the routes as they are added, to tell a wrong method from a wrong address. */
export function knownAddresses(app: FastifyInstance): KnownAddresses {
  const methodsByUrl = new Map<string, string[]>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = Array.isArray(method) ? method : [method];
    methodsByUrl.set(url, [...(methodsByUrl.get(url) ?? []), ...methods]);
  });
  const methodsAt = (path: string) =>
    [...methodsByUrl].flatMap(([url, methods]) => (pattern(url).test(path) ? methods : []));

  return {
    refuse(request) {
      const path = request.url.replace(/\?.*$/s, "");
      const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
      const allowed = [...new Set(methodsAt(path))].sort();
      if (allowed.length > 0) {
        const message = `${shown} takes ${allowed.join(", ")}, not ${request.method}.`;
        throw new HttpError("method_not_allowed", message, { headers: { allow: allowed.join(", ") } });
      }
      throw new HttpError(
        "route_not_found",
        `There is no ${request.method} ${shown} here. See /docs for what there is.`,
      );
    },
  };
}

function pattern(url: string): RegExp {
  const escaped = url.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/:\w+/g, "[^/]+").replace(/\\\*$/, ".*")}$`);
}
