import type { AnyTable } from "./define-table.ts";

/** What `derive` gives for a table, worked out once a declaration. */
export function perTable<V>(derive: (table: AnyTable) => V): (table: AnyTable) => V {
  const derived = new WeakMap<AnyTable, { readonly value: V }>();
  return (table) => {
    let known = derived.get(table);
    if (known === undefined) {
      known = { value: derive(table) };
      derived.set(table, known);
    }
    return known.value;
  };
}
