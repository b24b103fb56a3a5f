import type { Store } from "@aloft/core/ports/store";
import type { AnyTable } from "@aloft/core/tables/define-table";

/** Where the tables are kept. */
export type StoreConfig = {
  readonly type: "sqlite";
  /** The database file. */
  readonly path: string;
};

export interface OpenStoreOptions {
  readonly tables: readonly AnyTable[];
  /** The number of these declarations, which rises with every change to them. */
  readonly schemaVersion: number;
  /** What expiry goes by. Default: the system's clock. */
  readonly now?: () => Date;
}

/**
 * Opens the store that is configured, loading its engine alone.
 * @throws {AloftError} what keeps it from opening, with what to do about it.
 */
export async function openStore(config: StoreConfig, options: OpenStoreOptions): Promise<Store> {
  const { type, ...settings } = config;
  switch (type) {
    case "sqlite": {
      const { sqliteStore } = await import("./sqlite.ts");
      return sqliteStore({ ...settings, ...options });
    }
    default:
      throw new TypeError(`There is no store of the type ${JSON.stringify(type satisfies never)}.`);
  }
}
