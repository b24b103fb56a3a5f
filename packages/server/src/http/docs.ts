import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyReply, FastifyRequest } from "fastify";
import { contentPolicies } from "./security.ts";
import { readFileOf, sendFile } from "./static.ts";

const uiFiles: ReadonlySet<string> = new Set(["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"]);

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Aloft API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
<script src="/docs/swagger-ui-bundle.js" defer></script>
<script src="/docs/initializer.js" defer></script>
</head>
<body><div id="swagger-ui"></div></body>
</html>
`;

const initializer = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
`;

const headers = { contentPolicy: contentPolicies.docs, immutable: false };

export function sendDocsPage(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendFile(request, reply, "index.html", Buffer.from(page), headers);
}

/** Swagger UI's files: those of its package, or where this is bundled, those beside it. */
function uiFolder(): string {
  const beside = fileURLToPath(new URL("../../swagger-ui", import.meta.url));
  return existsSync(beside) ? beside : dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
}

/** Whether there is such a file; then it is sent. */
export async function sendDocsFile(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const { file } = request.params as { readonly file: string };
  if (file === "initializer.js") {
    sendFile(request, reply, file, Buffer.from(initializer), headers);
    return true;
  }
  if (!uiFiles.has(file)) return false;
  const bytes = await readFileOf(uiFolder(), `/${file}`);
  if (bytes === undefined) return false;
  sendFile(request, reply, file, bytes, headers);
  return true;
}
