import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, describe, expect, test } from "vitest";
import { createTestDatabase, runSql } from "../../adapters/src/store/testing/postgres.ts";
import { runAloft } from "../../../test/support/child.ts";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";

const here = await available("PostgreSQL 16 and moto", async () => {
  await Promise.all([service("postgres-16"), service("moto")]);
});
const folder = mkdtempSync(join(tmpdir(), "aloft-exec-secret-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(here)("a program of anybody's, on the database of a deployment", () => {
  test(
    "[landing.data.database-url] [landing.data.program-user] the migration makes its user, and it gets DATABASE_URL of the secret",
    { timeout: 60_000 },
    async () => {
      await using database = await createTestDatabase(() => service("postgres-16"));
      const url = new URL(database.url);
      const { url: endpoint } = await service("moto");
      const user = `program_${process.pid}`;
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const client = new SecretsManagerClient({ endpoint, region: "eu-central-1", credentials });
      const secret = (value: object) => ({ SecretString: JSON.stringify(value) });
      const admin = secret({ username: url.username, password: decodeURIComponent(url.password) });
      const { ARN = "" } = await client.send(new CreateSecretCommand({ Name: `rds!db-${user}`, ...admin }));
      const Name = `${user}/database-user`;
      await client.send(new CreateSecretCommand({ Name, ...secret({ username: user, password: "first/one" }) }));
      const shared = {
        ALOFT_ENV: "production",
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: "eu-central-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        PGHOST: url.hostname,
        PGPORT: url.port,
        PGDATABASE: url.pathname.slice(1),
        PGSSLMODE: "disable",
      };
      const asMigration = {
        ...shared,
        DATABASE_SECRET: ARN,
        DATABASE_PROGRAM_USER: user,
        DATABASE_PROGRAM_SECRET: Name,
      };
      const exec = (args: readonly string[], env: Readonly<Record<string, string>>) =>
        runAloft(["exec", ...args], { cwd: folder, env }).ended;
      mkdirSync(join(folder, "migrations"));
      writeFileSync(join(folder, "migrations", "1.sql"), "CREATE TABLE notes (id serial PRIMARY KEY, note text)");
      const migrated = await exec(["--migrate", "--", "true"], asMigration);
      expect(migrated, migrated.stderr).toMatchObject({ code: 0 });

      // As a deployment says it whose image has no manifest.
      const asProgram = { ...shared, DATABASE_SECRET: Name, ALOFT_SECRETS: "authSecret" };
      const told = await exec(["--", "node", "-e", "console.log(process.env.DATABASE_URL)"], asProgram);
      const program = new URL(told.stdout.trim());
      expect([program.username, program.password, program.search]).toEqual([user, "first%2Fone", "?sslmode=disable"]);
      await runSql(program.href, "INSERT INTO notes (note) VALUES ('hello')");
      await expect(runSql(program.href, "CREATE TABLE more (id int)")).rejects.toThrow("permission denied");

      await client.send(
        new PutSecretValueCommand({ SecretId: Name, ...secret({ username: user, password: "second" }) }),
      );
      const early = await exec(["--wait", "5s", "--", "true"], asProgram);
      expect(early.code).toBe(1);
      expect(early.stderr).not.toContain("second");
      expect((await exec(["--migrate", "--", "true"], asMigration)).code).toBe(0);
      expect((await exec(["--wait", "5s", "--", "true"], asProgram)).code).toBe(0);

      const without = await exec(["--", "true"], { ...asProgram, DATABASE_SECRET: `${Name}-not` });
      expect(without.code).toBe(1);
      expect(without.stderr).toContain(`${Name}-not`);
      await runSql(database.url, `DROP OWNED BY ${user}; DROP ROLE ${user}`);
      client.destroy();
    },
  );
});
