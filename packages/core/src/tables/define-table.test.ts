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
  ];
  for (const given of wrong) {
    expect(() => (defineTable as (...all: unknown[]) => unknown)(...(given as unknown[]))).toThrow(TypeError);
  }
});
