import { perTable } from "../tables/per-table.ts";
import { versionAttribute, type AnyTable } from "../tables/define-table.ts";
import type { AnyItem } from "../tables/validate.ts";

/**
 * An item as a text that equal items share, whatever order an engine gives their attributes in: its declared
 * attributes and its version as JSON, names in order, numbers by value.
 */
export function canonicalItem(table: AnyTable, item: AnyItem): string {
  let text = "{";
  for (const name of attributesOf(table)) {
    const value = item[name];
    if (value !== undefined) text += `${text === "{" ? "" : ","}${JSON.stringify(name)}:${canonicalValue(value)}`;
  }
  return `${text}}`;
}

/** The attributes in which two items with one key differ, the version among them. */
export function differingAttributes(table: AnyTable, a: AnyItem, b: AnyItem): string[] {
  return attributesOf(table).filter((name) => canonicalValue(a[name]) !== canonicalValue(b[name]));
}

/** The item's key as a text that no other key has. */
export function canonicalKey(table: AnyTable, item: AnyItem): string {
  return JSON.stringify(table.key.map((attribute) => item[attribute]));
}

const attributesOf = perTable((table) => [...Object.keys(table.item.shape), versionAttribute].sort(byCodeUnits));

function canonicalValue(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalValue).join(",")}]`;
  const parts: string[] = [];
  for (const name of Object.keys(value).sort(byCodeUnits)) {
    const element = (value as AnyItem)[name];
    if (element !== undefined) parts.push(`${JSON.stringify(name)}:${canonicalValue(element)}`);
  }
  return `{${parts.join(",")}}`;
}

function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
