import { contractTables, notes, passes, people, relics, things } from "@aloft/core/contract/store-tables";
import { op, type Store } from "@aloft/core/ports/store";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { createOwner, createTestDatabase, type TestDatabase } from "../../src/store/testing/postgres.ts";

const here = await available("PostgreSQL 16", () => service("postgres-16"));

describe.runIf(here)("tenants of one PostgreSQL", () => {
  let database: TestDatabase;
  let url: string;
  let a: Store;
  let b: Store;
  const open = (tenant: string): Promise<Store> =>
    postgresStore({ url, tenant, tables: contractTables, schemaVersion: 1, poolSize: 2, upkeep: false });

  beforeAll(async () => {
    database = await createTestDatabase(() => service("postgres-16"));
    url = await createOwner(database);
    [a, b] = [await open("a"), await open("b")];
    for (const store of [a, b]) {
      await store.create(people, { id: "p", team: "t", nick: "n", rank: 1, email: "e", badge: "x" });
      await store.create(notes, { book: "b", page: 1, body: "needle" });
      await store.create(things, { group: "g", name: "n", count: 1 });
    }
  });
  afterAll(async () => {
    await Promise.all([a.close(), b.close()]);
    await database[Symbol.asyncDispose]();
  });

  test("[postgres.tenants] the same keys and unique values are theirs each, and neither sees the other's", async () => {
    await a.update(people, { id: "p" }, { set: { rank: 2 } });
    expect((await b.get(people, { id: "p" }))?.rank).toBe(1);
    expect((await b.getUnique(people, "email", { email: "e" }))?.rank).toBe(1);
    expect((await b.query(people, { index: "byTeam", where: { team: "t" } })).items).toHaveLength(1);
    expect((await b.search(notes, { text: "needle", scopes: ["b"] })).items).toHaveLength(1);
    expect((await b.scan(things)).items).toHaveLength(1);
    expect(await b.estimate(things)).toBe(1);
    await a.transact([op.delete(things, { group: "g", name: "n" }), op.create(relics, { id: "r", value: 1 })]);
    expect((await b.get(things, { group: "g", name: "n" }))?.count).toBe(1);
    expect(await b.get(relics, { id: "r" })).toBeUndefined();
    await a.load(people, [{ id: "q", team: "t", nick: "n", rank: 9, email: "e", version: 1 }]);
    expect((await b.scan(people)).items.map(({ id }) => id)).toEqual(["p"]);
  });

  test("[postgres.tenants] upkeep and freezing are each tenant's own", async () => {
    const expired = { gate: "g", number: 1, holder: "h", code: "c", note: "", expiresAt: "2020-01-01T00:00:00.000Z" };
    for (const store of [a, b]) await store.load(passes, [{ ...expired, version: 1 }]);
    await a.maintain();
    expect((await rawRows("b", 'SELECT FROM "contract_passes"')).length).toBe(1);
    expect((await rawRows("a", 'SELECT FROM "contract_passes"')).length).toBe(0);
    await using _freeze = await a.freeze();
    await b.put(relics, { id: "free", value: 1 });
  });

  /** As a program that forgot to name the tenant in its statement, on a connection of its own. */
  async function rawRows(tenant: string | undefined, sql: string): Promise<unknown[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      if (tenant !== undefined) await client.query("SELECT set_config('aloft.tenant', $1, false)", [tenant]);
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  test("[postgres.tenants.rows] raw SQL of the tables' owner sees one tenant's rows, or none", async () => {
    const tenants = async (tenant?: string) =>
      rawRows(tenant, 'SELECT DISTINCT "$tenant" AS name FROM "contract_notes"');
    expect(await tenants("b")).toEqual([{ name: "b" }]);
    expect(await tenants("nobody")).toEqual([]);
    expect(await tenants()).toEqual([]);
    expect(await rawRows("b", 'SELECT FROM "contract_notes$search"')).toEqual([]);
    expect(await rawRows(undefined, `DELETE FROM "contract_notes" RETURNING 1`)).toEqual([]);
    expect(await rawRows("b", `UPDATE "contract_notes" SET "body" = 'x' WHERE "$tenant" = 'a' RETURNING 1`)).toEqual(
      [],
    );
    const stolen = rawRows("b", `INSERT INTO "contract_relics" ("$tenant", "id", "$version") VALUES ('a', 'z', 1)`);
    await expect(stolen).rejects.toThrow(/row-level security/);
    const moved = rawRows("b", `UPDATE "contract_notes" SET "$tenant" = 'a'`);
    await expect(moved).rejects.toThrow(/row-level security/);
  });

  test("[postgres.tenants.names] a name that SQL could misread is refused before anything is asked", async () => {
    for (const tenant of ["", "a'b", "a\\", "a b", "x".repeat(129)]) {
      await expect(open(tenant)).rejects.toMatchObject({ code: "invalid" });
    }
  });
});
