import { join } from "node:path";
import { contractTables } from "@aloft/core/contract/store-tables";
import { copyStore, type CopyOptions } from "@aloft/core/moving/copy";
import type { Store } from "@aloft/core/ports/store";
import type { Stored, AnyTable } from "@aloft/core/tables/define-table";
import { sqliteStore } from "../../store/sqlite.ts";
import { sha256Words } from "../hash.ts";

export const tables: readonly AnyTable[] = contractTables;

export function openFile(folder: string, name: string): Promise<Store> {
  return sqliteStore({ path: join(folder, name), tables, schemaVersion: 1, upkeep: false });
}

/** What a copy takes besides its stores, for one that is not resumed. */
export function plainCopy(from: Store, to: Store, more: Partial<CopyOptions> = {}): CopyOptions {
  const journal = { state: undefined, save: () => undefined };
  return { from, to, tables, hash: sha256Words, journal, freeze: true, onProgress: () => undefined, ...more };
}

export const copy = (from: Store, to: Store, more: Partial<CopyOptions> = {}): ReturnType<typeof copyStore> =>
  copyStore(plainCopy(from, to, more));

/** Every item of a store, by table, in the order of their keys. */
export async function everything(store: Store): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for (const table of tables) {
    const items: Stored<AnyTable>[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.scan(table, { limit: 1000, cursor });
      items.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    const keyed = items.map((item) => [JSON.stringify(table.key.map((name) => item[name])), item] as const);
    all[table.name] = keyed.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  }
  return all;
}
