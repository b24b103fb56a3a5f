import { property, string, tuple, assert } from "fast-check";
import { expect, test } from "vitest";
import { afterPrefix, compareKeys, compareStrings } from "./compare.ts";

const text = string({ unit: "binary" });

test("text compares as its UTF-8 bytes do", () => {
  assert(
    property(text, text, (a, b) => {
      expect(Math.sign(compareStrings(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    {
      examples: [
        ["\uffff", "\u{10000}"],
        ["a\u{1f600}", "a\ue000"],
        ["", "\u0001"],
      ],
    },
  );
});

test("what begins with a prefix lies from the prefix to what comes after it", () => {
  assert(
    property(tuple(text, text), ([prefix, other]) => {
      const end = afterPrefix(prefix);
      const within = compareStrings(other, prefix) >= 0 && (end === undefined || compareStrings(other, end) < 0);
      expect(within).toBe(other.startsWith(prefix));
      expect(end === undefined || compareStrings(`${prefix}\u{10ffff}`, end) < 0).toBe(true);
    }),
    { examples: [[["\ud7ff", "\ue000"]], [["\u{10ffff}", "\u{10ffff}a"]], [["a\u{10ffff}", "b"]]] },
  );
  expect(afterPrefix("")).toBeUndefined();
});

test("lists of key values compare by their first difference, and the shorter comes first", () => {
  expect(compareKeys(["a", 2], ["a", 10])).toBeLessThan(0);
  expect(compareKeys(["b", 1], ["a", 10])).toBeGreaterThan(0);
  expect(compareKeys(["a"], ["a", 1])).toBeLessThan(0);
  expect(compareKeys(["a", -0], ["a", 0])).toBe(0);
});
