import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { loadSecrets } from "@aloft/adapters/secrets/load-secrets";
import { defineSecrets } from "@aloft/core/secrets/define-secrets";
import { SecretsError } from "@aloft/core/secrets/problems";
import { expect, describe, test } from "vitest";
import { type ServiceName, service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { recorder } from "./support.ts";

const emulators = ["moto", "ministack"] as const satisfies readonly ServiceName[];
const region = "eu-central-1";

for (const emulator of emulators) {
  const here = await available(`Secrets Manager of ${emulator}`, () => service(emulator));

  describe.runIf(here)(`secrets as a deployment makes them, on ${emulator}`, () => {
    const own = `deployed-${process.pid}-${emulator}`;
    const make = async (Name: string, SecretString?: string): Promise<string> => {
      const { url: endpoint } = await service(emulator);
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const client = new SecretsManagerClient({ region, endpoint, credentials });
      const value = SecretString === undefined ? {} : { SecretString };
      const { ARN = "" } = await client.send(new CreateSecretCommand({ Name, ...value }));
      client.destroy();
      return ARN;
    };
    const env = {
      ALOFT_ENV: "production",
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };

    test("[landing.data.secrets.valueless] one without a value is missing: a warning, or the end of the start", async () => {
      await make(`${own}/empty`);
      await make(`${own}/full`, "value");
      const { url: endpoint } = await service(emulator);
      const manifest = (required: boolean) =>
        defineSecrets({
          keys: { name: `${own}/empty`, fills: { a: "A", b: "B" }, required },
          full: { name: `${own}/full`, fills: "FULL", required: true },
        });
      using optional = await loadSecrets(manifest(false), { env, endpoint, warn: () => undefined });
      expect(optional.current()).toEqual({ FULL: "value" });
      expect(optional.warnings().join()).toContain(`${own}/empty`);
      const refused = loadSecrets(manifest(true), { env, endpoint });
      await expect(refused).rejects.toThrow(SecretsError);
      await expect(refused).rejects.toThrow("aloft secrets push");
    });

    test("[landing.data.database-url] by an ARN, as RDS's own secret is named, and rotated while the program runs", async () => {
      const arn = await make(`rds!db-${own}`, JSON.stringify({ username: "admin", password: "first" }));
      await using before = await recorder((await service(emulator)).url);
      const place = { PGHOST: "db", PGDATABASE: "app", PGSSLMODE: "require", DATABASE_SECRET: arn };
      const manifest = defineSecrets({ other: { name: `${own}/other`, fills: "OTHER", required: true } });
      const options = { env: { ...env, ...place, ALOFT_SECRETS: "none" }, endpoint: before.url };
      using secrets = await loadSecrets(manifest, options);
      expect(secrets.current()).toEqual({ DATABASE_URL: "postgres://admin:first@db:5432/app?sslmode=require" });
      expect(before.bodies).toEqual([{ SecretIdList: [arn] }]);
      const SecretString = JSON.stringify({ username: "admin", password: "second" });
      before.instead = () => ({ body: { SecretValues: [{ ARN: arn, Name: `rds!db-${own}`, SecretString }] } });
      expect(await secrets.refresh()).toEqual(["DATABASE_URL"]);
      expect(secrets.current()).toMatchObject({ DATABASE_URL: expect.stringContaining("admin:second@") });
    });
  });
}
