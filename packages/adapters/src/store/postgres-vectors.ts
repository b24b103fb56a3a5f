import type { AnyTable, VectorDefinition } from "@aloft/core/tables/define-table";
import { quote } from "./postgres-layout.ts";

/** How a database stands to the vectors that tables declare. */
export interface VectorStatus {
  /** The version of pgvector in the database, or null. */
  readonly installed: string | null;
  /** The version that the server has to be installed, or null. */
  readonly available: string | null;
  /** Whether the user may install it. */
  readonly creatable: boolean;
  /** Where its types and operators are, quoted; empty if it is not there. */
  readonly schema: string;
  /** Whether the user may use that schema. */
  readonly usable: boolean;
  /** The columns that hold vectors for the index. */
  readonly columns: readonly VectorColumn[];
}

interface VectorColumn {
  readonly table: string;
  /** Unquoted. */
  readonly name: string;
  readonly dimensions: number;
  readonly indexed: boolean;
}

/** Runs one statement and gives its rows as objects. */
type Ask = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Of pgvector's type `vector`. @see https://github.com/pgvector/pgvector#hnsw */
const maxIndexedDimensions = 2000;
const columnPrefix = "$vector$";

/** The column beside the attribute's own, which the database itself keeps in step with it. Quoted. */
export function vectorColumn(attribute: string): string {
  return quote(columnPrefix + attribute);
}

function vectorIndex(table: string, attribute: string): string {
  return quote(`${table}${columnPrefix}${attribute}`);
}

export function declaresVectors(tables: Iterable<AnyTable>): boolean {
  return [...tables].some(({ vectors }) => Object.keys(vectors).length > 0);
}

const extensionSql =
  "SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS installed, " +
  "(SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available, " +
  "(SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector') AS schema, " +
  "(SELECT has_schema_privilege(extnamespace, 'USAGE') FROM pg_extension WHERE extname = 'vector') AS usable, " +
  "(SELECT rolsuper FROM pg_roles WHERE rolname = current_user) " +
  "OR EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_superuser' AND pg_has_role(oid, 'MEMBER')) " +
  "OR (has_database_privilege(current_database(), 'CREATE') AND EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'vector' AND trusted)) AS creatable";

/** Looks, changing nothing. */
export async function vectorStatus(ask: Ask, tables: Iterable<AnyTable>): Promise<VectorStatus> {
  const [found = {}] = await ask(extensionSql);
  const names = [...tables].map(({ name }) => `to_regclass('${quote(name)}')`);
  const columns = await ask(
    `SELECT c.relname AS "table", a.attname AS name, a.atttypmod AS dimensions, EXISTS (SELECT FROM pg_index i ` +
      `JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam WHERE i.indrelid = c.oid ` +
      `AND a.attnum = ANY(i.indkey) AND i.indisvalid AND m.amname = 'hnsw') AS indexed FROM pg_class c ` +
      `JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.oid = ANY(ARRAY[${names.join(", ")}]::oid[]) ` +
      `AND NOT a.attisdropped AND starts_with(a.attname::text, '${columnPrefix}')`,
  );
  return {
    installed: (found["installed"] ?? null) as string | null,
    available: (found["available"] ?? null) as string | null,
    creatable: isTrue(found["creatable"]),
    schema: (found["schema"] ?? "") as string,
    usable: isTrue(found["usable"]),
    columns: columns.map((column) => ({
      table: column["table"] as string,
      name: column["name"] as string,
      dimensions: Number(column["dimensions"]),
      indexed: isTrue(column["indexed"]),
    })),
  };
}

/** Booleans come as the driver was told to parse them. */
function isTrue(value: unknown): boolean {
  return value === true || value === "t" || value === "true";
}

function canServe({ installed, usable }: VectorStatus): boolean {
  return installed !== null && isRecent(installed) && usable;
}

/** Whether pgvector goes on in its index until it has found enough that the filters let through: from 0.8. */
function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 0 || minor >= 8;
}

/** Whether the vectors of this attribute are found by an index. */
export function isIndexed(status: VectorStatus, table: AnyTable, { attribute, dimensions }: VectorDefinition): boolean {
  if (!canServe(status)) return false;
  const column = columnOf(status, table, attribute);
  return column?.indexed === true && column.dimensions === dimensions;
}

function columnOf({ columns }: VectorStatus, { name }: AnyTable, attribute: string): VectorColumn | undefined {
  return columns.find((column) => column.table === name && quote(column.name) === vectorColumn(attribute));
}

/**
 * What there is to be done for the vectors of the tables: each statement by itself, for an index is built while others
 * write. When it is done there may be more to do. Nothing is lost by it: the columns repeat what the attributes hold.
 */
