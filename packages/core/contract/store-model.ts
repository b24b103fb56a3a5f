import * as fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { op, type AnyChange, type AnyCondition, type Operation, type Store } from "../src/ports/store.ts";
import { defineTable } from "../src/tables/define-table.ts";
import { runModel, tableName, type ModelCall, type ModelItem, type ModelResult, type ModelState } from "./model.ts";
import type { Trial } from "./store.ts";
import { follow, outcome } from "./store-helpers.ts";

const table = defineTable(tableName, {
  item: z.object({
    group: z.string(),
    name: z.string(),
    label: z.string().optional(),
    tag: z.string().optional(),
    count: z.number().optional(),
    expiresAt: z.iso.datetime({ precision: 3 }).optional(),
  }),
  key: ["group", "name"],
  unique: { label: ["label"] },
  indexes: { byTag: { partition: ["tag"], sort: ["count"] } },
  expires: "expiresAt",
});

const start = Date.parse("2030-01-01T00:00:00.000Z");
const groups = ["g", "g#"];
const names = ["a", "\uffff", "\u{10000}"];
const labels = ["l", "m"];
const tags = ["t"];

/** Few values, so that calls meet often. */
const group = fc.constantFrom(...groups);
const name = fc.constantFrom(...names);
const label = fc.constantFrom(...labels);
const tag = fc.constantFrom(...tags);
const count = fc.integer({ min: -2, max: 2 });
const expiresAt = fc.integer({ min: 1, max: 6 }).map((seconds) => new Date(start + seconds * 1000).toISOString());
const some = { requiredKeys: [] };

const key = fc.record({ group, name });
const item = fc.record(
  { group, name, label, tag, count, expiresAt: fc.option(expiresAt, { freq: 2, nil: undefined }) },
  { requiredKeys: ["group", "name"] },
);
const condition: fc.Arbitrary<AnyCondition> = fc.oneof(
  fc.constant({}),
  fc.record({ version: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ label: fc.record({ exists: fc.boolean() }) }),
  fc.record({ label: fc.record({ in: fc.subarray(labels), ne: label }, some) }),
  fc.record({ count: fc.record({ gt: count, lte: count }, some), tag }, some),
);
const change: fc.Arbitrary<AnyChange> = fc.oneof(
  fc.record({ set: fc.record({ label, tag, expiresAt }, some), add: fc.record({ count }, some) }),
  fc.record({ set: fc.record({ count }, some), remove: fc.subarray(["label", "tag", "expiresAt"]) }),
);
const maybe = fc.option(condition, { nil: undefined, freq: 3 });

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: item.map((given) => op.create(table, clean(given))) },
  { weight: 3, arbitrary: fc.tuple(item, maybe).map(([given, when]) => op.put(table, clean(given), whether(when))) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(key, change, maybe)
      .map(([at, how, when]) => op.update(table, at, how as object, whether(when))),
  },
  { weight: 2, arbitrary: fc.tuple(key, maybe).map(([at, when]) => op.delete(table, at, whether(when))) },
);
const check = fc.tuple(key, condition).map(([at, when]) => op.check(table, at, when as object));
const operations = fc.uniqueArray(fc.oneof({ weight: 4, arbitrary: operation }, { weight: 1, arbitrary: check }), {
  minLength: 2,
  maxLength: 4,
  selector: (one) => {
    const { group, name } = (one.kind === "create" || one.kind === "put" ? one.item : one.key) as unknown as ModelItem;
    return JSON.stringify([group, name]);
  },
});

const call: fc.Arbitrary<ModelCall> = fc.oneof(
  { weight: 6, arbitrary: operation.map((one) => ({ kind: "write" as const, operation: one })) },
  { weight: 3, arbitrary: operations.map((all) => ({ kind: "transact" as const, operations: all })) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("get" as const), group, name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("getUnique" as const), label }) },
);
/** Calls made at the same time by several clients, then the clock moves on. */
const round = fc.record({
  calls: fc.array(fc.record({ client: fc.nat({ max: 2 }), call }), { minLength: 1, maxLength: 4 }),
  seconds: fc.constantFrom(0, 0, 0, 1, 3),
});

function clean<I extends object>(given: I): I {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as I;
}

