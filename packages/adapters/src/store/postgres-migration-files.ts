import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { IncompatibleError } from "@aloft/core/errors";
import type { AnyTable } from "@aloft/core/tables/define-table";
import type { Declarations } from "./postgres-declaration.ts";
import { migrationsFor } from "./postgres-schema.ts";

/** One reviewed step from one version of the declarations to the next. */
export interface Migration {
  readonly id: number;
  /** Without its number. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256, in hexadecimal. */
  readonly checksum: string;
}

/** Where the migrations of Aloft's own tables are. */
export const migrationsFolder: string = fileURLToPath(new URL("../../migrations/postgres/", import.meta.url));
const declarationsFile = "declarations.json";
const fileName = /^(\d{4})-([a-z0-9-]+)\.sql$/;
/** Begins the line of a file that says what somebody has to decide. */
const undecided = "-- DECIDE:";
/** The first line of a file whose statements cannot run in a transaction. */
const outside = "-- aloft: no transaction";

/**
 * The migrations of a folder, in order.
 * @throws {IncompatibleError} a number is missing or there twice, or a file still has something to be decided.
 */
export function readMigrations(folder: string = migrationsFolder): readonly Migration[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .toSorted();
  return files.map((file, i) => {
    const [, number, name] = fileName.exec(file) ?? [];
    if (name === undefined || Number(number) !== i + 1) {
      throw new IncompatibleError(
        `${join(folder, file)} is not the migration ${i + 1}: they are numbered 0001, 0002 and so on.`,
      );
    }
    const sql = readFileSync(join(folder, file), "utf8");
    if (sql.split("\n").some((line) => line.startsWith(undecided))) {
      throw new IncompatibleError(
        `${join(folder, file)} has lines that begin with "${undecided}". Edit it by hand first.`,
      );
    }
    return { id: i + 1, name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
  });
}

export function runsInTransaction({ sql }: Migration): boolean {
  return !sql.startsWith(outside);
}

/** The statements of a file that cannot run in a transaction: each ends with a semicolon at the end of its line. */
export function statementsOf({ sql }: Migration): readonly string[] {
  return sql
    .split(/;\s*$/m)
    .map((statement) => statement.replaceAll(/^--.*$/gm, "").trim())
    .filter((statement) => statement !== "");
}

/** The declarations that a database fits once it has all migrations of the folder. */
export function readDeclarations(folder: string = migrationsFolder): Declarations {
  return JSON.parse(readFileSync(join(folder, declarationsFile), "utf8")) as Declarations;
}

/**
 * The files, by name, that a folder lacks for its migrations to lead to these declarations. None: nothing has changed.
 * @param given what the folder has now.
 */
export function generateMigration(
  tables: readonly AnyTable[],
  given: { readonly count: number; readonly declarations: Declarations },
  name: string,
): Readonly<Record<string, string>> {
  const { statements, refused, declarations } = migrationsFor(tables, given.declarations);
  if (JSON.stringify(declarations) === JSON.stringify(given.declarations)) return {};
  const number = String(given.count + 1).padStart(4, "0");
  const lines = [
    "-- Generated from the declarations in packages/core/src/tables.ts. Review it, then never change it again.",
    ...refused.flatMap(({ why, sql }) => [
      "",
      `${undecided} ${why} This loses data. Keep, change or remove the statement; then delete this line.`,
      `-- ${sql};`,
    ]),
    ...statements.flatMap((sql) => ["", `${sql};`]),
  ];
  return {
    [`${number}-${name}.sql`]: `${lines.join("\n")}\n`,
    [declarationsFile]: `${JSON.stringify(declarations, undefined, 2)}\n`,
  };
}
