import { expect, test } from "vitest";
import { op, storeLimits } from "../src/ports/store.ts";
import type { Stored } from "../src/tables/define-table.ts";
import type { Trial } from "./store.ts";
import { expectCode, expectConflict, freshName } from "./store-helpers.ts";
import { passages, things } from "./store-tables.ts";

/** A turn of the unit vector in the plane of the first two dimensions, in degrees. */
function at(degrees: number): number[] {
  const angle = (degrees / 180) * Math.PI;
  return [Math.cos(angle), Math.sin(angle), 0];
}

/** Numbers from -0.5 to 0.5 that look random and are the same every time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32 - 0.5;
  };
}

export function vectorPromises(trial: Trial): void {
  async function library(...vectors: (readonly number[] | undefined)[]): Promise<string> {
    const name = freshName("library");
    for (const [number, embedding] of vectors.entries()) {
      await trial.store.create(passages, { document: name, number, library: name, embedding: embedding?.slice() });
    }
    return name;
  }
  const numbersNear = async (to: readonly number[], ...scopes: string[]): Promise<number[]> => {
    const found = await trial.store.nearest(passages, { vector: "embedding", to, scopes });
    return found.map(({ item }) => item.number);
  };

  test("[vectors.order] the nearest come first with their distance, equally near ones by the key", async () => {
    const { store } = trial;
    const name = await library(at(180), at(90), [0, 0, 2], at(30), [3, 0, 0], [0, -5, 0], [7, 0, 0]);
    const query = { vector: "embedding", to: [2, 0, 0], scopes: [name] } as const;
    const found = await store.nearest(passages, query);
    expect(found.map(({ item }) => item.number)).toEqual([4, 6, 3, 1, 2, 5, 0]);
    const distances = [0, 0, 1 - Math.cos(Math.PI / 6), 1, 1, 1, 2];
    for (const [i, { distance }] of found.entries()) expect(distance).toBeCloseTo(distances[i] as number, 12);
    const items = await store.getMany(
      passages,
      found.map(({ item }) => item),
    );
    expect(found.map(({ item }) => item)).toEqual(items);
  });

  test("[vectors.scopes] nothing outside of the scopes is found, and everything in thousands of them", async () => {
    const { store } = trial;
    const one = await library(at(0), at(20));
    const two = await library(at(10), at(30));
    expect(await numbersNear(at(0), one)).toEqual([0, 1]);
    const both = [0, 0, 1, 1];
    expect(await numbersNear(at(0), one, two)).toEqual(both);
    expect(await numbersNear(at(0))).toEqual([]);
    expect(await numbersNear(at(0), "", "no such library")).toEqual([]);
    const many = Array.from({ length: 2000 }, (_, i) => `no-library-${i}`);
    expect(await numbersNear(at(0), ...many, two, one, two)).toEqual(both);
    for (const number of [1, 2, 3]) {
      await store.put(passages, { document: one, number, library: two, picture: [1, number] });
    }
    const byKey = { vector: "picture", to: [1, 0], scopes: [one] } as const;
    expect((await store.nearest(passages, byKey)).map(({ item }) => item.number)).toEqual([1, 2, 3]);
    expect(await store.nearest(passages, { ...byKey, scopes: [two] })).toEqual([]);
  });

  test("[vectors.exact] among hundreds of items, over many pages, those are found that comparing all finds", async () => {
    const { store } = trial;
    const random = randomNumbers(7);
    const libraries = [freshName("library"), freshName("library"), freshName("library")] as const;
    const all = Array.from({ length: 390 }, (_, number) => ({
      document: libraries[0],
      number,
      library: libraries[number % 3] as string,
      embedding: [random(), random(), random()],
    }));
    for (let from = 0; from < all.length; from += 100) {
      await store.transact(all.slice(from, from + 100).map((item) => op.create(passages, item)));
    }
    for (const [limit, scopes] of [
      [1, libraries],
      [17, libraries.slice(1)],
      [100, libraries],
    ] as const) {
      const to = [random(), random(), random()];
      const cosine = ({ embedding }: { embedding: number[] }): number =>
        embedding.reduce((sum, number, i) => sum + number * (to[i] as number), 0) / Math.hypot(...embedding);
      const expected = all
        .filter((item) => scopes.includes(item.library))
        .sort((a, b) => cosine(b) - cosine(a))
        .slice(0, limit);
      const found = await store.nearest(passages, { vector: "embedding", to, scopes, limit });
      expect(found.map(({ item }) => item.number)).toEqual(expected.map(({ number }) => number));
    }
  });

  test("[vectors.limit] as many are found as asked for, up to 100, and 10 if nothing is said", async () => {
    const { store } = trial;
    const name = await library(...Array.from({ length: 12 }, (_, i) => at(i)));
    const query = { vector: "embedding", to: at(0), scopes: [name] } as const;
    expect(await store.nearest(passages, query)).toHaveLength(10);
    expect((await store.nearest(passages, { ...query, limit: 2 })).map(({ item }) => item.number)).toEqual([0, 1]);
    expect(await store.nearest(passages, { ...query, limit: storeLimits.maxNearest })).toHaveLength(12);
    await expectCode(store.nearest(passages, { ...query, limit: storeLimits.maxNearest + 1 }), "too_large");
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expectCode(store.nearest(passages, { ...query, limit }), "invalid");
    }
  });

  test("[vectors.optional] items without a vector or without a scope are not found, and are there", async () => {
    const { store } = trial;
    const name = await library(undefined, at(0), undefined);
    await store.create(passages, { document: name, number: 3, embedding: at(1) });
    expect(await numbersNear(at(0), name)).toEqual([1]);
    await store.update(passages, { document: name, number: 3 }, { set: { library: name } });
    await store.update(passages, { document: name, number: 1 }, { remove: ["embedding"] });
    await store.update(passages, { document: name, number: 2 }, { set: { embedding: at(2) } });
    expect(await numbersNear(at(0), name)).toEqual([3, 2]);
    const stored = (await store.get(passages, { document: name, number: 1 })) as Stored<typeof passages>;
    expect(stored).toEqual({ document: name, number: 1, library: name, version: 2 });
  });

  test("[vectors.follows] changes, deletions, moves and refused transactions count at once", async () => {
    const { store } = trial;
    const name = await library(at(0), at(10), at(20), at(30));
    const other = freshName("library");
    const key = (number: number) => ({ document: name, number });
    await store.update(passages, key(0), { set: { embedding: at(15) } });
    await store.update(passages, key(1), { set: { note: "as near as before" } });
    await store.delete(passages, key(2));
    await store.put(passages, { ...key(3), library: name, embedding: at(1) });
    expect(await numbersNear(at(0), name)).toEqual([3, 1, 0]);
    await store.update(passages, key(3), { set: { library: other } });
    expect([await numbersNear(at(0), name), await numbersNear(at(0), other)]).toEqual([[1, 0], [3]]);
    const call = store.transact([
      op.create(passages, { ...key(7), library: name, embedding: at(0) }),
      op.update(passages, key(0), { set: { embedding: at(0) } }),
      op.check(passages, key(99), {}),
    ]);
    await expectConflict(call, { reason: "condition", table: passages, operation: 2 });
    expect(await numbersNear(at(0), name)).toEqual([1, 0]);
    await store.transact([
      op.create(passages, { ...key(7), library: name, embedding: at(0) }),
      op.delete(passages, key(1)),
    ]);
    expect(await numbersNear(at(0), name)).toEqual([7, 0]);
  });

  test("[vectors.expiry] from the millisecond of its expiry an item is not found", async () => {
    const { store } = trial;
    const name = await library(at(5));
    const expiresAt = new Date(Date.now() + 3_600_000);
    await store.create(passages, {
      document: name,
      number: 9,
      library: name,
      embedding: at(0),
      expiresAt: expiresAt.toISOString(),
    });
    try {
      trial.setNow(new Date(expiresAt.getTime() - 1));
      expect(await numbersNear(at(0), name)).toEqual([9, 0]);
      trial.setNow(expiresAt);
      expect(await numbersNear(at(0), name)).toEqual([0]);
    } finally {
      trial.setNow(new Date());
    }
  });

  test("[vectors.checked] a vector of another length, of no length or of what are no numbers is not stored", async () => {
    const { store } = trial;
    const name = await library(at(0));
    const wrong: unknown[] = [
      [],
      [1, 0],
      [1, 0, 0, 0],
      [0, 0, 0],
      [1e-7, 0, 0],
      [1e7, 0, 0],
      [1, Number.NaN, 0],
      [1, "0", 0],
    ];
    for (const embedding of wrong as number[][]) {
      const key = { document: name, number: 0 };
      const faults = [
        [store.create(passages, { document: name, number: 1, library: name, embedding }), ""],
        [store.put(passages, { ...key, library: name, embedding }), ""],
        [store.update(passages, key, { set: { embedding } }), "set."],
      ] as const;
      for (const [call, prefix] of faults) {
        const path = expect.stringMatching(new RegExp(`^${prefix}embedding(\\.[0-9]+)?$`)) as string;
        await expect(call).rejects.toMatchObject({ code: "invalid", issues: [{ path }] });
      }
    }
    const small = [1e-5, -1e-120, 0];
    await store.update(passages, { document: name, number: 0 }, { set: { embedding: small } });
    expect(await numbersNear(at(0), name)).toEqual([0]);
    expect(await store.get(passages, { document: name, number: 0 })).toMatchObject({ embedding: small });
  });

  test("[vectors.refused] a query by vectors that are not declared, or by what is none of them, is refused", async () => {
    const { store } = trial;
    const query = { vector: "embedding", to: at(0), scopes: [freshName()] } as const;
    const wrong: object[] = [
      { vector: "none" },
      { vector: "toString" },
      { to: [] },
      { to: [1, 0] },
      { to: [0, 0, 0] },
      { to: [1, 0, Number.POSITIVE_INFINITY] },
      { to: [1, 0, "0"] },
      { to: undefined },
      { scopes: [1] },
    ];
    for (const change of wrong) await expectCode(store.nearest(passages, { ...query, ...change }), "invalid");
    await expectCode(store.nearest(things, query as never), "invalid");
  });

  test("[vectors.loaded] a loaded item whose vector does not fit is kept, and not found by it", async () => {
    const { store } = trial;
    const name = await library(at(0));
    const wrong: unknown[] = [
      [1, 0],
      [0, 0, 0],
      [1e30, 0, 0],
      [1e100, 1, 1],
      "text",
      null,
      [1, "x", 0],
      [[1], 0, 0],
      7,
    ];
    const items = wrong.map((embedding, i) => ({
      document: name,
      number: i + 1,
      library: name,
      embedding,
      version: 1,
    }));
    await store.load(passages, [
      ...(items as Stored<typeof passages>[]),
      { document: name, number: 99, library: name, embedding: at(1), version: 1 },
    ]);
    expect(await numbersNear(at(0), name)).toEqual([0, 99]);
    for (const item of items) expect(await store.get(passages, item)).toEqual(item);
  });

  test("[vectors.reopened] another process finds the same", async () => {
    const name = await library(at(30), at(10), at(20));
    const query = { vector: "embedding", to: at(0), scopes: [name] } as const;
    const found = await trial.store.nearest(passages, query);
    expect(found).toHaveLength(3);
    await using other = await trial.reopen();
    expect(await other.nearest(passages, query)).toEqual(found);
  });
}
