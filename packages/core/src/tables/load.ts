import { InvalidError, TooLargeError } from "../errors.ts";
import { storeLimits } from "../ports/store.ts";
import { versionAttribute, type AnyTable, type KeyValue } from "./define-table.ts";
import { doesNotFit, keyOf, validateStored, type AnyItem } from "./validate.ts";

/** An item that can be loaded. */
export interface LoadedItem {
  readonly key: readonly KeyValue[];
  /** Its declared attributes, without its version. */
  readonly item: AnyItem;
  readonly version: number;
}

/**
 * Checks items that are to be loaded.
 * @throws {InvalidError} an engine could not keep one, or two of them share a key or a unique value.
 * @throws {TooLargeError} there are too many, or one of them is too large.
 */
export function checkLoad(table: AnyTable, items: readonly AnyItem[]): readonly LoadedItem[] {
  if (items.length > storeLimits.maxLoadItems) {
    throw new TooLargeError(`At most ${storeLimits.maxLoadItems} items can be loaded at once, not ${items.length}.`);
  }
  const checked = items.map((given): LoadedItem => {
    const version = given[versionAttribute];
    if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1) {
      throw doesNotFit(table, [{ path: versionAttribute, message: "must be a whole number from 1" }]);
    }
    const item = validateStored(table, given);
    const key = keyOf(table, item);
    if (key === undefined) throw doesNotFit(table, [{ path: table.key.join(", "), message: "cannot be a key" }]);
    return { key, item, version };
  });
  const constraints = [table.key, ...Object.values(table.unique)];
  for (const attributes of constraints) checkDistinct(table, attributes, checked);
  return checked;
}

function checkDistinct(table: AnyTable, attributes: readonly string[], loaded: readonly LoadedItem[]): void {
  const seen = new Set<string>();
  for (const { item } of loaded) {
    const values = attributes.map((attribute) => item[attribute]);
    if (values.includes(undefined)) continue;
    const identity = JSON.stringify(values);
    if (seen.has(identity)) {
      throw new InvalidError(`Two items to load into "${table.name}" have the same ${attributes.join(", ")}.`);
    }
    seen.add(identity);
  }
}
