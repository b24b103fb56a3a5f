// Writes the next migration of PostgreSQL into packages/adapters/migrations/postgres, if the declarations have changed.
//   npx node --conditions=aloft-source scripts/generate-migrations.mjs [--name what-changes] [--check]
// --check writes nothing and fails if there is something to write.
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  generateMigration,
  migrationsFolder,
  readDeclarations,
  readMigrations,
} from "../packages/adapters/src/store/postgres-migration-files.ts";
import { tables } from "../packages/core/src/tables.ts";

const { values } = parseArgs({ options: { name: { type: "string", default: "tables" }, check: { type: "boolean" } } });
await mkdir(migrationsFolder, { recursive: true });
const begun = existsSync(join(migrationsFolder, "declarations.json"));
const given = {
  count: begun ? readMigrations().length : 0,
  declarations: begun ? readDeclarations() : {},
};
const files = generateMigration(tables, given, values.name);
const names = Object.keys(files);
if (names.length === 0) process.stderr.write("The migrations lead to the declarations.\n");
else if (values.check) {
  process.stderr.write("The declarations have changed. Run npm run generate, and review the new migration.\n");
  process.exitCode = 1;
} else {
  for (const name of names) await writeFile(join(migrationsFolder, name), files[name]);
  process.stderr.write(`Wrote ${names.join(" and ")}. Review the SQL before you commit it.\n`);
}
