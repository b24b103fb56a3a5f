// Writes src/api/schema.gen.ts, the types of the API, from its OpenAPI document.
//   node scripts/generate-client.mjs [document] [--check]
// document: a file, by default spec/openapi.json. --check writes nothing and fails if the file would change.
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const target = new URL("../src/api/schema.gen.ts", import.meta.url);
const published = new URL("../../../spec/openapi.json", import.meta.url);

const check = process.argv.includes("--check");
const given = process.argv.slice(2).find((argument) => !argument.startsWith("--"));
const document = given === undefined ? published : pathToFileURL(given);

const description = JSON.parse(await readFile(document, "utf8"));
// What contains itself is any JSON: types of it would have to refer to themselves, which an interface cannot.
for (const [name, schema] of Object.entries(description.components?.schemas ?? {})) {
  if (JSON.stringify(schema).includes(`"#/components/schemas/${name}"`)) description.components.schemas[name] = {};
}

const types = await openapiTS(description, { alphabetize: true });
const text = `// Generated from spec/openapi.json by scripts/generate-client.mjs. Do not edit.\n\n${astToString(types)}`;
const before = await readFile(target, "utf8").catch(() => "");

if (before === text) {
  process.stderr.write("The console's client is up to date.\n");
} else if (check) {
  process.stderr.write(
    "The console's client is not that of spec/openapi.json. Run: node packages/console/scripts/generate-client.mjs\n",
  );
  process.exitCode = 1;
} else {
  await writeFile(target, text);
  process.stderr.write("Wrote packages/console/src/api/schema.gen.ts.\n");
}
