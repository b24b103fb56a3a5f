import { expect, test } from "vitest";
import { storeLimits } from "../src/ports/store.ts";
import type { Trial } from "./store.ts";
import { expectCode, freshName } from "./store-helpers.ts";
import { passes, people, readings, things } from "./store-tables.ts";

const maxOwnItemBytes = storeLimits.maxItemBytes - storeLimits.reservedItemBytes;

export function limitPromises(trial: Trial): void {
  const values: readonly [name: string, value: unknown][] = [
    ["text of every plane", "aé漢\u{1f600}\u{10ffff}\u2028\ufeff\u0001\uffff"],
    ["text in no normal form", "e\u0301 \u00e9 \ufb01"],
    ["whole numbers", [0, 1, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 53, 1e21]],
    ["fractions", [0.1, -0.1, 1 / 3, Math.PI, 1e-130, -9.99e125, 5e-100]],
    ["nested values", { list: [[], {}, [null, true, [1, "x"]]], "a.b": { "#": 1, "": 2, "'\"": 3 } }],
    ["names that JavaScript has its own use for", JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}')],
    ["empty values", ["", [], {}, null, false]],
  ];
  test.each(values)("[store.values.round-trip] %s come back as they were", async (_, value) => {
    const { store } = trial;
    const item = { group: freshName(), name: "n", value };
    await store.create(things, item);
    expect(JSON.stringify((await store.get(things, item))?.value)).toBe(JSON.stringify(value));
    expect((await store.get(things, item))?.value).toStrictEqual(value);
  });

  test("[store.values.undefined] undefined attributes are not stored, at any depth, and -0 is 0", async () => {
    const { store } = trial;
    const item = { group: freshName(), name: "n", note: undefined, count: -0, value: { a: undefined, b: [-0] } };
    const expected = { group: item.group, name: "n", count: 0, value: { b: [0] }, version: 1 };
    expect(await store.create(things, item as never)).toStrictEqual(expected);
    expect(await store.get(things, item)).toStrictEqual(expected);
    const change = { set: { note: undefined, count: -0 } };
    expect(await store.update(things, item, change as never)).toStrictEqual({ ...expected, version: 2 });
  });

  test("[store.values.undeclared] attributes that are not declared are not stored", async () => {
    const { store } = trial;
    const item = { group: freshName(), name: "n", extra: 1, version: 9 };
    await store.create(things, item);
    expect(await store.get(things, item)).toEqual({ group: item.group, name: "n", version: 1 });
  });

  const refused: readonly [name: string, value: unknown][] = [
    ["a lone surrogate", "\ud800"],
    ["U+0000", "a\0b"],
    ["U+0000 in a name", { "a\0b": 1 }],
    ["a lone surrogate in a name", { "\udc00": 1 }],
    ["not a number", Number.NaN],
    ["infinity", [Number.POSITIVE_INFINITY]],
    ["a number too large", 1e126],
    ["a number too small", 1e-131],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["bytes", new Uint8Array(1)],
    ["a function", () => 1],
    ["a big integer", 1n],
    ["undefined in a list", [undefined]],
  ];
  test.each(refused)("[store.values.refused] %s", async (_, value) => {
    const { store } = trial;
    const item = { group: freshName(), name: "n" };
    for (const given of [value, { deep: [value] }]) {
      await expectCode(store.create(things, { ...item, value: given }), "invalid");
      await expectCode(store.put(things, { ...item, value: given }), "invalid");
      expect(await store.get(things, item)).toBeUndefined();
    }
    await store.create(things, item);
    await expectCode(store.update(things, item, { set: { value } }), "invalid");
    expect(await store.get(things, item)).toEqual({ ...item, version: 1 });
  });

  test("[store.values.schema] what the declaration does not allow is invalid, each fault by its path", async () => {
    const bad = { group: freshName(), name: 1, count: "three", flag: 0 };
    const error: unknown = await trial.store.create(things, bad as never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "invalid" });
    const { issues } = error as { issues: { path: string }[] };
    expect(issues.map(({ path }) => path).sort()).toEqual(["count", "flag", "name"]);
    await expectCode(trial.store.create(passes, { ...pass(), expiresAt: "tomorrow" }), "invalid");
  });

  const pass = () => ({ gate: freshName(), number: 1, holder: "h", code: freshName(), note: "" });

  test("[store.item.depth] 32 levels fit, the item counted, and one more is invalid", async () => {
    const { store } = trial;
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    const item = { group: freshName(), name: "n" };
    await expectCode(store.create(things, { ...item, value: nested(storeLimits.maxDepth) }), "invalid");
    const value = nested(storeLimits.maxDepth - 1);
    await store.create(things, { ...item, value });
    expect((await store.get(things, item))?.value).toEqual(value);
  });

  const fillers: readonly [name: string, character: string, bytes: number][] = [
    ["ASCII", "x", 1],
    ["two bytes a character", "é", 2],
    ["three bytes a character", "漢", 3],
    ["four bytes a character", "\u{1f600}", 4],
  ];
  test.each(fillers)(
    "[store.item.largest] the largest item fits, and one byte more is too large: %s",
    async (...filler) => {
      const [, character, bytes] = filler;
      const { store } = trial;
      const key = { group: freshName(), name: "n" };
      const other = `group${key.group}name${key.name}note`.length;
      const space = maxOwnItemBytes - other;
      const note = character.repeat(Math.floor(space / bytes)) + "x".repeat(space % bytes);
      await expectCode(store.create(things, { ...key, note: `${note}x` }), "too_large");
      await expectCode(store.put(things, { ...key, note: `${note}x` }), "too_large");
      expect(await store.get(things, key)).toBeUndefined();
      await store.create(things, { ...key, note });
      expect((await store.get(things, key))?.note === note).toBe(true);
      await expectCode(store.update(things, key, { set: { flag: true } }), "too_large");
      await store.update(things, key, { set: { note: "small" } });
      expect(await store.update(things, key, { set: { note } })).toMatchObject({ version: 3 });
    },
  );

  test("[store.key.longest] keys of 2,048 and 1,024 bytes fit, and one byte more is too large", async () => {
    const { store } = trial;
    for (const [character, bytes] of [
      ["x", 1],
      ["漢", 3],
      ["\u{1f600}", 4],
    ] as const) {
      const fill = (space: number): string => character.repeat(Math.floor(space / bytes)) + "x".repeat(space % bytes);
      const tag = freshName();
      const group = tag + fill(storeLimits.maxPartitionKeyBytes - tag.length);
      const name = fill(storeLimits.maxSortKeyBytes);
      await expectCode(store.create(things, { group: `${group}x`, name }), "too_large");
      await expectCode(store.create(things, { group, name: `${name}x` }), "too_large");
      await store.create(things, { group, name });
      const shorter = Array.from(name).slice(0, -1).join("");
      await store.create(things, { group, name: shorter });
      const page = await store.query(things, { where: { group }, limit: 1 });
      expect(page.items[0]?.name).toBe(shorter);
      const second = await store.query(things, { where: { group }, limit: 1, cursor: page.next });
      expect(second.items[0]).toEqual({ group, name, version: 1 });
    }
  });

  test("[store.key.index-longest] the values of an index are limited as a key is", async () => {
    const { store } = trial;
    const id = freshName("p");
    const base = { id, team: id, nick: id, rank: 1 };
    const badge = id + "x".repeat(storeLimits.maxPartitionKeyBytes - id.length);
    await expectCode(store.create(people, { ...base, badge: `${badge}x` }), "too_large");
    await expectCode(store.create(people, { ...base, nick: "x".repeat(storeLimits.maxSortKeyBytes) }), "too_large");
    await store.create(people, { ...base, badge });
    expect((await store.query(people, { index: "byBadge", where: { badge } })).items).toHaveLength(1);
    await expectCode(store.update(people, base, { set: { badge: `${badge}x` } }), "too_large");
  });

  test("[store.key.empty] an empty text in a key or an index is invalid", async () => {
    const { store } = trial;
    await expectCode(store.create(things, { group: freshName(), name: "" }), "invalid");
    await expectCode(store.create(things, { group: "", name: "n" }), "invalid");
    const id = freshName("p");
    const person = { id, team: id, nick: id, rank: 1 };
    await expectCode(store.create(people, { ...person, badge: "" }), "invalid");
    await expectCode(store.create(people, { ...person, email: "" }), "invalid");
    await store.create(people, person);
    await expectCode(store.update(people, person, { set: { badge: "" } }), "invalid");
  });

  test("[store.key.odd] keys may hold any character, and none is mistaken for another", async () => {
    const { store } = trial;
    const tag = freshName();
    const names = [
      "#",
      "/",
      "a#b",
      "a/b",
      "a",
      "#a",
      "'",
      '"',
      "\\",
      "%",
      "_",
      "*",
      " ",
      "  ",
      "a ",
      "A",
      "é",
      "e\u0301",
    ];
    names.push(
      "\u0001",
      "\uffff",
      "\ufffd",
      "\u{10ffff}",
      "{}",
      "null",
      "0",
      "00",
      "-1",
      "1e3",
      "$id",
      "~",
      "..",
      "ß",
      "SS",
    );
    for (const name of names) await store.create(things, { group: tag, name, note: name });
    for (const name of names) {
      expect((await store.get(things, { group: tag, name }))?.note).toBe(name);
      await store.create(things, { group: `${tag}${name}`, name: "n", note: name });
    }
    for (const name of names) {
      const { items } = await store.query(things, { where: { group: `${tag}${name}` } });
      expect(items.map((item) => item.note)).toEqual([name]);
    }
  });

  test("[store.key.numbers] number keys are equal by value", async () => {
    const { store } = trial;
    const series = freshName();
    for (const at of [0, -1, 0.1, 1e-130, -9.99e125, 2 ** 53, 1e21]) {
      await store.create(readings, { series, at });
      expect(await store.get(readings, { series, at })).toEqual({ series, at, version: 1 });
    }
    expect(await store.get(readings, { series, at: -0 })).toBeDefined();
    expect(await store.get(readings, { series, at: 0.1 + Number.EPSILON })).toBeUndefined();
  });
}
