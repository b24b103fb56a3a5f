import type { SQLOutputValue } from "node:sqlite";
import type { AnyTable } from "@aloft/core/tables/define-table";
import type { SearchPlan } from "@aloft/core/tables/pages";
import { tokenize } from "@aloft/core/tables/text";
import type { Database } from "./sqlite-database.ts";
import {
  idColumn,
  indexNameOf,
  layoutOf,
  newestIndexOf,
  quote,
  scopeIndexOf,
  sparseConditions,
} from "./sqlite-layout.ts";
import { orderBy, startConditions, startValues } from "./sqlite-pages.ts";
import { codecOf, type StoredItem } from "./sqlite-rows.ts";

/** Up to so many matches are looked up one by one; of more, the table is walked in its order until a page is full. */
const fewMatches = 1000;

/** Up to so many scopes are gone through one by one, even if what they hold must then be sorted. */
const fewScopes = 8;

/** What the full-text table is given: every word once. Its tokenizer splits at spaces and changes nothing more. */
export function indexedText(text: string): string {
  return [...new Set(tokenize(text))].join(" ");
}

/** The items that are found, from the search's start in its direction, one more than its limit if there are as many. */
export function readSearch(database: Database, plan: SearchPlan, now: number): StoredItem[] {
  const { table, words, scopes, limit } = plan;
  if (words.length === 0 || scopes.length === 0) return [];
  const match = words.map((word) => `"${word}"`).join(" ");
  const attribute = table.search?.scope ?? "";
  const few = hasFewMatches(database, table, match);
  const conditions = [
    ...sparseConditions(table, [attribute]),
    `${quote(attribute)} IN (SELECT value FROM json_each(?))`,
    few ? `${searchOf(table)} MATCH ?` : matches(table),
    ...startConditions(plan),
  ];
  const rows = database
    .prepare(
      `SELECT ${idColumn} FROM ${few ? lookedUp(table) : walked(table, scopes.length)} WHERE ${conditions.join(" AND ")} ` +
        `ORDER BY ${orderBy(plan)} LIMIT ?`,
    )
    .all(JSON.stringify(scopes), match, ...startValues(plan, now), limit + 1) as unknown as [number][];
  const reader = codecOf(table).reader();
  const row = database.prepare(`SELECT ${reader.columns} FROM ${layoutOf(table).name} WHERE ${idColumn} = ?`);
  return reader.items(rows.map(([id]) => row.get(id) as unknown as SQLOutputValue[]));
}

function hasFewMatches({ prepare }: Database, table: AnyTable, match: string): boolean {
  const sql = `SELECT count(*) FROM (SELECT 1 FROM ${searchOf(table)} WHERE ${searchOf(table)} MATCH ? LIMIT ?)`;
  const [count] = prepare(sql).get(match, fewMatches + 1) as unknown as [number];
  return count <= fewMatches;
}

/** From the matches to their rows, then sorted. */
function lookedUp(table: AnyTable): string {
  const search = searchOf(table);
  return `${search} CROSS JOIN ${layoutOf(table).name} ON ${idColumn} = ${search}.rowid`;
}

/**
 * Along an index, so that rows that do not match are never read: of many scopes in the order of what is found, until a
 * page is full; of few, or where scope and key are the order, scope by scope.
 */
function walked(table: AnyTable, scopes: number): string {
  const { search, key } = table;
  const byScope = search?.scope === key[0] ? indexNameOf(table, undefined) : quote(scopeIndexOf(table));
  const index = search?.newest !== undefined && scopes > fewScopes ? quote(newestIndexOf(table)) : byScope;
  return `${layoutOf(table).name} INDEXED BY ${index}`;
}

function matches(table: AnyTable): string {
  return `${idColumn} IN (SELECT rowid FROM ${searchOf(table)} WHERE ${searchOf(table)} MATCH ?)`;
}

function searchOf(table: AnyTable): string {
  return layoutOf(table).search ?? "";
}