function whether(when: AnyCondition | undefined): object {
  return when === undefined ? {} : { if: when };
}

async function runStore(store: Store, call: ModelCall): Promise<ModelResult> {
  const result = (await outcome(callStore(store, call))) as object;
  return "value" in result ? { value: result.value } : { error: result };
}

function callStore(store: Store, call: ModelCall): Promise<unknown> {
  switch (call.kind) {
    case "get":
      return store.get(table, call);
    case "getUnique":
      return store.getUnique(table, "label", call);
    case "transact":
      return store.transact(call.operations);
    case "write":
      return writeStore(store, call.operation);
    default: {
      const order = call.descending ? "desc" : "asc";
      return call.by === "group"
        ? follow((cursor) => store.query(table, { where: { group: call.value }, order, limit: 2, cursor }))
        : follow((cursor) =>
            store.query(table, { index: "byTag", where: { tag: call.value }, order, limit: 2, cursor }),
          );
    }
  }
}

function writeStore(store: Store, operation: Operation): Promise<unknown> {
  switch (operation.kind) {
    case "create":
      return store.create(table, operation.item as never);
    case "put":
      return store.put(table, operation.item as never, whether(operation.if));
    case "update":
      return store.update(table, operation.key as never, operation.change as object, whether(operation.if));
    case "delete":
      return store.delete(table, operation.key as never, whether(operation.if));
    default:
      throw new TypeError("a check is no write");
  }
}

const everything: readonly ModelCall[] = [
  ...groups.map((value) => ({ kind: "list", by: "group", value, descending: false }) as const),
  ...groups.map((value) => ({ kind: "list", by: "group", value, descending: true }) as const),
  ...tags.map((value) => ({ kind: "list", by: "tag", value, descending: false }) as const),
  ...tags.map((value) => ({ kind: "list", by: "tag", value, descending: true }) as const),
  ...labels.map((value) => ({ kind: "getUnique", label: value }) as const),
];

/** Every state that some order of the calls explains, given what each of them came to. */
function explanations(
  states: readonly ModelState[],
  calls: readonly (readonly [ModelCall, ModelResult])[],
  now: number,
): ModelState[] {
  const found = new Map<string, ModelState>();
  const explore = (state: ModelState, left: readonly (readonly [ModelCall, ModelResult])[]): void => {
    if (left.length === 0) found.set(canonical([...state].sort(([a], [b]) => (a < b ? -1 : 1))), state);
    for (const [i, [call, result]] of left.entries()) {
      const [expected, after] = runModel(state, call, now);
      if (canonical(expected) === canonical(result)) explore(after, left.toSpliced(i, 1));
    }
  };
  for (const state of states) explore(state, calls);
  return [...found.values()];
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === undefined) return "(undefined)";
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

export function modelPromises(trial: Trial): void {
  test(
    "[store.model] whatever several clients do at once, some order of it explains every answer",
    { timeout: 300_000 },
    async () => {
      const property = fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 12 }), async (rounds) => {
        await using opened = await trial.open({ tables: [table], schemaVersion: 1 });
        const clients = [opened.store, await opened.reopen(), await opened.reopen()];
        let now = start;
        let states: ModelState[] = [new Map()];
        for (const { calls, seconds } of rounds) {
          now += seconds * 1000;
          opened.setNow(new Date(now));
          const results = await Promise.all(
            calls.map(async ({ client, call }) => [call, await runStore(clients[client] as Store, call)] as const),
          );
          const explained = explanations(states, results, now);
          expect(
            explained,
            `no order explains ${canonical(results)} after ${canonical(states.map((s) => [...s]))}`,
          ).not.toEqual([]);
          const read = await Promise.all(
            everything.map(async (one) => [one, await runStore(opened.store, one)] as const),
          );
          states = explained.filter((state) => {
            return read.every(([one, result]) => canonical(runModel(state, one, now)[0]) === canonical(result));
          });
          expect(states, `${canonical(read)} was read after ${canonical(results)}`).not.toEqual([]);
        }
        await Promise.all(clients.slice(1).map((client) => client.close()));
      });
      await fc.assert(property, { numRuns: 200, endOnFailure: false });
    },
  );
}
