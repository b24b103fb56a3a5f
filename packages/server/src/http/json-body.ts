import type { FastifyInstance, FastifyRequest } from "fastify";
import { HttpError } from "./problem.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });
/** A text that may name `__proto__`, plainly or by escapes: a copy of it could replace its own prototype. */
const poisonous = /__proto__|\\u00[0-7]/i;
/** Of lists and objects in each other: whatever walks a body does so by recursion, and no operation takes more. */
const maxDepth = 64;

/**
 * Reads JSON bodies, and nothing else: an HTML form of another site cannot send one. An empty body is no body.
 * @throws {HttpError} `malformed_body`
 */
export function parseJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    async (request: FastifyRequest, bytes: Buffer) => {
      if ((request.headers["content-encoding"] ?? "identity") !== "identity") {
        throw new HttpError("unsupported_media_type", "Send the body as it is, without a Content-Encoding.");
      }
      return parse(bytes);
    },
  );
}

/** Leaves bodies of every type to the handler, as they come. */
export function takeAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
}

function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  const value = parseText(bytes);
  if (isDeeper(value, maxDepth)) {
    throw new HttpError("malformed_body", `The body nests lists and objects deeper than ${maxDepth} levels.`);
  }
  return value;
}

function parseText(bytes: Buffer): unknown {
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

/** Level by level and not by recursion, which a deep value would exhaust. */
function isDeeper(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; depth <= levels && level.length > 0; depth++) {
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
  }
  return level.length > 0;
}
