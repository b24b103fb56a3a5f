import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import { searchTextOf, tokenize, tokenizerVersion } from "@aloft/core/tables/text";
import type { AnyItem } from "@aloft/core/tables/validate";
import { hashText, scopeHash, type Doc } from "./dynamodb-search-codec.ts";

/** What the search keeps of an item. */
export interface Entry {
  /** The key as one text. */
  readonly id: string;
  readonly key: AnyItem;
  readonly scope: KeyValue;
  /** Its place in the order of writing: first the time, then whatever tells it from others of that time. */
  readonly at: readonly KeyValue[];
  /** Its place among results. */
  readonly sort: readonly KeyValue[];
  /** Its different words. */
  readonly tokens: readonly string[];
}

/** An item that may be what is sought. */
export interface Candidate {
  readonly id: string;
  readonly key: AnyItem;
  readonly sort: readonly KeyValue[];
}

/** How a table's search lays out what it keeps. */
export interface SearchLayout {
  readonly table: AnyTable;
  readonly text: readonly string[];
  readonly scope: string;
  readonly newest: string | undefined;
  /** The attributes that order results. */
  readonly sort: readonly string[];
  /** The attributes of the key that neither the scope nor `newest` gives. */
  readonly rest: readonly string[];
  /** Whether items are written in about the order of `newest`, so that what is newer is in later segments. */
  readonly inOrder: boolean;
  /** What the words of the index depend on: another signature needs another index. */
  readonly signature: string;
}

export function searchLayoutOf(table: AnyTable): SearchLayout | undefined {
  const { search, key } = table;
  if (search === undefined) return undefined;
  const { text, scope, newest } = search;
  const sort = newest === undefined ? key : [newest, ...key.filter((name) => name !== newest)];
  const rest = key.filter((name) => name !== scope && name !== newest);
  const inOrder = search.recent !== undefined;
  const signature = JSON.stringify([1, tokenizerVersion, text, scope, newest, key, inOrder]);
  return { table, text, scope, newest, sort, rest, inOrder, signature };
}

export function idOf(layout: SearchLayout, item: AnyItem): string {
  return JSON.stringify(layout.table.key.map((name) => item[name]));
}

/** The different words of an item's text. */
export function tokensOf(layout: SearchLayout, item: AnyItem): string[] {
  return [...new Set(tokenize(searchTextOf(layout.text, item)))];
}

/** @returns undefined if no search can find the item: it has no scope. */
export function entryOf(layout: SearchLayout, item: AnyItem, at: readonly KeyValue[]): Entry | undefined {
  const scope = item[layout.scope];
  if (typeof scope !== "string" && typeof scope !== "number") return undefined;
  return {
    id: idOf(layout, item),
    key: pick(item, layout.table.key),
    scope,
    at,
    sort: layout.sort.map((name) => item[name] as KeyValue),
    tokens: tokensOf(layout, item),
  };
}

export function docOf(layout: SearchLayout, { key, scope, sort }: Entry): Doc {
  return {
    newest: layout.newest === undefined ? undefined : sort[0],
    scope: scopeHash(scope),
    rest: layout.rest.map((name) => key[name] as KeyValue),
  };
}

/** What the doc may stand for, within scopes: one item, or more if two scopes have the same hash. */
export function candidatesOf(
  layout: SearchLayout,
  { newest, scope, rest }: Doc,
  scopes: ReadonlyMap<number, readonly KeyValue[]>,
): Candidate[] {
  return (scopes.get(scope) ?? []).map((value) => {
    const known: Record<string, unknown> = { [layout.scope]: value };
    for (const [i, name] of layout.rest.entries()) known[name] = rest[i];
    if (layout.newest !== undefined) known[layout.newest] = newest;
    return {
      id: idOf(layout, known),
      key: pick(known, layout.table.key),
      sort: layout.sort.map((name) => known[name] as KeyValue),
    };
  });
}

/** Scopes by their hash. */
export function scopesByHash(scopes: readonly KeyValue[]): Map<number, KeyValue[]> {
  const byHash = new Map<number, KeyValue[]>();
  for (const scope of scopes) {
    const hash = scopeHash(scope);
    const same = byHash.get(hash);
    if (same === undefined) byHash.set(hash, [scope]);
    else same.push(scope);
  }
  return byHash;
}

export function bucketOf(term: string, buckets: number): string {
  return (hashText(term) % buckets).toString(36);
}

function pick(item: AnyItem, names: readonly string[]): AnyItem {
  return Object.fromEntries(names.map((name) => [name, item[name]]));
}
