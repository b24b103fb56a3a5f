import { z } from "zod";
import { InvalidError } from "../errors.ts";
import { perTable } from "./per-table.ts";
import { plainTypeOf, type AnyTable, type AttributeType } from "./define-table.ts";

/** The order of a table or of one of its indexes, as every engine lays it out. */
export interface Order {
  /** The index's name; undefined for the table's own key. */
  readonly index: string | undefined;
  readonly partition: readonly string[];
  /** What orders the items of a partition, the table's key last: no two items are equal in all of it. */
  readonly sort: readonly string[];
  /** How many of `sort` were declared; the rest only breaks ties. */
  readonly declaredSort: number;
}

/** What follows from a declaration, worked out once a table. */
export interface TableShape {
  readonly optional: ReadonlySet<string>;
  /** The attributes whose values are always text, or always numbers: those that can be columns of their own. */
  readonly plain: ReadonlyMap<string, AttributeType>;
  readonly orders: ReadonlyMap<string | undefined, Order>;
  /** Groups of attributes whose values together may not exceed a number of bytes. */
  readonly keyGroups: readonly { readonly attributes: readonly string[]; readonly kind: "partition" | "sort" }[];
  readonly keyAttributes: readonly string[];
}

export const shapeOf: (table: AnyTable) => TableShape = perTable(deriveShape);

/** @throws {InvalidError} the table has no such index. */
export function orderOf(table: AnyTable, index: string | undefined): Order {
  const order = shapeOf(table).orders.get(index);
  if (order === undefined) throw new InvalidError(`The table "${table.name}" has no index "${index}".`);
  return order;
}

/** The attributes an item must have to be in the index, or to take part in the unique constraint, and may lack. */
export function sparseAttributes(table: AnyTable, attributes: readonly string[]): readonly string[] {
  const { optional } = shapeOf(table);
  return attributes.filter((attribute) => optional.has(attribute));
}

function deriveShape(table: AnyTable): TableShape {
  const optional = new Set<string>();
  const plain = new Map<string, AttributeType>();
  for (const [attribute, schema] of Object.entries(table.item.shape)) {
    if (z.safeParse(schema, undefined).success) optional.add(attribute);
    const type = table.keyTypes[attribute] ?? plainTypeOf(schema);
    if (type !== undefined) plain.set(attribute, type);
  }
  const [partition, ...sort] = table.key as [string, ...string[]];
  const orders = new Map<string | undefined, Order>();
  orders.set(undefined, { index: undefined, partition: [partition], sort, declaredSort: sort.length });
  const keyGroups: { attributes: readonly string[]; kind: "partition" | "sort" }[] = [
    { attributes: [partition], kind: "partition" },
    { attributes: sort, kind: "sort" },
  ];
  for (const [index, { partition, sort = [] }] of Object.entries(table.indexes)) {
    const ties = table.key.filter((attribute) => !sort.includes(attribute) && !partition.includes(attribute));
    orders.set(index, { index, partition, sort: [...sort, ...ties], declaredSort: sort.length });
    keyGroups.push({ attributes: partition, kind: "partition" }, { attributes: [...sort, ...ties], kind: "sort" });
  }
  for (const attributes of Object.values(table.unique)) keyGroups.push({ attributes, kind: "partition" });
  return {
    optional,
    plain,
    orders,
    keyGroups: keyGroups.filter(({ attributes }) => attributes.length > 0),
    keyAttributes: Object.keys(table.keyTypes),
  };
}
