import type { SQLOutputValue } from "node:sqlite";
import { IncompatibleError } from "@aloft/core/errors";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { searchTextOf, tokenizerVersion } from "@aloft/core/tables/text";
import type { AnyItem } from "@aloft/core/tables/validate";
import type { Database } from "./sqlite-database.ts";
import { isConstraint } from "./sqlite-errors.ts";
import { expiresColumn, idColumn, layoutOf, quote, restColumn, versionColumn, type Layout } from "./sqlite-layout.ts";
import { codecOf, type StoredItem } from "./sqlite-rows.ts";
import { indexedText } from "./sqlite-search.ts";

/** Rises when the engine itself lays tables out in another way. */
const layoutVersion = 1;

interface Wanted {
  readonly tables: readonly AnyTable[];
  readonly schemaVersion: number;
  readonly now: Date;
}

/**
 * Makes the database fit the declarations, in one transaction. Tables that are no longer declared keep their items.
 * @throws {IncompatibleError} the database was written by newer code, or its items do not allow the change. Nothing
 *   was changed.
 */
export function migrate(database: Database, wanted: Wanted): void {
  const { handle } = database;
  const declared = JSON.stringify([layoutVersion, wanted.tables.map(signatureOf)]);
  if (isCurrent(database, wanted, declared)) return;
  handle.exec("BEGIN IMMEDIATE");
  try {
    if (!isCurrent(database, wanted, declared)) {
      handle.exec(
        'CREATE TABLE IF NOT EXISTS "$aloft" (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID',
      );
      for (const table of wanted.tables) migrateTable(database, table, wanted.now);
      remember(database, "schemaVersion", String(wanted.schemaVersion));
      remember(database, "declarations", declared);
    }
    handle.exec("COMMIT");
  } catch (error) {
    if (handle.isTransaction) handle.exec("ROLLBACK");
    throw error;
  }
}

function signatureOf(table: AnyTable): unknown {
  const { name, search } = table;
  const { columns, indexes } = layoutOf(table);
  return [name, columns, [...indexes], search && searchSignatureOf(table), table.expires];
}

function searchSignatureOf(table: AnyTable): string {
  return JSON.stringify([tokenizerVersion, table.search?.text]);
}

function isCurrent({ path, ...database }: Database, wanted: Wanted, declared: string): boolean {
  if (!exists(database, "$aloft")) return false;
  const version = Number(recall(database, "schemaVersion"));
  if (version > wanted.schemaVersion) {
    throw new IncompatibleError(
      `${path} was written by a newer version (schema ${version}, this is ${wanted.schemaVersion}). Upgrade, or give ` +
        "another data folder. Nothing was changed.",
    );
  }
  return version === wanted.schemaVersion && recall(database, "declarations") === declared;
}

function migrateTable(database: Database, table: AnyTable, now: Date): void {
  const layout = layoutOf(table);
  if (exists(database, table.name)) changeTable(database, layout, now);
  else createTable(database, layout);
  for (const [index, sql] of layout.indexes) {
    if (!exists(database, index)) createIndex(database, table, index, sql);
  }
  remember(database, `expires:${table.name}`, table.expires ?? "");
  migrateSearch(database, layout);
}

function createTable({ handle }: Pick<Database, "handle">, { name, columns, table }: Layout): void {
  const definitions = columns.map((column) => {
    return `${column.name} ${column.type}${table.key.includes(column.attribute) ? " NOT NULL" : ""}`;
  });
  handle.exec(
    `CREATE TABLE ${name} (${idColumn} INTEGER PRIMARY KEY, ${definitions.join(", ")}, ${restColumn} TEXT,
      ${versionColumn} INTEGER NOT NULL, ${expiresColumn} INTEGER) STRICT`,
  );
}

