import { expect, test } from "vitest";
import type { Condition } from "../src/ports/store.ts";
import type { Trial } from "./store.ts";
import { expectCode, freshName, outcome } from "./store-helpers.ts";
import { things } from "./store-tables.ts";

type ThingCondition = Condition<typeof things>;

export function conditionPromises(trial: Trial): void {
  async function holding(item: object, conditions: readonly ThingCondition[]): Promise<boolean[]> {
    const { store } = trial;
    const key = { group: freshName(), name: "n" };
    await store.create(things, { ...item, ...key });
    const results: boolean[] = [];
    for (const condition of conditions) {
      const result = await outcome(store.update(things, key, {}, { if: condition }));
      results.push("value" in (result as object));
      if (!results.at(-1)) expect(result).toMatchObject({ code: "conflict", reason: "condition" });
    }
    return results;
  }

  const item = { count: 5, note: "m", flag: false, nothing: null };
  const cases: readonly [name: string, holds: readonly ThingCondition[], fails: readonly ThingCondition[]][] = [
    ["a plain value", [{ count: 5 }, { note: "m" }, { flag: false }], [{ count: 4 }, { note: "M" }, { flag: true }]],
    ["eq", [{ count: { eq: 5 } }, { flag: { eq: false } }], [{ count: { eq: 6 } }, { level: { eq: 5 } }]],
    ["ne", [{ count: { ne: 4 } }, { level: { ne: 4 } }], [{ count: { ne: 5 } }]],
    ["gt", [{ count: { gt: 4.5 } }, { note: { gt: "l" } }], [{ count: { gt: 5 } }, { level: { gt: -1 } }]],
    ["gte", [{ count: { gte: 5 } }, { note: { gte: "m" } }], [{ count: { gte: 5.5 } }, { level: { gte: 0 } }]],
    ["lt", [{ count: { lt: 6 } }, { note: { lt: "n" } }], [{ count: { lt: 5 } }, { level: { lt: 9 } }]],
    ["lte", [{ count: { lte: 5 } }, { note: { lte: "m" } }], [{ count: { lte: 4 } }, { level: { lte: 9 } }]],
    ["in", [{ count: { in: [1, 5] } }], [{ count: { in: [1] } }, { count: { in: [] } }, { level: { in: [1] } }]],
    ["exists", [{ count: { exists: true } }, { level: { exists: false } }], [{ count: { exists: false } }]],
    [
      "several at once",
      [{ count: { gt: 1, lt: 9 }, flag: false }],
      [{ count: { gt: 1, lt: 5 } }, { count: 5, note: "x" }],
    ],
    ["the version", [{ version: { gte: 1 } }], [{ version: 0 }, { version: { gt: 1000 } }]],
    ["nothing", [{}], []],
  ];
  test.each(cases)("[store.condition.operators] %s", async (_, holds, fails) => {
    expect(await holding(item, holds)).toEqual(holds.map(() => true));
    expect(await holding(item, fails)).toEqual(fails.map(() => false));
  });

  test("[store.condition.null] null is a value; an attribute that is absent has none", async () => {
    expect(await holding(item, [{ nothing: null }, { nothing: { exists: true } }, { nothing: { ne: "x" } }])).toEqual([
      true,
      true,
      true,
    ]);
    expect(await holding({}, [{ nothing: null }, { nothing: { eq: null } }, { nothing: { exists: true } }])).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("[store.condition.text-order] text compares by its UTF-8 bytes", async () => {
    const astral = { note: "\u{1f600}" };
    expect(await holding(astral, [{ note: { gt: "\uff5e" } }, { note: { lt: "\uff5e" } }])).toEqual([true, false]);
  });

  test("[store.condition.refused] a condition that can mean nothing is invalid", async () => {
    const { store } = trial;
    const key = { group: freshName(), name: "n" };
    await store.create(things, key);
    const conditions: unknown[] = [
      { unknown: 1 },
      { count: { above: 1 } },
      { count: undefined },
      { count: { eq: Number.NaN } },
      { note: { in: ["\ud800"] } },
      { note: { exists: "yes" } },
    ];
    for (const condition of conditions) {
      await expectCode(store.update(things, key, {}, { if: condition as ThingCondition }), "invalid");
    }
  });
}
