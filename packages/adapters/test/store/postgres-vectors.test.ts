import { nearestOf, planNearest } from "@aloft/core/tables/nearest";
import { defineTable, type Stored } from "@aloft/core/tables/define-table";
import type { Store } from "@aloft/core/ports/store";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { nearestSql } from "../../src/store/postgres-nearest.ts";
import { postgresStore, type PostgresStoreOptions } from "../../src/store/postgres.ts";
import { createOwner, createTestDatabase, runSql, type TestDatabase } from "../../src/store/testing/postgres.ts";

const here = await available("PostgreSQL 18", () => service("postgres-18"));
const without = await available("PostgreSQL 16", () => service("postgres-16"));

const dimensions = 64;
const item = z.object({
  library: z.string(),
  number: z.number().int(),
  text: z.string().optional(),
  embedding: z.array(z.number()).optional(),
});
const passages = defineTable("vector_passages", {
  item,
  key: ["library", "number"],
  search: { text: ["text"], scope: "library" },
  vectors: { embedding: { attribute: "embedding", dimensions, scope: "library" } },
});
type Passage = Stored<typeof passages>;

/** Numbers from -0.5 to 0.5 that look random and are the same every time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32 - 0.5;
  };
}

function passagesOf(count: number, random: () => number, libraries: readonly string[], center = 0): Passage[] {
  return Array.from({ length: count }, (_, number) => ({
    library: libraries[number % libraries.length] as string,
    number,
    embedding: Array.from({ length: dimensions }, () => random() + center),
    version: 1,
  }));
}

async function load(store: Store, items: readonly Passage[]): Promise<void> {
  for (let from = 0; from < items.length; from += 500) await store.load(passages, items.slice(from, from + 500));
}

function namesOf(found: readonly { readonly item: Passage }[]): string[] {
  return found.map(({ item: { library, number } }) => `${library} ${number}`);
}

/** The truth. */
function exactly(items: readonly Passage[], to: readonly number[], scopes: readonly string[], limit = 10): string[] {
  const nearest = nearestOf<Passage>(planNearest(passages, { vector: "embedding", to, scopes, limit }));
  for (const one of items) if (scopes.includes(one.library)) nearest.offer(one);
  return namesOf(nearest.found());
}

interface Open {
  readonly store: Store;
  readonly notices: string[];
  /** How many requests the call takes. */
  readonly count: (call: () => Promise<unknown>) => Promise<number>;
}

async function open(url: string, more: Partial<PostgresStoreOptions> = {}): Promise<Open> {
  let requests = 0;
  const notices: string[] = [];
  const store = await postgresStore({
    url,
    tables: [passages],
    schemaVersion: 1,
    upkeep: false,
    poolSize: 2,
    onRequest: () => void requests++,
    onNotice: (message) => void notices.push(message),
    ...more,
  });
  const count = async (call: () => Promise<unknown>): Promise<number> => {
    requests = 0;
    await call();
    return requests;
  };
  return { store, notices, count };
}

