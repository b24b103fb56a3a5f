import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tables } from "@aloft/core/tables";
import { defineTable, type AnyTable } from "@aloft/core/tables/define-table";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { generateMigration, readDeclarations, readMigrations } from "../../src/store/postgres-migration-files.ts";
import { migrationsFor } from "../../src/store/postgres-schema.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { createOwner, createTestDatabase } from "../../src/store/testing/postgres.ts";

const text = z.string();
const before = defineTable("docs", {
  item: z.object({ id: text, title: text, until: text.optional(), kind: text }),
  key: ["id"],
});
const after = defineTable("docs", {
  item: z.object({ id: text, title: text, until: text.optional(), kind: text.nullable(), size: z.number().optional() }),
  key: ["id"],
  unique: { title: ["title"] },
  indexes: { bySize: { partition: [], sort: ["size"] } },
  expires: "until",
  search: { text: ["title"], scope: "id" },
});

test("[migrations.generated] the files lead to the declarations of today, and none is left to be decided", () => {
  const given = { count: readMigrations().length, declarations: readDeclarations() };
  expect(given.count).toBeGreaterThan(0);
  expect(Object.keys(generateMigration(tables, given, "forgotten"))).toEqual([]);
  const changed = [...tables, after];
  const files = generateMigration(changed, given, "docs");
  expect(Object.keys(files)).toEqual([`${String(given.count + 1).padStart(4, "0")}-docs.sql`, "declarations.json"]);
  expect(Object.values(files)[0]).toContain('CREATE TABLE "docs"');
});

test("[migrations.generated.losses] what would lose data is a comment that keeps the file from running", async () => {
  const { refused, statements } = migrationsFor([before], migrationsFor([after]).declarations);
  expect(refused.map(({ why }) => why)).toEqual([
    'The attribute "kind" of "docs" changed from json to text.',
    'The attribute "size" of "docs" is no longer declared.',
  ]);
  expect(statements.join()).not.toMatch(/DROP COLUMN|DROP TABLE "docs"|TYPE/);
  const gone = migrationsFor([], migrationsFor([after]).declarations);
  expect(gone.refused).toEqual([{ why: 'The table "docs" is no longer declared.', sql: 'DROP TABLE "docs" CASCADE' }]);

  const folder = await mkdtemp(join(tmpdir(), "aloft-migrations-"));
  try {
    const given = { count: 0, declarations: migrationsFor([after]).declarations };
    for (const [name, content] of Object.entries(generateMigration([before], given, "less"))) {
      await writeFile(join(folder, name), content);
      if (name.endsWith(".sql")) expect(content).toContain('-- ALTER TABLE "docs" DROP COLUMN "size";');
    }
    expect(() => readMigrations(folder)).toThrow(
      /0001-less\.sql has lines that begin with "-- DECIDE:"\. Edit it by hand first/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

const here = await available("PostgreSQL 16", () => service("postgres-16"));

describe.runIf(here)("a schema that grows", () => {
  test("[migrations.generated.additions] what is added works on the data that is there, of every tenant", async () => {
    await using database = await createTestDatabase(() => service("postgres-16"));
    const url = await createOwner(database);
    const open = (tenant: string, table: AnyTable, schemaVersion: number) =>
      postgresStore({
        url,
        tenant,
        tables: [table],
        schemaVersion,
        upkeep: false,
        now: () => new Date("2030-01-01T00:00:00Z"),
      });
    for (const tenant of ["a", "b"]) {
      await using store = await open(tenant, before, 1);
      await store.create(before, { id: "1", title: "first", kind: 'a "b"\n' });
      await store.create(before, { id: "2", title: "second", kind: "x", until: "2029-01-01T00:00:00.000Z" });
    }
    for (const tenant of ["a", "b"]) {
      await using store = await open(tenant, after, 2);
      await store.maintain();
      expect((await store.scan(after)).items).toEqual([{ id: "1", title: "first", kind: 'a "b"\n', version: 1 }]);
      expect((await store.search(after, { text: "first", scopes: ["1"] })).items).toHaveLength(1);
      await store.update(after, { id: "1" }, { set: { size: 3, kind: null } }, { if: { kind: 'a "b"\n' } });
      expect((await store.query(after, { index: "bySize", where: {} })).items).toMatchObject([{ kind: null }]);
      await expect(store.create(after, { id: "3", title: "first", kind: null })).rejects.toMatchObject({
        reason: "unique",
      });
    }
    await expect(open("a", before, 3)).rejects.toThrow(/data that would be lost: The attribute "kind"/);
  });
});
