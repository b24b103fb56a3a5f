import { expect, test } from "vitest";
import { InvalidError } from "../src/errors.ts";
import { op, type Operation } from "../src/ports/store.ts";
import type { Trial } from "./store.ts";
import { expectCode, expectConflict, freshName, outcome } from "./store-helpers.ts";
import { people, readings, things } from "./store-tables.ts";

export function transactionPromises(trial: Trial): void {
  const person = (email?: string) => {
    const id = freshName("p");
    return { id, team: "solo", nick: id, rank: 1, ...(email === undefined ? {} : { email }) };
  };

  test("[store.transact.all] operations of every kind, over several tables, happen together", async () => {
    const { store } = trial;
    const group = freshName();
    const thing = (name: string) => ({ group, name });
    for (const name of ["put", "update", "delete", "check"]) await store.create(things, { ...thing(name), count: 1 });
    await store.transact([
      op.create(things, { ...thing("create"), count: 9 }),
      op.put(things, { ...thing("put"), note: "put" }, { if: { count: 1 } }),
      op.update(things, thing("update"), { add: { count: 1 } }),
      op.delete(things, thing("delete"), { if: { count: { lt: 2 } } }),
      op.check(things, thing("check"), { count: { gte: 1 } }),
      op.create(readings, { series: group, at: 1 }),
    ]);
    expect((await store.query(things, { where: { group } })).items).toEqual([
      { ...thing("check"), count: 1, version: 1 },
      { ...thing("create"), count: 9, version: 1 },
      { ...thing("put"), note: "put", version: 2 },
      { ...thing("update"), count: 2, version: 2 },
    ]);
    expect(await store.get(readings, { series: group, at: 1 })).toBeDefined();
    await store.transact([]);
  });

  test("[store.transact.none] one refused operation, wherever it is, and none of them happens", async () => {
    const { store } = trial;
    const group = freshName();
    const email = freshName("mail");
    const holder = await store.create(people, person(email));
    await store.create(things, { group, name: "there", count: 1 });
    const refused: readonly (readonly [Operation, object])[] = [
      [op.create(things, { group, name: "there" }), { code: "conflict", reason: "exists", table: things.name }],
      [
        op.update(things, { group, name: "there" }, {}, { if: { count: 2 } }),
        { code: "conflict", reason: "condition", table: things.name },
      ],
      [op.create(people, person(email)), { code: "conflict", reason: "unique", table: people.name, unique: "email" }],
      [op.check(things, { group, name: "gone" }, {}), { code: "conflict", reason: "condition", table: things.name }],
    ];
    for (const [operation, details] of refused) {
      for (const at of [0, 1, 2]) {
        const fresh = person();
        const operations: Operation[] = [op.create(people, fresh), op.update(people, holder, { add: { visits: 1 } })];
        operations.splice(at, 0, operation);
        expect(await outcome(store.transact(operations))).toEqual({ ...details, operation: at });
        expect(await store.get(people, fresh)).toBeUndefined();
        expect(await store.get(people, holder)).toEqual(holder);
      }
    }
  });

  test("[store.transact.not-found] an unconditional update of what is not there undoes the rest", async () => {
    const { store } = trial;
    const group = freshName();
    const operations = [
      op.create(things, { group, name: "a" }),
      op.update(things, { group, name: "b" }, { set: { note: "x" } }),
    ];
    await expectCode(store.transact(operations), "not_found");
    expect(await store.get(things, { group, name: "a" })).toBeUndefined();
  });

  test("[store.transact.unique-order] a unique value freed by one operation may be taken by a later one", async () => {
    const { store } = trial;
    const email = freshName("mail");
    const [first, second, third] = [person(email), person(email), person(email)];
    await store.create(people, first);
    await store.transact([op.delete(people, first), op.create(people, second)]);
    await store.transact([op.update(people, second, { remove: ["email"] }), op.put(people, third)]);
    expect((await store.getUnique(people, "email", { email }))?.id).toBe(third.id);
    const fourth = person(email);
    const early = store.transact([op.create(people, fourth), op.delete(people, third)]);
    await expectConflict(early, { reason: "unique", table: people, unique: "email" });
    const twice = store.transact([
      op.delete(people, third),
      op.create(people, fourth),
      op.create(people, person(email)),
    ]);
    await expectConflict(twice, { reason: "unique", table: people, unique: "email", operation: 2 });
    expect((await store.getUnique(people, "email", { email }))?.id).toBe(third.id);
  });

  test("[store.transact.same-item] two operations about one item are invalid", async () => {
    const { store } = trial;
    const item = { group: freshName(), name: "a" };
    await expectCode(store.transact([op.create(things, item), op.update(things, item, {})]), "invalid");
    await expectCode(store.transact([op.check(things, item, {}), op.delete(things, item)]), "invalid");
    const elsewhere = { group: item.group, name: "b" };
    await store.transact([op.create(things, item), op.create(things, elsewhere)]);
  });

  test("[store.transact.invalid] an operation that does not fit is named by its place", async () => {
    const { store } = trial;
    const group = freshName();
    const bad = { group, name: "b", count: "three" } as unknown as { group: string; name: string };
    const call = store.transact([op.create(things, { group, name: "a" }), op.create(things, bad)]);
    const error: unknown = await call.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidError);
    expect((error as InvalidError).issues.map(({ path }) => path)).toEqual(["operations.1.count"]);
    expect(await store.get(things, { group, name: "a" })).toBeUndefined();
  });

  test("[store.transact.items] 100 items fit, unique values counted, and one more is too large", async () => {
    const { store } = trial;
    const group = freshName();
    const creations = Array.from({ length: 101 }, (_, i) => op.create(things, { group, name: `${i}` }));
    await expectCode(store.transact(creations), "too_large");
    expect((await store.query(things, { where: { group } })).items).toEqual([]);
    await store.transact(creations.slice(1));
    expect((await store.query(things, { where: { group }, limit: 200 })).items).toHaveLength(100);
    // A person has two unique values: 3 items to create, 5 to put.
    const someone = (): ReturnType<typeof person> => person(freshName("mail"));
    const most = Array.from({ length: 33 }, () => op.create(people, someone()));
    const check = op.check(things, { group, name: "1" }, {});
    await expectCode(store.transact([...most, check, op.check(things, { group, name: "2" }, {})]), "too_large");
    await store.transact([...most, check]);
    await expectCode(store.transact(Array.from({ length: 21 }, () => op.put(people, someone()))), "too_large");
    await store.transact(Array.from({ length: 20 }, () => op.put(people, someone())));
  });

  test("[store.transact.bytes] 4 MB fit, and more is too large", async () => {
    const { store } = trial;
    const group = freshName();
    const creations = (count: number): Operation[] =>
      Array.from({ length: count }, (_, i) => op.create(things, { group, name: `${i}`, note: "x".repeat(390_000) }));
    await expectCode(store.transact(creations(11)), "too_large");
    await store.transact(creations(10));
  });

  test("[store.transact.concurrent] transfers between accounts neither make nor lose anything", async () => {
    const { store } = trial;
    const other = await trial.reopen();
    const group = freshName();
    const accounts = ["a", "b", "c", "d"].map((name) => ({ group, name }));
    await store.transact(accounts.map((account) => op.create(things, { ...account, count: 10 })));
    const transfers = Array.from({ length: 80 }, (_, i) => {
      const [from, to] = [accounts[i % 4], accounts[(i * 7 + 1) % 4]];
      if (from === undefined || to === undefined || from === to) return Promise.resolve();
      const amount = 1 + (i % 6);
      return (i % 2 === 0 ? store : other).transact([
        op.update(things, from, { add: { count: -amount } }, { if: { count: { gte: amount } } }),
        op.update(things, to, { add: { count: amount } }),
      ]);
    });
    const done = (await Promise.all(transfers.map(outcome))).filter((result) => "value" in (result as object));
    expect(done.length).toBeGreaterThan(0);
    const counts = (await store.query(things, { where: { group } })).items.map((item) => item.count ?? 0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(0);
    await other.close();
  });
}
