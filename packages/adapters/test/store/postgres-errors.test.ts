import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { relics } from "@aloft/core/contract/store-tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { postgresStore, type PostgresStoreOptions } from "../../src/store/postgres.ts";
import { createOwner, createTestDatabase, runSql, type TestDatabase } from "../../src/store/testing/postgres.ts";

const here = await available("PostgreSQL 18", () => service("postgres-18"));
const secret = "p4ss-w0rd-nobody-sees";

describe.runIf(here)("what PostgreSQL refuses", () => {
  let database: TestDatabase;
  let owner: string;
  const seen: unknown[] = [];

  beforeAll(async () => {
    database = await createTestDatabase(() => service("postgres-18"));
    owner = await createOwner(database, secret);
    await (await open(owner)).close();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  function open(url: string, more: Partial<PostgresStoreOptions> = {}) {
    return postgresStore({ url, tables: [relics], schemaVersion: 1, upkeep: false, poolSize: 2, ...more });
  }

  async function faultOf(call: Promise<unknown>): Promise<{ code: string; message: string }> {
    const error: unknown = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    seen.push(error);
    return error as { code: string; message: string } & Error;
  }

  function changed(change: (url: URL) => void, base = owner): string {
    const url = new URL(base);
    change(url);
    return url.href;
  }

  /** A user who may sign in, and nothing else. */
  async function user(options = ""): Promise<string> {
    const name = `user_${randomBytes(4).toString("hex")}`;
    await runSql(database.url, `CREATE ROLE ${name} LOGIN PASSWORD '${secret}' ${options}`);
    return changed((url) => (url.username = name));
  }

  test("[postgres.errors.unreachable] a wrong host, a wrong port and what is no URL are named", async () => {
    const host = await faultOf(open(changed((url) => (url.hostname = "no-such-host.invalid"))));
    expect(host).toMatchObject({ code: "unavailable" });
    expect(host.message).toBe(
      "There is no host no-such-host.invalid: its name does not resolve. Correct it in DATABASE_URL.",
    );
    const port = await faultOf(open(changed((url) => (url.port = "1"))));
    expect(port.message).toMatch(/^Nothing listens at 127\.0\.0\.1:1\. .*DATABASE_URL/);
    for (const url of [`mysql://u:${secret}@h/d`, `postgres://u:${secret}#@h:x/d`, secret]) {
      expect((await faultOf(open(url))).message).toMatch(/^DATABASE_URL is not a URL of PostgreSQL's\. .*%40/);
    }
    expect((await faultOf(open(changed((url) => (url.pathname = ""))))).message).toMatch(/names no database/);
    expect((await faultOf(open(owner, { directUrl: secret }))).message).toMatch(/^DATABASE_DIRECT_URL is not a URL/);
  });

  test("[postgres.errors.sign-in] a wrong password, an unknown user and an unknown database are named", async () => {
    const wrong = await faultOf(open(changed((url) => (url.password = `${secret}-wrong`))));
    expect(wrong.message).toMatch(/refused the user or the password of owner_\w+\. Correct them in DATABASE_URL\.$/);
    expect((await faultOf(open(changed((url) => (url.username = "stranger"))))).message).toMatch(
      /password of stranger/,
    );
    const nowhere = await faultOf(open(changed((url) => (url.pathname = "/nowhere"))));
    expect(nowhere.message).toMatch(/has no database "nowhere"\. Make it \(createdb nowhere\)/);
  });

  test("[postgres.errors.privilege] lacking CREATE or SELECT is named with the GRANT that mends it", async () => {
    await using empty = await createTestDatabase(() => service("postgres-18"));
    const creating = await faultOf(open(changed((url) => (url.pathname = new URL(empty.url).pathname), await user())));
    expect(creating.message).toMatch(
      /^The user user_\w+ lacks a privilege on schema public\. Run as its owner: GRANT CREATE, USAGE/,
    );
    const plain = await user();
    const reading = await faultOf(open(plain));
    expect(reading.message).toMatch(
      /lacks a privilege on table aloft_tables\. Run as its owner: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "user_/,
    );
    await runSql(owner, /GRANT SELECT.*$/.exec(reading.message)?.[0] ?? "");
    await using store = await open(plain, { tenant: "granted" });
    expect(await store.create(relics, { id: "r", value: 1 })).toMatchObject({ version: 1 });
  });

  test("[postgres.errors.tls] a server without encryption, and one that insists on it, are named", async () => {
    const refused = await faultOf(open(changed((url) => (url.search = "?sslmode=require"))));
    expect(refused.message).toMatch(/offers no encryption\. Take sslmode out of DATABASE_URL, or turn ssl on/);
    const insisting = await user();
    const name = new URL(insisting).username;
    await runSql(
      database.url,
      `DO $$ DECLARE lines text := pg_read_file(current_setting('hba_file')); BEGIN
        EXECUTE format('COPY (SELECT unnest(string_to_array(%L, E''\\n''))) TO %L', 'hostnossl all ${name} all reject' || E'\\n' || lines, current_setting('hba_file'));
        PERFORM pg_reload_conf(); END $$`,
    );
    await expect
      .poll(async () => (await faultOf(open(insisting))).message, { timeout: 5000 })
      .toMatch(/does not let user_\w+ in unencrypted from this address\. Add \?sslmode=verify-full to DATABASE_URL/);
  });

  test("[postgres.errors.server] no connection left, a full disk and a read-only server are told as what they are", async () => {
    const limited = await user("CONNECTION LIMIT 0");
    const many = await faultOf(open(limited));
    expect(many).toMatchObject({ code: "throttled" });
    expect(many.message).toMatch(/has no connection left\. Lower DATABASE_POOL_SIZE/);

    await using store = await open(owner);
    const full = `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON "contract_relics" EXECUTE FUNCTION full_disk()`;
    await runSql(owner, full);
    const disk = await faultOf(store.create(relics, { id: "r", value: 1 }));
    expect(disk).toMatchObject({ code: "storage_full" });
    expect(disk.message).toMatch(/^The disk of PostgreSQL at 127\.0\.0\.1:\d+ is full: nothing was written\./);
    await runSql(owner, `DROP TRIGGER full_disk ON "contract_relics"`);

    const name = new URL(owner).pathname.slice(1);
    await runSql(database.url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await using replica = await open(owner);
    const readOnly = await faultOf(replica.create(relics, { id: "r", value: 1 }));
    expect(readOnly).toMatchObject({ code: "unavailable" });
    expect(readOnly.message).toMatch(
      /is read-only: a replica, or a primary that is no longer one\. Nothing was written\./,
    );
    await runSql(
      database.url.replace(`/${name}`, "/postgres"),
      `ALTER DATABASE ${name} RESET default_transaction_read_only`,
    );
    expect(await replica.create(relics, { id: "r", value: 1 })).toMatchObject({ version: 1 });
  });

  test("[postgres.vectors.notice] at opening it is said whether pgvector is missing, and how to get it", async () => {
    const notices: string[] = [];
    const onNotice = (message: string): void => void notices.push(message);
    await (await open(owner, { onNotice })).close();
    expect(notices).toEqual([
      expect.stringMatching(/has no pgvector.*As a superuser .*, run: CREATE EXTENSION vector$/),
    ]);
    await runSql(database.url, "CREATE EXTENSION vector");
    await (await open(owner, { onNotice })).close();
    expect(notices).toHaveLength(1);
    await using without = await createTestDatabase(() => service("postgres-16"));
    await (await open(without.url, { onNotice })).close();
    expect(notices[1]).toMatch(/has no pgvector.*Install it at the server first/);
  });

  test("[postgres.errors.password] none of these errors shows the password, in its message or its causes", () => {
    expect(seen.length).toBeGreaterThan(12);
    for (const error of seen) expect(inspect(error, { depth: 12, showHidden: true })).not.toContain(secret);
  });
});
