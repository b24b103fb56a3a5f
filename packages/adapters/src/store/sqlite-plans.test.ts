import { join } from "node:path";
import { contractTables, notes, papers } from "@aloft/core/contract/store-tables";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { orderOf } from "@aloft/core/tables/shape";
import { tables } from "@aloft/core/tables";
import { expect, test } from "vitest";
import { openDatabase, type Database } from "./sqlite-database.ts";
import { readQuery, readScan } from "./sqlite-pages.ts";
import { readSearch } from "./sqlite-search.ts";
import { storeOn } from "./sqlite.ts";
import { temporaryFolder } from "./testing/temporary-store.ts";
import { planQuery, planScan, planSearch, pageOf } from "@aloft/core/tables/pages";

/** The statements that a read prepares. */
function statementsOf(database: Database, read: (recording: Database) => unknown): string[] {
  const statements: string[] = [];
  const prepare = (sql: string) => {
    statements.push(sql);
    return database.prepare(sql);
  };
  read({ ...database, prepare, prepareOnce: (_, sql) => prepare(sql()) });
  return statements;
}

function planOf({ handle }: Database, sql: string): string[] {
  return handle
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map((row) => String(row["detail"]));
}

const sampleValue = (table: AnyTable, attribute: string) => (table.keyTypes[attribute] === "number" ? 1 : "x");

test("[store.sqlite.plans] every page of every table is read by its index, in order, without sorting", async () => {
  await using temporary = await temporaryFolder();
  const database = openDatabase(join(temporary.folder, "store.sqlite"));
  const all = [...tables, ...contractTables];
  await using _store = storeOn(database, { tables: all, schemaVersion: 1, path: database.path });
  const statements = new Set<string>();
  for (const table of all) {
    for (const index of [undefined, ...Object.keys(table.indexes)]) {
      const order = orderOf(table, index);
      for (let fixed = 0; fixed <= order.declaredSort; fixed++) {
        const given = [...order.partition, ...order.sort.slice(0, fixed)];
        const where = Object.fromEntries(given.map((name) => [name, sampleValue(table, name)]));
        const ranged = order.sort[fixed];
        const bound = ranged === undefined ? 0 : sampleValue(table, ranged);
        const ranges = fixed < order.declaredSort ? [{}, { gte: bound, lte: bound }] : [{}];
        for (const range of ranges) {
          for (const direction of ["asc", "desc"] as const) {
            const query = { ...(index === undefined ? {} : { index }), where, range, order: direction };
            const sample = Object.fromEntries(
              [...order.partition, ...order.sort].map((name) => [name, sampleValue(table, name)]),
            );
            const { next } = pageOf(planQuery(table, { ...query, limit: 1 }), [sample, sample]);
            for (const cursor of [undefined, next]) {
              const plan = planQuery(table, { ...query, cursor });
              for (const sql of statementsOf(database, (recording) => readQuery(recording, plan, 0)))
                statements.add(sql);
            }
          }
        }
      }
    }
    for (const sql of statementsOf(database, (recording) => readScan(recording, planScan(table, {}), 0)))
      statements.add(sql);
  }
  expect(statements.size).toBeGreaterThan(100);
  for (const sql of statements) {
    const steps = planOf(database, sql).filter(
      (step) => step !== "CO-ROUTINE (subquery-1)" && step !== "SCAN (subquery-1)",
    );
    expect(steps, sql).toHaveLength(1);
    const equal = sql.includes(" = ?");
    expect(steps[0], sql).toMatch(equal ? /^SEARCH \S+ USING INDEX / : /^S(EARCH|CAN) \S+ USING INDEX /);
  }
});

test("[store.sqlite.plans] a common word is looked for along an index that covers scope and key", async () => {
  await using temporary = await temporaryFolder();
  const database = openDatabase(join(temporary.folder, "store.sqlite"));
  await using store = storeOn(database, { tables: contractTables, schemaVersion: 1, path: database.path });
  await Promise.all(
    Array.from({ length: 1100 }, async (_, page) => {
      await store.create(notes, { book: "b", page, body: "common" });
      await store.create(papers, { id: `${page}`, shelf: "b", body: "common" });
    }),
  );
  for (const table of [notes, papers]) {
    const plan = planSearch(table, { text: "common", scopes: ["b"] });
    const [, walk = ""] = statementsOf(database, (recording) => readSearch(recording, plan, 0));
    expect(planOf(database, walk)[0]).toMatch(/^SEARCH \S+ USING COVERING INDEX /);
  }
});
