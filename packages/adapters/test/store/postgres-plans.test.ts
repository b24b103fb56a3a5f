import { planQuery, planSearch } from "@aloft/core/tables/pages";
import { letters, people } from "@aloft/core/contract/store-tables";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { querySql, searchSql } from "../../src/store/postgres-pages.ts";
import type { Statement } from "../../src/store/postgres-connection.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { createOwner, createTestDatabase, type TestDatabase } from "../../src/store/testing/postgres.ts";

for (const version of [16, 18] as const) {
  const here = await available(`PostgreSQL ${version}`, () => service(`postgres-${version}`));

  describe.runIf(here)(`plans of PostgreSQL ${version}`, { timeout: 60_000 }, () => {
    let database: TestDatabase;
    let owner: string;
    const reading = { tenant: "a", now: 0 };
    const tables: readonly AnyTable[] = [letters, people];

    beforeAll(async () => {
      database = await createTestDatabase(() => service(`postgres-${version}`));
      owner = await createOwner(database);
      for (const tenant of ["a", "b"]) {
        const store = await postgresStore({ url: owner, tenant, tables, schemaVersion: 1, upkeep: false });
        for (let from = 0; from < 20_000; from += 500) {
          const numbers = Array.from({ length: 500 }, (_, i) => from + i);
          await store.load(
            letters,
            numbers.map((n) => {
              const body = `common word${n % 100} ${n % 5000 === 0 ? "rare" : ""}`;
              return { box: `box${n % 10}`, number: n, writtenAt: `day ${100_000 + n}`, body, version: 1 };
            }),
          );
          await store.load(
            people,
            numbers.map((n) => ({ id: `p${n}`, team: `t${n % 50}`, nick: `n${n}`, rank: n, version: 1 })),
          );
        }
        await store.close();
      }
    }, 120_000);
    afterAll(() => database[Symbol.asyncDispose]());

    /** The plan that the user gets for the last of the statements, with the setting that row security looks at. */
    async function planFor(url: string, statements: readonly Statement[]): Promise<string> {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        await client.query(`ANALYZE "contract_letters"; ANALYZE "contract_people"`).catch(() => undefined);
        await client.query("BEGIN");
        await client.query("SELECT set_config('aloft.tenant', 'a', true)");
        for (const { text, values } of statements.slice(0, -1)) await client.query(text, [...values]);
        const last = statements.at(-1) as Statement;
        const { rows } = await client.query<Record<"QUERY PLAN", string>>(`EXPLAIN (ANALYZE) ${last.text}`, [
          ...last.values,
        ]);
        return rows.map((row) => row["QUERY PLAN"]).join("\n");
      } finally {
        await client.end();
      }
    }

    test("[postgres.search.index] a rare word is found by the index of words, a common one along the newest", async () => {
      const search = (text: string) => searchSql(planSearch(letters, { text, scopes: ["box0", "box5"] }), reading);
      for (const url of [owner, database.url]) {
        const rare = await planFor(url, search("rare"));
        expect(rare).toContain('Bitmap Index Scan on "contract_letters$words"');
        const common = await planFor(url, search("common"));
        expect(common).toMatch(/Index (Only )?Scan (Backward )?using "contract_letters\$(newest|scope)"/);
        for (const plan of [rare, common]) expect(plan).not.toMatch(/Seq Scan on contract_letters/);
      }
      const store = await postgresStore({ url: owner, tenant: "a", tables, schemaVersion: 1, upkeep: false });
      const { items } = await store.search(letters, { text: "rare", scopes: ["box0"] });
      expect(items.map(({ number }) => number)).toEqual([15_000, 10_000, 5000, 0]);
      await store.close();
    });

    test("[postgres.keys.index] pages walk the key or their index, and read no more than they give", async () => {
      const pages = [
        [
          letters,
          planQuery(letters, { where: { box: "box1" }, range: { gt: 500 }, limit: 20 }),
          "contract_letters$key",
        ],
        [people, planQuery(people, { index: "byRank", where: { team: "t1" }, order: "desc", limit: 20 }), "by$byRank"],
      ] as const;
      for (const [, plan, index] of pages) {
        const text = await planFor(owner, [querySql(plan, reading)]);
        expect(text).toMatch(
          new RegExp(
            `Index Scan (Backward )?using "?[a-z_]*\\$?${index.replace("$", "\\$")}|${index.replaceAll("$", "\\$")}`,
          ),
        );
        expect(text).not.toMatch(/Seq Scan|Sort/);
        expect(text).toMatch(/rows=21(\.00)? loops=1/);
      }
    });
  });
}