describe.runIf(here)("vectors among thousands, with pgvector", { timeout: 60_000 }, () => {
  const random = randomNumbers(42);
  const libraries = ["north", "south"];
  const own = passagesOf(5000, random, libraries);
  const small = passagesOf(900, random, ["small"]);
  const query = (): number[] => Array.from({ length: dimensions }, random);
  let database: TestDatabase;
  let owner: string;
  let opened: Open;

  beforeAll(async () => {
    database = await createTestDatabase(() => service("postgres-18"));
    owner = await createOwner(database);
    await runSql(database.url, "CREATE EXTENSION vector");
    opened = await open(owner, { tenant: "a" });
    await load(opened.store, [...own, ...small]);
    const other = await open(owner, { tenant: "b" });
    await load(other.store, passagesOf(2000, random, libraries, 0.4));
    await other.store.close();
  }, 180_000);
  afterAll(async () => {
    await opened.store.close();
    await database[Symbol.asyncDispose]();
  });

  test("[vectors.index] the plan walks the index, for a user whom row security binds and for one it does not", async () => {
    const plan = planNearest(passages, { vector: "embedding", to: query(), scopes: libraries });
    for (const url of [owner, database.url]) {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        await client.query(`ANALYZE "vector_passages"`);
        await client.query("BEGIN; SELECT set_config('aloft.tenant', 'a', true)");
        const [settings, found] = nearestSql(plan, { tenant: "a", now: 0 }, "public");
        await client.query(settings?.text ?? "");
        const explained = await client.query<Record<"QUERY PLAN", string>>(`EXPLAIN (ANALYZE) ${found?.text ?? ""}`, [
          ...(found?.values ?? []),
        ]);
        const text = explained.rows.map((row) => row["QUERY PLAN"]).join("\n");
        expect(text).toMatch(
          /Index Scan using "vector_passages\$vector\$embedding" on vector_passages[^\n]*rows=20(\.00)? loops=1/,
        );
        expect(text).toMatch(/never executed/);
      } finally {
        await client.end();
      }
    }
  });

  test("[vectors.recall] at least 95 % of the ten nearest are found, in one request, within one library or both", async () => {
    let right = 0;
    let asked = 0;
    for (let i = 0; i < 60; i++) {
      const scopes = i % 2 === 0 ? libraries : ["south"];
      const to = query();
      const expected = exactly(own, to, scopes);
      let found: string[] = [];
      const requests = await opened.count(async () => {
        found = namesOf(await opened.store.nearest(passages, { vector: "embedding", to, scopes }));
      });
      expect([requests, found.length]).toEqual([1, 10]);
      right += expected.filter((name) => found.includes(name)).length;
      asked += expected.length;
    }
    expect(right / asked).toBeGreaterThanOrEqual(0.95);
  });

  test("[vectors.small] 900 items are searched exactly", async () => {
    for (let i = 0; i < 10; i++) {
      const to = query();
      const found = await opened.store.nearest(passages, { vector: "embedding", to, scopes: ["small"], limit: 100 });
      expect(namesOf(found)).toEqual(exactly(small, to, ["small"], 100));
    }
  });

  test("[vectors.tenants] the nearest thousands being another tenant's, one's own are found and nothing of theirs", async () => {
    const to = Array.from({ length: dimensions }, () => 1);
    const found = await opened.store.nearest(passages, { vector: "embedding", to, scopes: ["north"], limit: 20 });
    const expected = exactly(own, to, ["north"], 20);
    expect(found.map(({ item: { number } }) => number).every((number) => number % 2 === 0)).toBe(true);
    const stored = await opened.store.getMany(
      passages,
      found.map((one) => one.item),
    );
    expect(stored).toEqual(found.map((one) => one.item));
    expect(expected.filter((name) => namesOf(found).includes(name)).length).toBeGreaterThanOrEqual(19);
    const stranger = await open(owner, { tenant: "c" });
    expect(await stranger.store.nearest(passages, { vector: "embedding", to, scopes: libraries })).toEqual([]);
    await stranger.store.close();
  });

  test("[vectors.sparse] where the index gives up early, everything in the scopes is compared", async () => {
    const name = new URL(database.url).pathname.slice(1);
    await runSql(database.url, `ALTER DATABASE ${name} SET hnsw.max_scan_tuples = 200`);
    const limited = await open(owner, { tenant: "a" });
    try {
      const to = Array.from({ length: dimensions }, () => 1);
      let found: string[] = [];
      const requests = await limited.count(async () => {
        const query = { vector: "embedding", to, scopes: ["north"], limit: 100 } as const;
        found = namesOf(await limited.store.nearest(passages, query));
      });
      expect(requests).toBe(2);
      expect(found).toEqual(exactly(own, to, ["north"], 100));
    } finally {
      await limited.store.close();
      await runSql(database.url, `ALTER DATABASE ${name} RESET hnsw.max_scan_tuples`);
    }
  });
});

