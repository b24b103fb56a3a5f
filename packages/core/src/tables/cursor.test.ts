import { array, assert, boolean, constantFrom, double, oneof, property, string } from "fast-check";
import { expect, test } from "vitest";
import { InvalidCursorError } from "../errors.ts";
import { decodeCursor, encodeCursor, type Position } from "./cursor.ts";

const value = oneof(
  string({ unit: "binary" }),
  double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
);
const types = ({ values }: Position) => values.map((one) => typeof one as "string" | "number");

test("a position comes back as it was, to the query that made it alone", () => {
  assert(
    property(string(), array(value, { maxLength: 4 }), constantFrom("after", "before"), boolean(), (...given) => {
      const [query, values, side, inclusive] = given;
      const position: Position = { values: values.map((one) => (one === 0 ? 0 : one)), side, inclusive };
      const cursor = encodeCursor(query, position);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(decodeCursor(query, cursor, types(position))).toEqual(position);
      expect(() => decodeCursor(`${query} `, cursor, types(position))).toThrow(InvalidCursorError);
    }),
  );
});

test("a position of other types, more values or fewer is refused", () => {
  const cursor = encodeCursor("q", { values: ["a", 1], side: "after", inclusive: false });
  for (const types of [["string"], ["string", "string"], ["string", "number", "number"], []] as const) {
    expect(() => decodeCursor("q", cursor, types)).toThrow(InvalidCursorError);
  }
});