export function vectorStatements(status: VectorStatus, tables: readonly AnyTable[]): readonly string[] {
  if (status.installed === null) {
    const wanted = tables.some((table) => Object.values(table.vectors).some(canBeIndexed));
    const possible = status.creatable && status.available !== null && isRecent(status.available);
    return wanted && possible ? ["CREATE EXTENSION IF NOT EXISTS vector"] : [];
  }
  return [
    ...tables.flatMap((table) => dropStale(status, table)),
    ...tables.flatMap((table) => addMissing(status, table)),
  ];
}

function canBeIndexed({ dimensions }: VectorDefinition): boolean {
  return dimensions <= maxIndexedDimensions;
}

function dropStale({ columns }: VectorStatus, table: AnyTable): string[] {
  const wanted = Object.values(table.vectors).filter(canBeIndexed);
  const stale = columns.filter((column) => {
    const isWanted = wanted.some(
      ({ attribute, dimensions }) => vectorColumn(attribute) === quote(column.name) && dimensions === column.dimensions,
    );
    return column.table === table.name && !isWanted;
  });
  return stale.map(({ name }) => `ALTER TABLE ${quote(table.name)} DROP COLUMN ${quote(name)}`);
}

function addMissing(status: VectorStatus, table: AnyTable): string[] {
  if (!canServe(status)) return [];
  const name = quote(table.name);
  return Object.values(table.vectors)
    .filter((vector) => canBeIndexed(vector) && !isIndexed(status, table, vector))
    .flatMap(({ attribute, dimensions }) => {
      const index = vectorIndex(table.name, attribute);
      const there = columnOf(status, table, attribute)?.dimensions === dimensions;
      const column = `${vectorColumn(attribute)} ${status.schema}.vector(${dimensions})`;
      return [
        ...(there
          ? [`DROP INDEX IF EXISTS ${index}`]
          : [
              `ALTER TABLE ${name} ADD COLUMN ${column} GENERATED ALWAYS AS (${vectorSql(status, attribute, dimensions)}) STORED`,
            ]),
        `CREATE INDEX CONCURRENTLY ${index} ON ${name} USING hnsw (${vectorColumn(attribute)} ${status.schema}.vector_cosine_ops)`,
      ];
    });
}

/**
 * The attribute as a vector; NULL if it is none, as only loaded items can have it. Numbers that single precision has no
 * room for are written with "e+".
 */
function vectorSql({ schema }: VectorStatus, attribute: string, dimensions: number): string {
  const json = quote(attribute);
  const vector = `${json}::text::${schema}.vector(${dimensions})`;
  const sound = `CASE WHEN ${schema}.vector_norm(${vector}) BETWEEN 0.9e-6 AND 1.1e6 THEN ${vector} END`;
  const numbers = `CASE WHEN json_array_length(${json}) = ${dimensions} AND ${json}::text ~ '^[[][-0-9.e,]+[]]$' THEN ${sound} END`;
  return `CASE json_typeof(${json}) WHEN 'array' THEN ${numbers} END`;
}

/** What somebody should know of it; undefined if there is nothing. */
export function vectorNotice(status: VectorStatus, tables: readonly AnyTable[], database: string): string | undefined {
  const slow = tables.flatMap((table) =>
    Object.entries(table.vectors)
      .filter(([, vector]) => !isIndexed(status, table, vector))
      .map(([name, vector]) => ({ name: `"${name}" of ${table.name}`, large: !canBeIndexed(vector) })),
  );
  const large = slow.filter((vectors) => vectors.large).map(({ name }) => name);
  const others = slow.filter((vectors) => !vectors.large).map(({ name }) => name);
  const notices: string[] = [];
  if (large.length > 0) {
    notices.push(
      `The vectors ${large.join(", ")} are searched one by one: pgvector's index takes at most ${maxIndexedDimensions} dimensions.`,
    );
  }
  const remedy = remedyOf(status, database);
  if (others.length > 0) notices.push(`The vectors ${others.join(", ")} are searched one by one. ${remedy}`);
  else if (status.installed === null) notices.push(remedy);
  return notices.length === 0 ? undefined : notices.join(" ");
}

function remedyOf({ installed, available, schema, usable }: VectorStatus, database: string): string {
  const superuser = "As a superuser (on RDS and Aurora, a member of rds_superuser), run: ";
  if (installed !== null) {
    if (!usable) return `${superuser}GRANT USAGE ON SCHEMA ${schema} TO the user of this server`;
    if (isRecent(installed)) return "As the owner of the tables, run: aloft store migrate";
    return `The database "${database}" has pgvector ${installed}, and 0.8 is needed. ${superuser}ALTER EXTENSION vector UPDATE`;
  }
  const missing = `The database "${database}" has no pgvector, so no index of vectors can be made in it.`;
  const create = "CREATE EXTENSION vector";
  if (available !== null) return `${missing} ${superuser}${create}`;
  return `${missing} Install it at the server first (Debian: postgresql-18-pgvector; RDS and Aurora have it). ${superuser}${create}`;
}
