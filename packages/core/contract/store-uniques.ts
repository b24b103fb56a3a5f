import { expect, test } from "vitest";
import type { Trial } from "./store.ts";
import { expectCode, expectConflict, freshName, winners } from "./store-helpers.ts";
import { people } from "./store-tables.ts";

export function uniquePromises(trial: Trial): void {
  const person = (more: { email?: string; nick?: string; team?: string } = {}) => {
    const id = freshName("p");
    return { id, team: "solo", nick: id, rank: 1, ...more };
  };

  test("[store.unique.taken] a unique value is held by one item, and the error names the constraint", async () => {
    const { store } = trial;
    const email = freshName("mail");
    const first = person({ email });
    await store.create(people, first);
    const taken = { reason: "unique", table: people, unique: "email" };
    await expectConflict(store.create(people, person({ email })), taken);
    await expectConflict(store.put(people, person({ email })), taken);
    const other = await store.create(people, person());
    await expectConflict(store.update(people, other, { set: { email } }), taken);
    await expectConflict(store.put(people, { ...person({ email }), id: other.id }), taken);
    expect(await store.get(people, other)).toEqual(other);
    expect(await store.getUnique(people, "email", { email })).toEqual({ ...first, version: 1 });
  });

  test("[store.unique.first] an item that exists is reported before a unique value that is taken", async () => {
    const { store } = trial;
    const first = await store.create(people, person({ email: freshName("mail") }));
    await expectConflict(store.create(people, first), { reason: "exists", table: people });
    const call = store.update(
      people,
      await store.create(people, person()),
      { set: { email: first.email ?? "" } },
      {
        if: { rank: 2 },
      },
    );
    await expectConflict(call, { reason: "condition", table: people });
  });

  test("[store.unique.freed] deleting, changing or removing a value frees it", async () => {
    const { store } = trial;
    const [a, b, c, moved] = [freshName("mail"), freshName("mail"), freshName("mail"), freshName("mail")];
    const one = await store.create(people, person({ email: a }));
    const two = await store.create(people, person({ email: b }));
    const three = await store.create(people, person({ email: c }));
    await store.delete(people, one);
    await store.update(people, two, { set: { email: moved } });
    await store.update(people, three, { remove: ["email"] });
    for (const email of [a, b, c]) {
      expect(await store.getUnique(people, "email", { email })).toBeUndefined();
      await store.create(people, person({ email }));
    }
    expect((await store.getUnique(people, "email", { email: moved }))?.id).toBe(two.id);
  });

  test("[store.unique.own] an item may keep its own unique value when it is written again", async () => {
    const { store } = trial;
    const item = person({ email: freshName("mail") });
    await store.create(people, item);
    expect((await store.put(people, { ...item, rank: 2 })).version).toBe(2);
    expect((await store.update(people, item, { set: { email: item.email ?? "", rank: 3 } })).version).toBe(3);
  });

  test("[store.unique.sparse] items without the value do not get in each other's way", async () => {
    const { store } = trial;
    await store.create(people, person());
    await store.create(people, person());
    expect(await store.getUnique(people, "email", { email: freshName("none") })).toBeUndefined();
  });

  test("[store.unique.composite] a constraint of two attributes is about both together", async () => {
    const { store } = trial;
    const [team, other, nick] = [freshName("team"), freshName("team"), freshName("nick")];
    const first = await store.create(people, person({ team, nick }));
    await store.create(people, person({ team: other, nick }));
    await store.create(people, person({ team, nick: `${nick}2` }));
    await expectConflict(store.create(people, person({ team, nick })), {
      reason: "unique",
      table: people,
      unique: "nick",
    });
    expect((await store.getUnique(people, "nick", { team, nick }))?.id).toBe(first.id);
    const joined = person({ team: `${team}#`, nick: nick.slice(1) });
    expect((await store.create(people, joined)).version).toBe(1);
  });

  test("[store.unique.concurrent] of many who take the same value at once, one gets it", async () => {
    const { store } = trial;
    const other = await trial.reopen();
    const email = freshName("mail");
    const calls = Array.from({ length: 20 }, (_, i) => (i % 2 ? store : other).create(people, person({ email })));
    expect(await winners(calls)).toBe(1);
    await other.close();
  });

  test("[store.unique.unknown] a constraint that is not declared is invalid", async () => {
    const get = trial.store.getUnique.bind(trial.store) as (...args: unknown[]) => Promise<unknown>;
    await expectCode(get(people, "phone", { phone: "1" }), "invalid");
    await expectCode(get(people, "nick", { team: "x" }), "invalid");
  });
}
