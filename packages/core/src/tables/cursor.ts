import { InvalidCursorError } from "../errors.ts";
import type { KeyValue } from "./define-table.ts";

/** Where a page starts: beside an item, by the values that order it. */
export interface Position {
  readonly values: readonly KeyValue[];
  /** `after` pages on, `before` pages back. */
  readonly side: "after" | "before";
  /** Whether the item at the position itself is part of the page. */
  readonly inclusive: boolean;
}

/**
 * Writes a position as an opaque text that only the query that made it takes back.
 * @param query what identifies the query: whatever must be equal for the cursor to be taken.
 */
export function encodeCursor(query: string, { values, side, inclusive }: Position): string {
  const flags = (side === "before" ? 1 : 0) + (inclusive ? 2 : 0);
  const body = asciiJson([flags, ...values]);
  return toBase64Url(checksum(query, body) + body);
}

/**
 * Reads a cursor. It says only where to start: what the query may see is the query's own matter, so a forged cursor
 * shows nothing that the query would not.
 * @param types the types of the values expected.
 * @throws {InvalidCursorError} the cursor was made by another query, or was changed.
 */
export function decodeCursor(query: string, cursor: string, types: readonly ("string" | "number")[]): Position {
  const text = fromBase64Url(cursor);
  const body = text?.slice(checksumLength);
  if (text === undefined || body === undefined || checksum(query, body) !== text.slice(0, checksumLength)) {
    throw foreignCursor();
  }
  const [flags, ...values] = parse(body);
  const fits = values.length === types.length && values.every((value, i) => typeof value === types[i]);
  if (typeof flags !== "number" || !fits) throw foreignCursor();
  return {
    values: values as KeyValue[],
    side: (flags & 1) === 1 ? "before" : "after",
    inclusive: (flags & 2) === 2,
  };
}

/** The error for a cursor that is not of the query it was given to. */
export function foreignCursor(): InvalidCursorError {
  return new InvalidCursorError(
    "This cursor was not made by this query, or was changed on the way. Start again without a cursor.",
  );
}

function parse(json: string): unknown[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** JSON in which everything beyond ASCII is escaped, as base64 takes no other characters. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\0-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function toBase64Url(ascii: string): string {
  const base64 = btoa(ascii);
  const end = base64.indexOf("=");
  return (end === -1 ? base64 : base64.slice(0, end)).replaceAll("+", "-").replaceAll("/", "_");
}

function fromBase64Url(text: string): string | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    const ascii = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return toBase64Url(ascii) === text ? ascii : undefined;
  } catch {
    return undefined;
  }
}

const checksumLength = 11;

/** Finds accidents and cursors of other queries. It is no secret and keeps nobody from making one. */
function checksum(query: string, body: string): string {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (const text of [query, body]) {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b ^ unit, 0x5bd1e995) ^ (b >>> 15);
    }
    a = Math.imul(a ^ text.length, 0x01000193);
  }
  const number = ((a ^ (a >>> 13)) >>> 0) * 0x200000 + ((b ^ (b >>> 11)) >>> 11);
  return number.toString(36).padStart(checksumLength, "0");
}
