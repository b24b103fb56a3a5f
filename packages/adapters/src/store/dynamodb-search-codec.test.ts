import type { KeyValue } from "@aloft/core/tables/define-table";
import {
  array,
  assert,
  constantFrom,
  date,
  double,
  integer,
  nat,
  oneof,
  property,
  string,
  uniqueArray,
  type Arbitrary,
} from "fast-check";
import { expect, test } from "vitest";
import { decodeDocs, decodeList, encodeDocs, encodeLists, ordinalOf, type Doc } from "./dynamodb-search-codec.ts";

const timestamp = date({ noInvalidDate: true, min: new Date(-1e12), max: new Date("9999-01-01") }).map((time) =>
  time.toISOString(),
);
const number = double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const text = string({ unit: "binary", minLength: 1 });
const whole = integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const column = constantFrom<Arbitrary<KeyValue>[]>(text, number, whole, timestamp);

test("[dynamodb-search.postings] lists of words come back as they were, and no other", () => {
  const numbers = uniqueArray(nat(20_000), { maxLength: 300 }).map((list) => list.sort((a, b) => a - b));
  const lists = uniqueArray(string({ unit: "grapheme", minLength: 1 }), { maxLength: 8 }).chain((terms) =>
    array(numbers, { minLength: terms.length, maxLength: terms.length }).map((all) =>
      terms.map((term, i) => [term, all[i] ?? []] as const),
    ),
  );
  assert(
    property(lists, (given) => {
      const data = encodeLists(given);
      for (const [term, expected] of given) expect(decodeList(data, term)).toEqual(expected);
      expect(decodeList(data, "no such term, surely")).toEqual([]);
    }),
  );
});

test("[dynamodb-search.postings] what finds items again comes back as it was, whatever their keys are", () => {
  const docs = oneof(column, column).chain((newest) =>
    column.chain((rest) =>
      array(nat(2 ** 32 - 1), { minLength: 1, maxLength: 40 }).chain((scopes) => {
        const length = { minLength: scopes.length, maxLength: scopes.length };
        return array(newest, length).chain((times) =>
          array(array(rest, { minLength: 2, maxLength: 2 }), length).map((rests) =>
            scopes.map((scope, i): Doc => ({ newest: times[i], scope, rest: rests[i] as KeyValue[] })),
          ),
        );
      }),
    ),
  );
  assert(
    property(docs, (given) => {
      const read = decodeDocs(encodeDocs(given), 2);
      expect(read.length).toBe(given.length);
      const back = given.map((_, i) => ({ newest: read.newest(i), scope: read.scope(i), rest: read.rest(i) }));
      expect(back).toEqual(given);
    }),
  );
});

test("[dynamodb-search.postings] a list takes at most a bit an item", () => {
  const everyThird = Array.from({ length: 5461 }, (_, i) => i * 3);
  const dense = Array.from({ length: 16_384 }, (_, i) => i).filter((i) => Math.imul(i, 0x9e3779b1) % 2 === 0);
  for (const numbers of [everyThird, dense, Array.from({ length: 16_384 }, (_, i) => i)]) {
    expect(encodeLists([["", numbers]]).length).toBeLessThan(16_384 / 8 + 8);
  }
  expect(encodeLists([["word", [12_345]]]).length).toBeLessThan(12);
});

test("[dynamodb-search.postings] only what comes back from a whole number is written as one", () => {
  expect(ordinalOf("2026-01-01T00:00:00.000Z")).toBe(Date.parse("2026-01-01"));
  const others = [
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.000+",
    "2026-02-30T00:00:00.000Z",
    "day 0001",
    0.5,
    2 ** 52,
  ];
  expect(others.map(ordinalOf)).toEqual(others.map(() => undefined));
});
