import { programUserStep } from "@aloft/adapters/preparing/program-user";
import { underLock } from "@aloft/adapters/preparing/under-lock";
import { openStore } from "@aloft/adapters/store/index";
import { migrateStore } from "@aloft/adapters/store/migrate";
import { schemaVersion, tables } from "@aloft/core/tables";
import { settings } from "@aloft/core/identity/tables";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";

const postgres = await available("postgres-16", () => service("postgres-16"));

describe.runIf(postgres)("the user that programs are", () => {
  const name = `program_${process.pid}`;
  const admin = `admin_${process.pid}`;
  let superUrl: string;
  let adminUrl: string;

  async function asking<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  const urlOf = (user: string, password: string): string => {
    const url = new URL(adminUrl);
    [url.username, url.password] = [user, password];
    return url.href;
  };

  beforeAll(async () => {
    superUrl = (await service("postgres-16")).url;
    // As on RDS: no superuser, but it may make roles, and the database is its own.
    await asking(superUrl, async (client) => {
      await client.query(`CREATE ROLE ${admin} LOGIN CREATEROLE PASSWORD 'admin'`);
      await client.query(`CREATE DATABASE ${admin} OWNER ${admin}`);
      await client.query("CREATE ROLE rds_iam").catch((error: unknown) => {
        if ((error as { code?: string }).code !== "42710") throw error;
      });
      await client.query(`GRANT rds_iam TO ${admin} WITH ADMIN OPTION`);
    });
    adminUrl = superUrl;
    const url = new URL(superUrl);
    url.pathname = `/${admin}`;
    adminUrl = url.href;
    adminUrl = urlOf(admin, "admin");
  });

  afterAll(async () => {
    await asking(superUrl, async (client) => {
      await client.query(`DROP DATABASE ${admin} WITH (FORCE)`);
      await client.query(`DROP ROLE IF EXISTS ${name}`);
      await client.query(`DROP ROLE ${admin}`);
    });
  });

  const make = (password: string | undefined) =>
    underLock(adminUrl, [programUserStep({ name, password })], { waitMs: 5000 });

  test("[landing.data.program-user] it serves on what was migrated before and after, and makes no tables", async () => {
    await make("first p'w\\");
    await migrateStore({ type: "postgres", url: adminUrl }, { tables, schemaVersion });
    const url = urlOf(name, encodeURIComponent("first p'w\\"));
    for (const setUp of ["create", "verify"] as const) {
      await using store = await openStore({ type: "postgres", url }, { tables, schemaVersion, setUp, upkeep: false });
      expect(await store.get(settings, { userId: "nobody", name: "none" })).toBeUndefined();
    }
    await using store = await openStore({ type: "postgres", url }, { tables, schemaVersion, upkeep: false });
    await store.create(settings, { userId: "u", name: "theme", value: "dark", updatedAt: new Date().toISOString() });
    await asking(url, async (client) => {
      const seenBy = async (tenant: string) => {
        await client.query("SELECT set_config('aloft.tenant', $1, false)", [tenant]);
        return (await client.query("SELECT FROM settings")).rowCount;
      };
      expect([await seenBy("default"), await seenBy("another")]).toEqual([1, 0]);
      await expect(client.query("CREATE TABLE mine (id int)")).rejects.toMatchObject({ code: "42501" });
      await expect(client.query("DROP TABLE users")).rejects.toMatchObject({ code: "42501" });
      await expect(client.query("ALTER TABLE users DISABLE ROW LEVEL SECURITY")).rejects.toMatchObject({
        code: "42501",
      });
      await expect(client.query("CREATE ROLE another")).rejects.toMatchObject({ code: "42501" });
    });
    await asking(adminUrl, async (client) => {
      await client.query("CREATE TABLE later (id serial, note text)");
      await asking(url, (program) => program.query("INSERT INTO later (note) VALUES ('kept')"));
      expect((await client.query("SELECT note FROM later")).rows).toEqual([{ note: "kept" }]);
    });
  });

  test("[landing.data.program-user] a new password takes over, and none is in a statement or kept as it is", async () => {
    await make("second");
    await asking(urlOf(name, "second"), (client) => client.query("SELECT 1"));
    await make("third-s3cret");
    await asking(superUrl, async (client) => {
      const { rows } = await client.query("SELECT rolpassword FROM pg_authid WHERE rolname = $1", [name]);
      expect(rows[0]?.rolpassword).toMatch(/^SCRAM-SHA-256\$4096:/);
      expect(rows[0]?.rolpassword).not.toContain("third-s3cret");
    });
    await asking(urlOf(name, "third-s3cret"), (client) => client.query("SELECT 1"));
    await expect(asking(urlOf(name, "second"), (client) => client.query("SELECT 1"))).rejects.toMatchObject({
      code: "28P01",
    });
  });

  test("[landing.data.program-user] without a password it signs in by IAM", async () => {
    await make(undefined);
    const { rows } = await asking(superUrl, (client) =>
      client.query("SELECT pg_has_role($1, 'rds_iam', 'member') AS member", [name]),
    );
    expect(rows).toEqual([{ member: true }]);
  });
});