function createIndex({ handle, path }: Database, table: AnyTable, index: string, sql: string): void {
  try {
    handle.exec(sql);
  } catch (error) {
    if (!isConstraint(error)) throw error;
    const [, kind, name] = index.split("$");
    const what = kind === "unique" ? `the unique constraint "${name}"` : "its key";
    throw new IncompatibleError(
      `${path}: items of "${table.name}" have equal values in ${what}, so the schema cannot be changed. Mend them with ` +
        "the version that wrote them. Nothing was changed.",
      { cause: error },
    );
  }
}

function changeTable(database: Database, layout: Layout, now: Date): void {
  const { handle } = database;
  const { table, name } = layout;
  const expiryChanged = recall(database, `expires:${table.name}`) !== (table.expires ?? "");
  if (!expiryChanged) removeExpired(database, layout, now);
  for (const [index, sql] of indexesOf(database, table)) {
    if (layout.indexes.get(index) === sql) continue;
    if (index === `${table.name}$key`) throw keyChanged(database, table);
    handle.exec(`DROP INDEX ${quote(index)}`);
  }
  const present = columnsOf(database, table);
  const wanted = new Map<string, string>(layout.columns.map(({ attribute, type }) => [attribute, type]));
  if ([...present].some(([attribute, type]) => wanted.get(attribute) !== type)) {
    rebuild(database, layout, present);
    return;
  }
  const fresh = layout.columns.filter(({ attribute }) => !present.has(attribute));
  for (const column of fresh) handle.exec(`ALTER TABLE ${name} ADD COLUMN ${column.name} ${column.type}`);
  if (expiryChanged) rewrite(database, table, "TRUE");
  else if (fresh.length > 0) rewrite(database, table, `${restColumn} IS NOT NULL`);
}

