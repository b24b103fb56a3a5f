import type { AnyTable } from "@aloft/core/tables/define-table";
import {
  declarationsOf,
  type Declarations,
  type SearchDeclaration,
  type TableDeclaration,
} from "./postgres-declaration.ts";
import {
  expiresColumn,
  quote,
  restColumn,
  searchTableOf,
  tenantColumn,
  versionColumn,
  wordsColumn,
  type ColumnType,
} from "./postgres-layout.ts";

/** What has to be done to a database for it to fit declarations. */
export interface SchemaChange {
  /** In order; none loses data. */
  readonly statements: readonly string[];
  /** What may lose data, so that somebody has to decide: why, and the SQL that would do it. */
  readonly refused: readonly { readonly why: string; readonly sql: string }[];
  /** What the database fits once all of it is done. */
  readonly declarations: Declarations;
}

/**
 * The SQL that brings a database to these declarations.
 * @param before the declarations it fits now. Default: none, an empty database.
 */
export function migrationsFor(tables: readonly AnyTable[], before: Declarations = {}): SchemaChange {
  const declarations = declarationsOf(tables);
  const change: Change = { statements: [], refused: [] };
  for (const [name, table] of Object.entries(declarations)) {
    const old = before[name];
    if (old === undefined) change.statements.push(...createTable(name, table));
    else alterTable(name, old, table, change);
  }
  for (const name of Object.keys(before)) {
    if (declarations[name] !== undefined) continue;
    change.refused.push({
      why: `The table "${name}" is no longer declared.`,
      sql: `DROP TABLE ${quote(name)} CASCADE`,
    });
  }
  return { ...change, declarations };
}

interface Change {
  readonly statements: string[];
  readonly refused: { readonly why: string; readonly sql: string }[];
}

const tenantSetting = "current_setting('aloft.tenant', true)";

function createTable(name: string, table: TableDeclaration): string[] {
  const table_ = quote(name);
  const lines = [
    `${tenantColumn} text COLLATE "C" NOT NULL`,
    ...Object.entries(table.columns).map(([column, type]) => {
      return columnSql(column, type) + (table.key.includes(column) ? " NOT NULL" : "");
    }),
    `${versionColumn} bigint NOT NULL`,
    `${expiresColumn} bigint`,
    `${restColumn} json`,
    ...(table.search === null ? [] : [`${wordsColumn} tsvector`]),
    `CONSTRAINT ${quote(`${name}$key`)} PRIMARY KEY (${columnList(table.key)})`,
    ...Object.entries(table.unique).map(([unique, columns]) => uniqueSql(name, unique, columns)),
  ];
  return [
    `CREATE TABLE ${table_} (\n  ${lines.join(",\n  ")}\n)`,
    ...rowSecurity(name, "tenant", `USING (${tenantColumn} = ${tenantSetting})`),
    ...Object.entries(table.indexes).map(([index, definition]) => indexSql(name, index, definition)),
    ...(table.expires === null ? [] : [expiryIndex(name)]),
    ...(table.search === null ? [] : createSearch(name, table.search, table.columns)),
  ];
}

function columnSql(column: string, type: ColumnType): string {
  return `${quote(column)} ${type}${type === "text" ? ' COLLATE "C"' : ""}`;
}

function columnList(columns: readonly string[]): string {
  return [tenantColumn, ...columns.map(quote)].join(", ");
}

function uniqueSql(table: string, unique: string, columns: readonly string[]): string {
  return `CONSTRAINT ${quote(`${table}$unique$${unique}`)} UNIQUE (${columnList(columns)})`;
}

function indexSql(table: string, index: string, { columns, present }: TableDeclaration["indexes"][string]): string {
  const where = present.map((column) => `${quote(column)} IS NOT NULL`).join(" AND ");
  const partial = where === "" ? "" : ` WHERE ${where}`;
  return `CREATE INDEX ${quote(`${table}$${index}`)} ON ${quote(table)} (${columnList(columns)})${partial}`;
}

function expiryIndex(table: string): string {
  const columns = `${tenantColumn}, ${expiresColumn}`;
  return `CREATE INDEX ${quote(`${table}$expires`)} ON ${quote(table)} (${columns}) WHERE ${expiresColumn} IS NOT NULL`;
}

function rowSecurity(table: string, policy: string, rule: string): string[] {
  return [
    `ALTER TABLE ${quote(table)} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${quote(table)} FORCE ROW LEVEL SECURITY`,
    `CREATE POLICY ${quote(policy)} ON ${quote(table)} ${rule}`,
  ];
}

/** Words that were added lately stand in a list that every search reads whole: kept short, it costs little. */
const pendingWordsKilobytes = 256;