describe.runIf(here)("pgvector as it comes and goes", { timeout: 60_000 }, () => {
  const random = randomNumbers(3);
  const items = passagesOf(150, random, ["west"]);
  const to = Array.from({ length: dimensions }, random);
  const query = { vector: "embedding", to, scopes: ["west"] } as const;
  const expected = exactly(items, to, ["west"]);
  /** Each column of vectors with its type, and whether there is an index of it. */
  const columns = async (url: string): Promise<unknown[]> => {
    const rows = await runSql(
      url,
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, EXISTS (SELECT FROM pg_index ` +
        `WHERE indrelid = attrelid AND attnum = ANY(indkey) AND indisvalid) AS indexed FROM pg_attribute ` +
        `WHERE attrelid = 'vector_passages'::regclass AND attname LIKE '$vector$%' AND NOT attisdropped`,
    );
    return rows.map(({ name, type, indexed }) => [name, type, indexed]);
  };
  const ready = [["$vector$embedding", "vector(64)", true]];

  test("[vectors.extension] opening makes the extension where the user may, and goes on where it may not", async () => {
    await using database = await createTestDatabase(() => service("postgres-18"));
    const owner = await createOwner(database);
    const first = await open(owner);
    expect(await columns(database.url)).toEqual([]);
    await first.store.close();
    const second = await open(database.url);
    expect(await columns(database.url)).toEqual(ready);
    expect(second.notices).toEqual([]);
    await second.store.create(passages, { library: "west", number: 1, text: "both ways", embedding: to });
    expect(namesOf(await second.store.nearest(passages, query))).toEqual(["west 1"]);
    const { items: found } = await second.store.search(passages, { text: "ways", scopes: ["west"] });
    expect(found).toEqual([{ library: "west", number: 1, text: "both ways", embedding: to, version: 1 }]);
    await second.store.close();
  });

  test("[vectors.later] an extension that comes later: an index at the next opening, found by after the upkeep", async () => {
    await using database = await createTestDatabase(() => service("postgres-18"));
    const owner = await createOwner(database);
    const running = await open(owner);
    await load(running.store, items);
    const nearest = async (): Promise<void> => {
      expect(namesOf(await running.store.nearest(passages, query))).toEqual(expected);
    };
    expect(await running.count(nearest)).toBe(2);
    await runSql(database.url, "CREATE SCHEMA elsewhere; CREATE EXTENSION vector SCHEMA elsewhere");
    const refused = await open(owner);
    expect(refused.notices).toEqual([expect.stringMatching(/one by one\. .* run: GRANT USAGE ON SCHEMA elsewhere TO/)]);
    expect(namesOf(await refused.store.nearest(passages, query))).toEqual(expected);
    await refused.store.close();
    await runSql(database.url, "GRANT USAGE ON SCHEMA elsewhere TO PUBLIC");
    const verifying = await open(owner, { setUp: "verify" });
    expect(verifying.notices).toEqual([
      expect.stringMatching(/one by one\. As the owner .* run: aloft store migrate$/),
    ]);
    await verifying.store.close();
    const next = await Promise.all(Array.from({ length: 4 }, () => open(owner)));
    for (const { store, notices } of next) {
      expect(notices).toEqual([]);
      expect(namesOf(await store.nearest(passages, query))).toEqual(expected);
      await store.close();
    }
    expect(await columns(database.url)).toEqual([["$vector$embedding", "elsewhere.vector(64)", true]]);
    expect(await running.count(nearest)).toBe(2);
    await running.store.maintain();
    expect(await running.count(nearest)).toBe(1);
    await running.store.close();
  });

  test("[vectors.gone] an extension that is dropped: writes and searches go on without it", async () => {
    await using database = await createTestDatabase(() => service("postgres-18"));
    const { store } = await open(database.url);
    await load(store, items);
    expect(namesOf(await store.nearest(passages, query))).toEqual(expected);
    await runSql(database.url, "DROP EXTENSION vector CASCADE");
    expect(namesOf(await store.nearest(passages, query))).toEqual(expected);
    await store.create(passages, { library: "west", number: 999, embedding: to });
    expect(namesOf(await store.nearest(passages, query))).toEqual(["west 999", ...expected.slice(0, 9)]);
    await store.close();
  });

  test("[vectors.changed] other dimensions, a build that broke off and vectors no longer declared are put right", async () => {
    await using database = await createTestDatabase(() => service("postgres-18"));
    const first = await open(database.url);
    await load(first.store, items);
    await first.store.close();
    await runSql(
      database.url,
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"vector_passages$vector$embedding"'::regclass`,
    );
    expect(await columns(database.url)).not.toEqual(ready);
    const mended = await open(database.url);
    expect(await columns(database.url)).toEqual(ready);
    await mended.store.close();
    const vectors = { embedding: { attribute: "embedding", dimensions: 2, scope: "library" } } as const;
    const flat = defineTable("vector_passages", { item, key: ["library", "number"], vectors });
    const changed = await open(database.url, { tables: [flat] });
    expect(await columns(database.url)).toEqual([["$vector$embedding", "vector(2)", true]]);
    await changed.store.create(flat, { library: "west", number: 999, embedding: [1, 2] });
    const found = await changed.store.nearest(flat, { vector: "embedding", to: [1, 0], scopes: ["west"] });
    expect(found.map((one) => one.item.number)).toEqual([999]);
    await changed.store.close();
    const plain = defineTable("vector_passages", { item, key: ["library", "number"] });
    const last = await open(database.url, { tables: [plain] });
    expect(await columns(database.url)).toEqual([]);
    expect((await last.store.get(plain, { library: "west", number: 3 }))?.embedding).toEqual(items[3]?.embedding);
    await last.store.close();
  });

  test("[vectors.optional-index] an index that another builds is not waited for long, and one that fails is told", async () => {
    await using database = await createTestDatabase(() => service("postgres-18"));
    const first = await open(database.url);
    await load(first.store, items);
    await first.store.close();
    const drop = `ALTER TABLE vector_passages DROP COLUMN IF EXISTS "$vector$embedding"`;
    await runSql(database.url, drop);
    const builder = new Client({ connectionString: database.url });
    await builder.connect();
    await builder.query("SELECT pg_advisory_lock(1634496358, 1)");
    const meanwhile = await open(database.url);
    await builder.end();
    expect(meanwhile.notices).toEqual([expect.stringMatching(/one by one/)]);
    expect(namesOf(await meanwhile.store.nearest(passages, query))).toEqual(expected);
    await meanwhile.store.close();
    await runSql(database.url, `${drop}; CREATE TABLE "vector_passages$vector$embedding" (taken text)`);
    const failing = await open(database.url);
    expect(failing.notices).toEqual([
      expect.stringMatching(/not all indexed, as this failed: .* already exists\. CREATE INDEX/),
      expect.stringMatching(/one by one/),
    ]);
    expect(namesOf(await failing.store.nearest(passages, query))).toEqual(expected);
    await failing.store.close();
  });

  test("[vectors.notice] it is said once that vectors are searched one by one, and how that is mended", async () => {
    await using database = await createTestDatabase(() => service("postgres-18"));
    const { store, notices } = await open(await createOwner(database));
    await load(store, items);
    await store.nearest(passages, query);
    await store.maintain();
    await store.nearest(passages, query);
    expect(notices).toEqual([
      expect.stringMatching(
        /^The vectors "embedding" of vector_passages are searched one by one\. .* has no pgvector.*a member of rds_superuser\), run: CREATE EXTENSION vector$/,
      ),
    ]);
    await store.close();
  });

  test("[vectors.large] more dimensions than the index takes are searched one by one, and that is said", async () => {
    await using database = await createTestDatabase(() => service("postgres-18"));
    const vectors = { embedding: { attribute: "embedding", dimensions: 2001, scope: "library" } } as const;
    const large = defineTable("vector_passages", { item, key: ["library", "number"], vectors });
    const { store, notices } = await open(database.url, { tables: [large] });
    expect(notices[0]).toMatch(
      /^The vectors "embedding" of vector_passages are searched one by one: .* 2000 dimensions/,
    );
    const point = (at: number): number[] => Array.from({ length: 2001 }, (_, i) => (i === at ? 1 : 0.01));
    for (const number of [5, 2000]) await store.create(large, { library: "west", number, embedding: point(number) });
    const found = await store.nearest(large, { vector: "embedding", to: point(2000), scopes: ["west"] });
    expect(found.map((one) => one.item.number)).toEqual([2000, 5]);
    await store.close();
  });
});

describe.runIf(without)("without pgvector", () => {
  test("[vectors.notice] a server that has no pgvector is told how to get it", async () => {
    await using database = await createTestDatabase(() => service("postgres-16"));
    const { store, notices } = await open(database.url);
    expect(notices).toEqual([
      expect.stringMatching(/searched one by one\. .*Install it at the server first .* run: CREATE EXTENSION vector$/),
    ]);
    await store.close();
  });
});
