import { numberFault } from "./portable.ts";
import type { AnyTable } from "./define-table.ts";
import { checkSizes, doesNotFit, type AnyItem, type ValidChange } from "./validate.ts";

/**
 * The item as the change makes it.
 * @param bytesAtMost bound of the bytes of the item before, as DynamoDB counts them.
 * @throws {InvalidError} `add` names an attribute that is not a number, or the sum is out of range.
 * @throws {TooLargeError} a key or the item grows over the limit.
 */
export function applyChange(table: AnyTable, item: AnyItem, change: ValidChange, bytesAtMost: number): AnyItem {
  const changed: Record<string, unknown> = { ...item, ...change.set };
  for (const attribute of change.remove) delete changed[attribute];
  for (const [attribute, amount] of Object.entries(change.add)) {
    const before = changed[attribute] ?? 0;
    const sum = typeof before === "number" ? before + amount : Number.NaN;
    const fault = typeof before === "number" ? numberFault(sum) : "is not a number";
    if (fault !== undefined) throw doesNotFit(table, [{ path: `add.${attribute}`, message: fault }], "change");
    changed[attribute] = sum === 0 ? 0 : sum;
  }
  checkSizes(table, changed, bytesAtMost + change.bytesAtMost + 64 * Object.keys(change.add).length);
  return changed;
}
