import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createTestDatabase, runSql } from "@aloft/adapters/store/testing/postgres";
import { afterAll, describe, expect, test } from "vitest";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import { forgetSchemaVersion, storeOf } from "../../../test/support/stores.ts";
import { runCli } from "../src/testing.ts";

const here = await available("PostgreSQL 18", () => service("postgres-18"));
const folder = mkdtempSync(join(tmpdir(), "aloft-migrate-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(here)("aloft store migrate and status on PostgreSQL", () => {
  test("[migrations.commands] they say what is there and what is done, and a dry run changes nothing", async () => {
    await using database = await createTestDatabase(() => service("postgres-18"));
    const env = { MAIN_DB_TYPE: "postgres", DATABASE_URL: database.url, ALOFT_DATA_DIR: folder };
    const aloft = (...words: string[]) => runCli(["store", ...words], env);
    const tables = async () => (await runSql(database.url, "SELECT FROM pg_tables WHERE schemaname = 'public'")).length;

    const before = await aloft("status");
    expect(before.code).toBe(1);
    expect(before.out).toMatch(
      /^missing {3}migration 0001-tables: applies it\n.* is not up to date\. Run: aloft store migrate\n$/s,
    );
    expect(JSON.parse((await aloft("status", "--json")).out)).toMatchObject({
      ok: false,
      error: { code: "not_up_to_date" },
      upToDate: false,
    });
    const dry = await aloft("migrate", "--dry-run");
    expect([dry.code, dry.out]).toEqual([0, expect.stringContaining("Nothing was changed.")]);
    expect(JSON.parse((await aloft("migrate", "--dry-run", "--json")).out)).toMatchObject({ done: [], pending: [{}] });
    expect(await tables()).toBe(0);

    const done = await aloft("migrate");
    expect([done.code, done.err]).toEqual([0, expect.stringContaining("Applying migration 0001-tables")]);
    expect(done.out).toMatch(/^done {6}migration 0001-tables\n.* is up to date now\.\n$/s);
    expect(await tables()).toBeGreaterThan(15);
    expect(JSON.parse((await aloft("migrate", "--json")).out)).toMatchObject({ ok: true, done: [], pending: [] });
    expect((await aloft("status")).code).toBe(0);

    await runSql(database.url, "UPDATE aloft_migrations SET checksum = 'x'");
    const spoiled = await aloft("status", "--json");
    expect([spoiled.code, JSON.parse(spoiled.out)]).toMatchObject([1, { ok: false, error: { code: "incompatible" } }]);
    const wrong = await aloft("migrate", "--wait", "soon");
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("--wait cannot be")]);
  });

  test("[migrations.commands.password] neither shows the password, whatever happens", async () => {
    await using database = await createTestDatabase(() => service("postgres-18"));
    const { password } = new URL(database.url);
    const wrongPort = new URL(database.url);
    wrongPort.port = "1";
    const said: string[] = [];
    for (const url of [database.url, wrongPort.href, database.url.replace("postgres:", "mysql:")]) {
      const env = { MAIN_DB_TYPE: "postgres", DATABASE_URL: url, ALOFT_DATA_DIR: folder };
      for (const words of [["status"], ["status", "--json"], ["migrate", "--dry-run"], ["migrate"]]) {
        const { out, err } = await runCli(["store", ...words], env);
        said.push(out + err);
      }
    }
    expect(said.join()).toContain("Nothing listens at 127.0.0.1:1");
    expect(said.join()).toContain("is up to date now");
    expect(said.join()).not.toContain(password);
  });
});

test("[migrations.commands] on SQLite they make the file", async () => {
  const store = `sqlite:${join(folder, "own")}`;
  expect((await runCli(["store", "status", "--store", store])).code).toBe(1);
  expect((await runCli(["store", "migrate", "--store", store])).out).toContain("is up to date now.");
  expect(await runCli(["store", "status", "--store", store])).toMatchObject({ code: 0 });
});

test("[migrations.commands] a newer store is called that, and migrating it is not advised", async () => {
  const path = join(folder, "newer");
  const store = `sqlite:${path}`;
  await runCli(["store", "migrate", "--store", store]);
  const database = new DatabaseSync(join(path, "aloft.db"));
  database.exec(`UPDATE "$aloft" SET value = '99' WHERE name = 'schemaVersion'`);
  database.close();
  const { code, out } = await runCli(["store", "status", "--store", store]);
  expect(code).toBe(1);
  expect(out).toContain("of schema 99, newer than this version's");
  expect(out).not.toContain("Run: aloft store migrate");
  const dry = await runCli(["store", "migrate", "--dry-run", "--store", store]);
  expect(dry.out).not.toContain("To do it");
  const done = await runCli(["store", "migrate", "--store", store]);
  expect(done).toMatchObject({ code: 1, err: expect.stringContaining("newer version (schema 99") });
});

const java = await available("DynamoDB Local", () => service("dynamodb"));
describe.runIf(java)("aloft store migrate on DynamoDB", () => {
  test("[migrations.production] in production it makes no tables unless told to", { timeout: 60_000 }, async () => {
    const { env, drop } = await storeOf(join(folder, "production"), "dynamodb");
    const aloft = (words: readonly string[], ALOFT_ENV = "production") =>
      runCli(["store", ...words], { ...env, ALOFT_ENV, ALOFT_DATA_DIR: folder });
    const refused = await aloft(["migrate"]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("aloft store migrate --create")]);
    expect(refused.err).toContain("DYNAMODB_TABLE_PREFIX");
    const lacking = await aloft(["status", "--json"]);
    expect(lacking.code).toBe(1);
    expect(JSON.parse(lacking.out)).toMatchObject({ ok: false, upToDate: false });
    expect((await aloft(["migrate", "--create"])).code).toBe(0);
    expect((await aloft(["migrate"])).code).toBe(0);
    await drop();
  });

  test(
    "[landing.image.schema-version] in production it notes the version in tables that a deployment made",
    { timeout: 60_000 },
    async () => {
      const store = await storeOf(join(folder, "deployed"), "dynamodb");
      await (await store.open()).close();
      await forgetSchemaVersion(store);
      await expect(store.open({ setUp: "verify" })).rejects.toThrow(/schema version: missing/);
      const migrated = await runCli(["store", "migrate", "--json"], {
        ...store.env,
        ALOFT_ENV: "production",
        ALOFT_DATA_DIR: folder,
      });
      expect(migrated.code).toBe(0);
      expect(JSON.parse(migrated.out).done).toMatchObject([{ what: "schema version" }]);
      await (await store.open({ setUp: "verify" })).close();
      await store.drop();
    },
  );
});
