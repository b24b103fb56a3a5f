import { expect, test } from "vitest";
import { z } from "zod";
import { defineTable, plainTypeOf } from "./define-table.ts";

test("plain attributes are those that are always text or always numbers", () => {
  const plain = [z.string(), z.email(), z.iso.datetime(), z.enum(["a", "b"]), z.literal("a"), z.string().optional()];
  expect(plain.map(plainTypeOf)).toEqual(plain.map(() => "string"));
  const numbers = [z.number(), z.int(), z.literal(3), z.number().optional()];
  expect(numbers.map(plainTypeOf)).toEqual(numbers.map(() => "number"));
  const others = [z.boolean(), z.string().nullable(), z.literal(["a", 1]), z.unknown(), z.array(z.string()), z.date()];
  expect([...others, z.union([z.string(), z.number()])].map(plainTypeOf)).toEqual(Array(7).fill(undefined));
});

test("a declaration that contradicts itself is refused", () => {
  const item = z.object({ id: z.string(), flag: z.boolean(), note: z.string().optional() });
  const wrong: unknown[] = [
    ["T", { item, key: ["id"] }],
    ["t", { item: item.extend({ version: z.number() }), key: ["id"] }],
    ["t", { item, key: ["none"] }],
    ["t", { item, key: ["note"] }],
    ["t", { item, key: ["id", "flag"] }],
    ["t", { item, key: ["id"], unique: { none: ["none"] } }],
    ["t", { item, key: ["id"], indexes: { by: { partition: ["flag"] } } }],
    ["t", { item, key: ["id"], search: { text: ["none"], scope: "id" } }],
    ["t", { item, key: ["id"], indexes: { all: { partition: [] } } }],
    ["t", { item, key: ["id"], indexes: { all: { partition: [], sort: [] } } }],
  ];
  for (const given of wrong) {
    expect(() => (defineTable as (...all: unknown[]) => unknown)(...(given as unknown[]))).toThrow(TypeError);
  }
});

test("a search takes as its recent index one of keys alone, over the whole table, that every item is in by newest", () => {
  const item = z.object({ id: z.string(), at: z.string(), box: z.string(), note: z.string().optional() });
  const search = { text: ["note"], scope: "box", newest: "at", recent: "recent" } as const;
  const recent = { partition: [], sort: ["at"], keysOnly: true } as const;
  const declare = (index: object, more: object = {}) =>
    (defineTable as (...all: unknown[]) => unknown)("t", {
      item,
      key: ["id"],
      indexes: { recent: index },
      search: { ...search, ...more },
    });
  expect(declare(recent)).toMatchObject({ search, indexes: { recent } });
  expect(declare({ ...recent, sort: ["at", "box"] })).toMatchObject({ search });
  for (const wrong of [
    { ...recent, keysOnly: false },
    { ...recent, partition: ["box"] },
    { ...recent, sort: ["box"] },
    { ...recent, sort: ["at", "note"] },
  ]) {
    expect(() => declare(wrong)).toThrow(TypeError);
  }
  expect(() => declare(recent, { recent: "none" })).toThrow(TypeError);
  expect(() => declare(recent, { newest: undefined })).toThrow(TypeError);
});

test("[vectors.declared] vectors that cannot be kept, or not be paged through within their scope, are refused", () => {
  const item = z.object({
    id: z.string(),
    box: z.string().optional(),
    at: z.string().optional(),
    near: z.array(z.number()).optional(),
    words: z.array(z.string()),
    pair: z.tuple([z.number(), z.string()]),
  });
  const indexes = {
    byBox: { partition: ["box"] },
    sorted: { partition: ["box"], sort: ["at"] },
    both: { partition: ["box", "id"] },
  };
  const right = { attribute: "near", dimensions: 3, scope: "box", index: "byBox" };
  const declare = (vector: object): unknown =>
    (defineTable as (...all: unknown[]) => unknown)("t", { item, key: ["id"], indexes, vectors: { v: vector } });
  expect(declare(right)).toMatchObject({ vectors: { v: right } });
  expect(declare({ attribute: "near", dimensions: 16_000, scope: "id" })).toMatchObject({ keyTypes: { id: "string" } });
  for (const wrong of [
    { attribute: "none" },
    { attribute: "words" },
    { attribute: "pair" },
    { attribute: "id" },
    { dimensions: 0 },
    { dimensions: 1.5 },
    { dimensions: 16_001 },
    { scope: "id" },
    { scope: "none" },
    { index: undefined },
    { index: "none" },
    { index: "both" },
    { index: "sorted" },
  ]) {
    expect(() => declare({ ...right, ...wrong }), JSON.stringify(wrong)).toThrow(TypeError);
  }
});
