import { InvalidError } from "@aloft/core/errors";
import { z } from "zod";
import type { Route } from "./route.ts";

/**
 * An error of the domain with its faults named by where they stand in the request, as validation names them:
 * `body.tools.0` for the domain's `tools.0`. Any other error comes back as it is.
 */
export function located(error: unknown, route: Pick<Route, "params" | "query" | "body">): unknown {
  if (!(error instanceof InvalidError) || error.issues.length === 0) return error;
  const issues = error.issues.map(({ path, message }) => {
    const [attribute = ""] = path.split(".");
    const place = (["body", "query", "params"] as const).find((part) => names(route[part], attribute));
    return { path: place === undefined ? path : `${place}.${path}`, message };
  });
  return new InvalidError(error.message, issues, { cause: error });
}

function names(schema: z.ZodType | undefined, attribute: string): boolean {
  return schema instanceof z.ZodObject && attribute in schema.shape;
}
