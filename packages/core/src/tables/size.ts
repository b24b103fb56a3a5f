import { storeLimits } from "../ports/store.ts";

/** Bytes of the string in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit <= 0xdbff) {
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}

/** Whether the string is at most `limit` bytes of UTF-8. Short strings are not counted. */
export function fitsUtf8(text: string, limit: number): boolean {
  return text.length * 3 <= limit || (text.length <= limit && utf8Bytes(text) <= limit);
}

/**
 * Bytes of an item as DynamoDB counts them, in attribute names and values.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Readonly<Record<string, unknown>>): number {
  let bytes = 0;
  for (const name of Object.keys(item)) {
    if (item[name] !== undefined) bytes += utf8Bytes(name) + valueBytes(item[name]);
  }
  return bytes;
}

/** What an item may fill of the limit; the rest is for attributes that engines add. */
export const maxOwnItemBytes: number = storeLimits.maxItemBytes - storeLimits.reservedItemBytes;

function valueBytes(value: unknown): number {
  if (typeof value === "string") return utf8Bytes(value);
  if (typeof value === "number") return numberBytes(value);
  if (Array.isArray(value)) return value.reduce<number>((bytes, element) => bytes + 1 + valueBytes(element), 3);
  if (typeof value !== "object" || value === null) return 1;
  let bytes = 3;
  for (const [name, element] of Object.entries(value)) {
    if (element !== undefined) bytes += 1 + utf8Bytes(name) + valueBytes(element);
  }
  return bytes;
}

/** One byte for every two significant digits, one more, and one for a sign. */
function numberBytes(value: number): number {
  const [digits = ""] = Math.abs(value).toExponential().split("e");
  return Math.ceil(digits.replace(".", "").length / 2) + 1 + (value < 0 ? 1 : 0);
}
