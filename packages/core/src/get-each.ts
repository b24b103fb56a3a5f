import { type Store, storeLimits } from "./ports/store.ts";
import type { AnyTable, KeyOf, Stored } from "./tables/define-table.ts";

/** As {@link Store.getMany}, of any number of keys: as many calls as it takes, one after another. */
export async function getEach<T extends AnyTable>(
  store: Store,
  table: T,
  keys: readonly KeyOf<T>[],
): Promise<(Stored<T> | undefined)[]> {
  const found: (Stored<T> | undefined)[] = [];
  for (let from = 0; from < keys.length; from += storeLimits.maxGetMany) {
    found.push(...(await store.getMany(table, keys.slice(from, from + storeLimits.maxGetMany))));
  }
  return found;
}