/** The words' indexes, and the parent that a search reads; see docs/adr/0014. */
function createSearch(name: string, search: SearchDeclaration, columns: TableDeclaration["columns"]): string[] {
  const parent = searchTableOf(name);
  const lines = [
    `${tenantColumn} text COLLATE "C" NOT NULL`,
    ...search.columns.map((column) => columnSql(column, columns[column] ?? "text")),
    `${expiresColumn} bigint`,
    `${wordsColumn} tsvector`,
  ];
  const words = `NULLIF(current_setting('aloft.words', true), '')::tsquery`;
  return [
    `CREATE INDEX ${quote(`${name}$words`)} ON ${quote(name)} USING gin (${wordsColumn}) WITH (gin_pending_list_limit = ${pendingWordsKilobytes})`,
    `CREATE INDEX ${quote(`${name}$wordless`)} ON ${quote(name)} (${tenantColumn}) WHERE ${wordsColumn} IS NULL`,
    `CREATE TABLE ${quote(parent)} (\n  ${lines.join(",\n  ")},\n  CHECK (false) NO INHERIT\n)`,
    ...rowSecurity(
      parent,
      "search",
      `FOR SELECT USING (${tenantColumn} = ${tenantSetting} AND ${wordsColumn} @@ ${words})`,
    ),
    `ALTER TABLE ${quote(name)} INHERIT ${quote(parent)}`,
  ];
}

function alterTable(name: string, old: TableDeclaration, now: TableDeclaration, change: Change): void {
  const table = quote(name);
  if (old.key.join("\0") !== now.key.join("\0")) {
    const sql = `ALTER TABLE ${table} DROP CONSTRAINT ${quote(`${name}$key`)}, ADD CONSTRAINT ${quote(`${name}$key`)} PRIMARY KEY (${columnList(now.key)})`;
    change.refused.push({
      why: `The key of "${name}" changed from (${old.key.join(", ")}) to (${now.key.join(", ")}).`,
      sql,
    });
  }
  const searchChanged = !same(old.search, now.search);
  if (searchChanged && old.search !== null) change.statements.push(...dropSearch(name));
  dropChanged(name, old, now, change);
  alterColumns(name, old, now, change);
  for (const [unique, columns] of Object.entries(now.unique)) {
    if (!same(old.unique[unique], columns))
      change.statements.push(`ALTER TABLE ${table} ADD ${uniqueSql(name, unique, columns)}`);
  }
  for (const [index, definition] of Object.entries(now.indexes)) {
    if (!same(old.indexes[index], definition)) change.statements.push(indexSql(name, index, definition));
  }
  if (old.expires !== now.expires) change.statements.push(...alterExpiry(name, old.expires, now.expires));
  if (!searchChanged || now.search === null) return;
  if (old.search === null)
    change.statements.push(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${wordsColumn} tsvector`);
  else if (!same([old.search.text, old.search.tokenizer], [now.search.text, now.search.tokenizer])) {
    change.statements.push(...asOwner(name, `UPDATE ${table} SET ${wordsColumn} = NULL`));
  }
  change.statements.push(...createSearch(name, now.search, now.columns));
}

function dropChanged(name: string, old: TableDeclaration, now: TableDeclaration, change: Change): void {
  for (const [index, definition] of Object.entries(old.indexes)) {
    if (!same(now.indexes[index], definition)) change.statements.push(`DROP INDEX ${quote(`${name}$${index}`)}`);
  }
  for (const [unique, columns] of Object.entries(old.unique)) {
    if (same(now.unique[unique], columns)) continue;
    change.statements.push(`ALTER TABLE ${quote(name)} DROP CONSTRAINT ${quote(`${name}$unique$${unique}`)}`);
  }
}

function alterColumns(name: string, old: TableDeclaration, now: TableDeclaration, change: Change): void {
  const table = quote(name);
  for (const [column, type] of Object.entries(now.columns)) {
    const before = old.columns[column];
    const alter = `ALTER TABLE ${table} ALTER COLUMN ${quote(column)} TYPE`;
    if (before === undefined) change.statements.push(`ALTER TABLE ${table} ADD COLUMN ${columnSql(column, type)}`);
    else if (before !== type && type === "json") {
      change.statements.push(`${alter} json USING to_json(${quote(column)})`);
    } else if (before !== type) {
      const why = `The attribute "${column}" of "${name}" changed from ${before} to ${type}.`;
      change.refused.push({ why, sql: `${alter} ${type} USING ${quote(column)}::text::${type}` });
    }
  }
  for (const column of Object.keys(old.columns)) {
    if (now.columns[column] !== undefined) continue;
    const why = `The attribute "${column}" of "${name}" is no longer declared.`;
    change.refused.push({ why, sql: `ALTER TABLE ${table} DROP COLUMN ${quote(column)}` });
  }
}

function alterExpiry(name: string, old: string | null, now: string | null): string[] {
  const value = now === null ? "NULL" : `(extract(epoch FROM ${quote(now)}::timestamptz) * 1000)::bigint`;
  return [
    ...asOwner(name, `UPDATE ${quote(name)} SET ${expiresColumn} = ${value}`),
    ...(old === null ? [expiryIndex(name)] : []),
    ...(now === null ? [`DROP INDEX ${quote(`${name}$expires`)}`] : []),
  ];
}

function dropSearch(name: string): string[] {
  const parent = quote(searchTableOf(name));
  return [
    `ALTER TABLE ${quote(name)} NO INHERIT ${parent}`,
    `DROP TABLE ${parent}`,
    `DROP INDEX ${quote(`${name}$words`)}, ${quote(`${name}$wordless`)}`,
  ];
}

/** Changes rows of every tenant, which the row policy keeps even the table's owner from while it is forced. */
function asOwner(table: string, sql: string): string[] {
  return [
    `ALTER TABLE ${quote(table)} NO FORCE ROW LEVEL SECURITY`,
    sql,
    `ALTER TABLE ${quote(table)} FORCE ROW LEVEL SECURITY`,
  ];
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
