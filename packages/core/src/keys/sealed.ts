import type { SealContext } from "../ports/keys.ts";
import type { AnyTable, Item } from "../tables/define-table.ts";

/** An attribute whose values are sealed, as base64. What there is to know of it is data, so that a job can re-seal it. */
export interface SealedAttribute {
  readonly table: AnyTable;
  readonly attribute: string;
  /** The attributes that say which record it belongs to. None of them ever changes. */
  readonly record: readonly string[];
  /** The attribute that says whose it is, if items of one tenant are to share data keys with none of another. */
  readonly tenant: string | undefined;
}

/**
 * Declares a sealed attribute.
 * @throws {TypeError} the declaration names what is no attribute, or does not bind the whole key.
 */
export function sealedAttribute<T extends AnyTable>(
  table: T,
  attribute: Extract<keyof Item<T>, string>,
  binding: {
    readonly record: readonly Extract<keyof Item<T>, string>[];
    readonly tenant?: Extract<keyof Item<T>, string>;
  },
): SealedAttribute {
  const { record, tenant } = binding;
  const unknown = [attribute, ...record, ...(tenant === undefined ? [] : [tenant])].filter(
    (name) => !Object.hasOwn(table.item.shape, name),
  );
  if (unknown.length > 0) throw new TypeError(`table ${table.name}: "${unknown.join('", "')}" is no attribute`);
  const loose = table.key.filter((name) => !(record as readonly string[]).includes(name));
  if (loose.length > 0) {
    throw new TypeError(
      `table ${table.name}: what is sealed must be bound to the key, also to "${loose.join('", "')}"`,
    );
  }
  return { table, attribute, record, tenant };
}

/** What a value of the attribute is sealed for, in this item. */
export function sealContextOf(
  { table, attribute, record, tenant }: SealedAttribute,
  item: Readonly<Record<string, unknown>>,
): SealContext {
  return {
    purpose: `${table.name}.${attribute}`,
    ...(tenant === undefined ? {} : { tenant: String(item[tenant]) }),
    record: Object.fromEntries(record.map((name) => [name, String(item[name])])),
  };
}