/** Makes the table anew. What is no longer declared stays with its items until they are next written. */
function rebuild(database: Database, layout: Layout, present: ReadonlyMap<string, string>): void {
  const { handle } = database;
  const { table, name } = layout;
  const codec = codecOf(table);
  const old = quote(`${table.name}$old`);
  handle.exec(`ALTER TABLE ${name} RENAME TO ${old}`);
  createTable(database, layout);
  const columns = [...codec.written, idColumn];
  const insert = handle.prepare(
    `INSERT INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  const attributes = [...present.keys()];
  const read = [...attributes.map(quote), restColumn, versionColumn].join(", ");
  for (const [id, values] of rowsOf(database, old, read, "TRUE")) {
    const [rest, version] = values.splice(attributes.length);
    const plain = attributes.map((attribute, i) => [attribute, values[i]]).filter(([, value]) => value !== null);
    const item: AnyItem = { ...Object.fromEntries(plain), ...(JSON.parse(String(rest ?? "{}")) as object) };
    const encoded = codec.encode(item, Number(version));
    const undeclared = Object.entries(item).filter(([attribute]) => !Object.hasOwn(table.item.shape, attribute));
    if (undeclared.length > 0) {
      const at = codec.written.indexOf(restColumn);
      const declared = JSON.parse(String(encoded[at] ?? "{}")) as object;
      encoded[at] = JSON.stringify({ ...declared, ...Object.fromEntries(undeclared) });
    }
    insert.run(...encoded, id);
  }
  handle.exec(`DROP TABLE ${old}`);
}

/** Moves values to the columns that they now have. */
function rewrite(database: Database, table: AnyTable, where: string): void {
  const { name } = layoutOf(table);
  const codec = codecOf(table);
  const set = codec.written.map((column) => `${column} = ?`).join(", ");
  const update = database.handle.prepare(`UPDATE ${name} SET ${set} WHERE ${idColumn} = ?`);
  for (const [id, item] of itemsOf(database, table, where)) update.run(...codec.encode(item, item.version), id);
}

function keyChanged({ path }: Database, table: AnyTable): IncompatibleError {
  return new IncompatibleError(
    `${path}: the key of "${table.name}" was declared otherwise when its items were written; a key cannot change. ` +
      "Declare a new table. Nothing was changed.",
  );
}

/** Expired items must not stand in the way of a new unique constraint. */
function removeExpired(database: Database, { table, name }: Layout, now: Date): void {
  const { handle } = database;
  const expired = `SELECT ${idColumn} FROM ${name} WHERE ${expiresColumn} <= ?`;
  const search = `${table.name}$search`;
  if (exists(database, search)) {
    handle.prepare(`DELETE FROM ${quote(search)} WHERE rowid IN (${expired})`).run(now.getTime());
  }
  handle.prepare(`DELETE FROM ${name} WHERE ${idColumn} IN (${expired})`).run(now.getTime());
}

function migrateSearch(database: Database, layout: Layout): void {
  const { table, search } = layout;
  const signature = search === undefined ? "" : searchSignatureOf(table);
  if ((recall(database, `search:${table.name}`) ?? "") === signature) return;
  const { handle } = database;
  handle.exec(`DROP TABLE IF EXISTS ${quote(`${table.name}$search`)}`);
  if (search !== undefined) {
    handle.exec(
      `CREATE VIRTUAL TABLE ${search} USING fts5(text, content='', contentless_delete=1, detail=none, tokenize='ascii')`,
    );
    const insert = handle.prepare(`INSERT INTO ${search} (rowid, text) VALUES (?, ?)`);
    for (const [id, item] of itemsOf(database, table, "TRUE")) {
      const text = indexedText(searchTextOf(table.search?.text ?? [], item));
      if (text !== "") insert.run(id, text);
    }
  }
  remember(database, `search:${table.name}`, signature);
}

function* itemsOf(database: Database, table: AnyTable, where: string): Generator<readonly [number, StoredItem]> {
  const reader = codecOf(table).everything;
  for (const [id, row] of rowsOf(database, layoutOf(table).name, reader.columns, where)) {
    const [item] = reader.items([row]);
    if (item !== undefined) yield [id, item];
  }
}

/** In steps, so that no statement is being read while its table is written. */
function* rowsOf(
  { handle }: Database,
  name: string,
  columns: string,
  where: string,
): Generator<readonly [id: number, row: SQLOutputValue[]]> {
  const step = handle.prepare(
    `SELECT ${columns}, ${idColumn} FROM ${name} WHERE ${idColumn} > ? AND ${where} ORDER BY ${idColumn} LIMIT 500`,
  );
  step.setReturnArrays(true);
  let last = 0;
  for (;;) {
    const rows = step.all(last) as unknown as SQLOutputValue[][];
    if (rows.length === 0) return;
    for (const row of rows) {
      last = Number(row.pop());
      yield [last, row];
    }
  }
}

function exists({ handle }: Pick<Database, "handle">, name: string): boolean {
  return handle.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(name) !== undefined;
}

function indexesOf({ handle }: Database, { name }: AnyTable): Map<string, string> {
  const rows = handle
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
    .all(name);
  return new Map(rows.map((row) => [String(row["name"]), String(row["sql"])]));
}

/** The columns made from attributes, with their types. */
function columnsOf({ handle }: Database, { name }: AnyTable): Map<string, string> {
  const rows = handle.prepare("SELECT name, type FROM pragma_table_info(?)").all(name);
  return new Map(
    rows
      .map((row) => [String(row["name"]), String(row["type"])] as const)
      .filter(([column]) => !column.startsWith("$")),
  );
}

function recall({ handle }: Pick<Database, "handle">, name: string): string | undefined {
  const value = handle.prepare('SELECT value FROM "$aloft" WHERE name = ?').get(name)?.["value"];
  return value === undefined ? undefined : String(value);
}

function remember({ handle }: Pick<Database, "handle">, name: string, value: string): void {
  handle.prepare('INSERT OR REPLACE INTO "$aloft" (name, value) VALUES (?, ?)').run(name, value);
}
