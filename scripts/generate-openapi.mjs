// Writes spec/openapi.json, the API's description, from its routes.
//   npx node --conditions=aloft-source scripts/generate-openapi.mjs [--check]
// --check writes nothing and fails if the file would change.
import { readFile, writeFile } from "node:fs/promises";
import { openApiDocument } from "../packages/server/src/http/openapi.ts";
import { routes } from "../packages/server/src/routes/index.ts";
import { version } from "../packages/server/src/version.ts";

const target = new URL("../spec/openapi.json", import.meta.url);
const text = `${JSON.stringify(openApiDocument(routes, version), null, 2)}\n`;
const before = await readFile(target, "utf8").catch(() => "");

if (before === text) process.stderr.write("spec/openapi.json is up to date.\n");
else if (process.argv.includes("--check")) {
  process.stderr.write("spec/openapi.json is not that of the routes. Run: npm run generate\n");
  process.exitCode = 1;
} else {
  await writeFile(target, text);
  process.stderr.write("Wrote spec/openapi.json.\n");
}
