import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { pick } from "./pick.ts";

const leaf = z.object({ id: z.string(), note: z.string().optional() });
const tree: z.ZodType = z.object({ name: z.string(), children: z.array(z.lazy(() => tree)) });

const cases: [string, z.ZodType, unknown, unknown][] = [
  ["objects", leaf, { id: "1", secretHash: "s" }, { id: "1" }],
  ["undefined attributes", leaf, { id: "1", note: undefined }, { id: "1" }],
  ["arrays", z.array(leaf), [{ id: "1", secretHash: "s" }], [{ id: "1" }]],
  ["nullable", z.object({ one: leaf.nullable() }), { one: null, two: 2 }, { one: null }],
  [
    "nested",
    z.object({ one: leaf.optional().readonly() }),
    { one: { id: "1", secretHash: "s" } },
    { one: { id: "1" } },
  ],
  ["records", z.record(z.string(), leaf), { a: { id: "1", secretHash: "s" } }, { a: { id: "1" } }],
  [
    "unions",
    z.union([z.object({ kind: z.literal("a"), a: z.string() }), z.object({ kind: z.literal("b") })]),
    { kind: "b", a: "s" },
    { kind: "b" },
  ],
  [
    "intersections",
    leaf.and(z.object({ extra: z.number() })),
    { id: "1", extra: 2, secretHash: "s" },
    { id: "1", extra: 2 },
  ],
  [
    "recursion",
    tree,
    { name: "a", x: 1, children: [{ name: "b", x: 1, children: [] }] },
    { name: "a", children: [{ name: "b", children: [] }] },
  ],
  [
    "any JSON",
    z.object({ value: z.json() }),
    { value: { deep: [1, { x: null }] } },
    { value: { deep: [1, { x: null }] } },
  ],
  [
    "defaults",
    z.object({ one: leaf.default({ id: "0" }) }),
    { one: { id: "1", secretHash: "s" } },
    { one: { id: "1" } },
  ],
];

describe("what leaves the server", () => {
  test.each(cases)("[api.answers.picked] only what the schema names: %s", (_title, schema, value, expected) => {
    expect(pick(schema, value)).toEqual(expected);
  });

  test("[api.answers.picked] it does what parsing does to a value that fits, whatever the value", () => {
    const schema = z.object({
      id: z.string(),
      n: z.number().nullable(),
      list: z.array(z.object({ v: z.union([z.string(), z.object({ w: z.boolean() })]) })).optional(),
    });
    const extra = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
    const withExtra = <T extends object>(arbitrary: fc.Arbitrary<T>) =>
      fc.tuple(extra, arbitrary).map(([more, value]) => ({ ...more, ...value }));
    const item = withExtra(fc.record({ v: fc.oneof(fc.string(), withExtra(fc.record({ w: fc.boolean() }))) }));
    const value = withExtra(fc.record({ id: fc.string(), n: fc.option(fc.integer()), list: fc.array(item) }));
    fc.assert(
      fc.property(value, (given) => {
        expect(pick(schema, given)).toEqual(schema.parse(given));
      }),
    );
  });

  test("[api.answers.picked] a value that fits no option of its union goes nowhere", () => {
    const schema = z.union([z.object({ kind: z.literal("a") }), z.object({ kind: z.literal("b") })]);
    expect(() => pick(schema, { kind: "c", secretHash: "s" })).toThrow("fits no option");
  });
});
