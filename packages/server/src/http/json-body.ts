import type { FastifyInstance, FastifyRequest } from "fastify";
import { HttpError } from "./problem.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });
/** A text that may name `__proto__`, plainly or by escapes: a copy of it could replace its own prototype. */
const poisonous = /__proto__|\\u00[0-7]/i;

/**
 * Reads JSON bodies, and nothing else: an HTML form of another site cannot send one. An empty body is no body.
 * @throws {HttpError} `malformed_body`
 */
export function parseJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_request: FastifyRequest, bytes: Buffer) =>
    parse(bytes),
  );
}

function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    const text = utf8.decode(bytes);
    return poisonous.test(text) ? JSON.parse(text, withoutProto) : JSON.parse(text);
  } catch (cause) {
    const at = cause instanceof SyntaxError ? /position (\d+)/.exec(cause.message)?.[1] : undefined;
    const where = at === undefined ? "" : ` The fault is at character ${at}.`;
    throw new HttpError("malformed_body", `The body is not JSON in UTF-8.${where}`, { cause });
  }
}

function withoutProto(this: unknown, name: string, value: unknown): unknown {
  return name === "__proto__" ? undefined : value;
}
