import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { highlight, searchTextOf, snippet, tokenize, wordsOf } from "./text.ts";

test("words are folded, and where they stand is told in the text as it is", () => {
  const text = "Größe, ĞİŞ und ﬁn e\u0301té 東京に x²";
  expect(tokenize(text)).toEqual(["grosse", "gis", "und", "fin", "ete", "東京", "に", "x2"]);
  expect(wordsOf(text).map(({ start, end }) => text.slice(start, end))).toEqual([
    "Größe",
    "ĞİŞ",
    "und",
    "ﬁn",
    "e\u0301té",
    "東京",
    "に",
    "x²",
  ]);
});

test("marks that make another letter are kept", () => {
  expect(tokenize("か")).not.toEqual(tokenize("が"));
  expect(tokenize("दीन")).not.toEqual(tokenize("दिन"));
});

test("words are the same by the fast path of ASCII and by the general one", () => {
  assert(
    property(string({ unit: "grapheme-ascii" }), (text) => {
      expect(tokenize(text)).toEqual(wordsOf(text).map(({ token }) => token));
    }),
  );
});

test("every word that is told can be searched for, in any text", () => {
  assert(
    property(string({ unit: "grapheme" }), (text) => {
      for (const { start, end } of wordsOf(text)) {
        const word = text.slice(start, end);
        expect(highlight(text, word).some(([from, to]) => from <= start && to >= end)).toBe(true);
      }
    }),
  );
});

test("runs without end are cut, whole characters alone being kept", () => {
  expect(tokenize("a".repeat(500))).toEqual(["a".repeat(64)]);
  expect(tokenize(`${"a".repeat(63)}𝒳${"b".repeat(9)}`)[0]).toHaveLength(64);
  expect(tokenize(`é${"𐐀".repeat(60)}`)[0]?.isWellFormed()).toBe(true);
});

test("highlights are the words of the query alone", () => {
  const text = "The CAT sat; a cat's hat. Concatenate!";
  expect(highlight(text, "cát").map(([start, end]) => text.slice(start, end))).toEqual(["CAT", "cat"]);
  expect(highlight(text, "...")).toEqual([]);
});

test("a snippet has the first hit, ends between words, and marks what it left out", () => {
  const text = `${"before ".repeat(60)}needle ${"after ".repeat(60)}needle`;
  const found = snippet(text, highlight(text, "needle"), 100);
  expect(found.text.length).toBeLessThanOrEqual(102);
  expect(found.text).toMatch(/^…before .*needle.* after…$/);
  expect(found.highlights.map(([start, end]) => found.text.slice(start, end))).toEqual(["needle"]);
});

test("a snippet of a short text is the text, one without hits its beginning", () => {
  expect(snippet("short needle", [[6, 12]])).toEqual({ text: "short needle", highlights: [[6, 12]] });
  const long = "word ".repeat(100);
  expect(snippet(long, [], 50)).toEqual({ text: `${long.slice(0, 49)}…`, highlights: [] });
});

test("a snippet splits no character and keeps its highlights in place, in any text", () => {
  assert(
    property(
      string({ unit: "grapheme", maxLength: 200 }),
      string({ unit: "grapheme", maxLength: 5 }),
      (text, query) => {
        const found = snippet(text, highlight(text, query), 20);
        expect(found.text.isWellFormed()).toBe(true);
        const tokens = new Set(tokenize(query));
        for (const [start, end] of found.highlights) {
          for (const token of tokenize(found.text.slice(start, end))) expect(tokens.has(token)).toBe(true);
        }
      },
    ),
  );
});

test("all text within the attributes is searched", () => {
  const item = { title: "one", body: { parts: ["two", { text: "three", count: 4 }] }, other: "five" };
  expect(tokenize(searchTextOf(["title", "body", "absent"], item))).toEqual(["one", "two", "three"]);
});
