import { createHash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";
import { contentPolicies } from "./security.ts";

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

/** The file of a folder that a URL path names, or undefined: also for whatever would lead out of the folder. */
export async function readFileOf(folder: string, path: string): Promise<Buffer | undefined> {
  const decoded = decode(path);
  if (decoded === undefined || decoded.split(/[/\\]/).some((part) => part.startsWith("."))) return undefined;
  if (decoded.includes("\0") || !(extname(decoded) in contentTypes)) return undefined;
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, decoded));
    return file.startsWith(root + sep) ? await readFile(file) : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const absentCodes: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP"]);

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && absentCodes.has(String(error.code));
}

export interface FileHeaders {
  readonly contentPolicy: string;
  /** The file's name holds a hash of its content: whoever has it never need ask again. */
  readonly immutable: boolean;
}

export function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  bytes: Buffer,
  { contentPolicy, immutable }: FileHeaders,
): FastifyReply {
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  reply.headers({
    etag,
    "cache-control": immutable ? "public, max-age=31536000, immutable" : "no-cache",
    "content-security-policy": contentPolicy,
  });
  const known = request.headers["if-none-match"]?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
  if (known === true) return reply.code(304).send();
  return reply
    .code(200)
    .type(contentTypes[extname(name)] ?? "application/octet-stream")
    .send(bytes);
}

const notThePages = /^\/(?:api|auth|docs|health|openapi\.json|problems|ws)(?:[/.]|$)/;

export interface ConsoleFiles {
  /** Whether the request was for the console; then it is answered. */
  serve(request: FastifyRequest, reply: FastifyReply): Promise<boolean>;
}

/** The built console: its files, and its one page for every address that a person opens in it. */
export function consoleFiles(folder: string): ConsoleFiles {
  return {
    async serve(request, reply) {
      const path = request.url.replace(/\?.*$/s, "");
      if ((request.method !== "GET" && request.method !== "HEAD") || notThePages.test(path)) return false;
      const contentPolicy = contentPolicies.console;
      const file = await readFileOf(folder, path);
      if (file !== undefined) {
        sendFile(request, reply, path, file, { contentPolicy, immutable: path.startsWith("/assets/") });
        return true;
      }
      if (path.startsWith("/assets/") || (path !== "/" && !acceptsPages(request))) return false;
      const page = await readFileOf(folder, "/index.html");
      if (page === undefined) sendMissing(reply);
      else sendFile(request, reply, "index.html", page, { contentPolicy, immutable: false });
      return true;
    },
  };
}

function acceptsPages({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes("text/html") === true;
}

const missing = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Aloft</title>
<h1>The console is not built</h1>
<p>The API is running: see <a href="/docs">its documentation</a>.
<p>To build the console, run <code>npm run build</code> in the repository and reload this page.
`;

function sendMissing(reply: FastifyReply): void {
  reply.code(503).type("text/html; charset=utf-8").header("cache-control", "no-store").send(missing);
}
