import type { KeyValue } from "./define-table.ts";

/**
 * Orders strings by their UTF-8 bytes, which is by code point: what `<` does, except that UTF-16 puts characters
 * beyond U+FFFF below U+E000 to U+FFFF.
 * @returns negative, 0 or positive.
 */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for the highest code points. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Orders key values of one type: numbers by value, strings by their UTF-8 bytes. */
export function compareKeyValues(a: KeyValue, b: KeyValue): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return compareStrings(String(a), String(b));
}

/** Orders lists of key values, the first difference deciding. */
export function compareKeys(a: readonly KeyValue[], b: readonly KeyValue[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareKeyValues(a[i] as KeyValue, b[i] as KeyValue);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/**
 * The first string after every string that begins with `prefix`; undefined if there is none because the prefix is
 * empty or all U+10FFFF.
 */
export function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}
