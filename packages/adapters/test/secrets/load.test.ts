import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineSecrets, loadSecrets, type LoadSecretsOptions, SecretsError } from "@aloft/adapters/secrets/index";
import { productSecrets } from "@aloft/core/secrets/manifest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { awsEnv, type Recorder, recorder, store, storeParameters } from "./support.ts";

const emulators = ["moto", "ministack"] as const;
const folder = mkdtempSync(join(tmpdir(), "aloft-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Loads and gives what was warned of beside. */
async function load<V extends string, R extends string>(
  manifest: Parameters<typeof loadSecrets<V, R>>[0],
  options: LoadSecretsOptions,
) {
  const warnings: string[] = [];
  const secrets = await loadSecrets(manifest, { folder, warn: (message) => warnings.push(message), ...options });
  return { secrets, values: secrets.current(), warnings };
}

const failure = (loading: Promise<unknown>): Promise<SecretsError> =>
  loading.then(
    () => expect.fail("it was loaded"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(SecretsError);
      return error as SecretsError;
    },
  );

describe.each(emulators)("on %s", async (name) => {
  const here = await available(name, () => service(name));
  describe.runIf(here)("secrets", () => {
    let url: string;
    let aws: Recorder;
    beforeAll(async () => {
      ({ url } = await service(name));
      aws = await recorder(url);
      return () => aws[Symbol.asyncDispose]();
    });
    const asked = () => aws.asked.splice(0);
    const prefix = () => `t${randomUUID().slice(0, 8)}.x`;

    test("[secrets.load.one-request] the product's manifest is loaded by exactly one request", async () => {
      const app = prefix();
      await store(url, {
        [`${app}/auth-secret`]: "a".repeat(64),
        [`${app}/llm-keys`]: { anthropic: "sk-1", openai: "sk-2", grok: "sk-3" },
        [`${app}/database`]: { url: "postgres://db" },
        [`${app}/oauth-google`]: { clientId: "id", clientSecret: "shh" },
      });
      asked();
      const { values, warnings } = await load(productSecrets, { env: awsEnv(aws.url, { ALOFT_SECRETS_PREFIX: app }) });
      expect(asked()).toEqual(["BatchGetSecretValue"]);
      expect(warnings).toEqual([]);
      expect(values).toEqual({
        AUTH_SECRET: "a".repeat(64),
        ANTHROPIC_API_KEY: "sk-1",
        OPENAI_API_KEY: "sk-2",
        GROK_API_KEY: "sk-3",
        DATABASE_URL: "postgres://db",
        GOOGLE_CLIENT_ID: "id",
        GOOGLE_CLIENT_SECRET: "shh",
      });
    });

    test("[secrets.load.one-request] 41 secrets by three requests, and what is missing is told by name", async () => {
      const app = prefix();
      const names = Array.from({ length: 41 }, (_, i) => `V${i}`);
      await store(url, Object.fromEntries(names.slice(1).map((variable) => [`${app}/${variable}`, `is ${variable}`])));
      const manifest = defineSecrets(
        Object.fromEntries(names.map((fills) => [fills, { name: `${app}/${fills}`, fills }])),
      );
      asked();
      const { values, warnings } = await load(manifest, { env: awsEnv(aws.url) });
      expect(asked()).toEqual(Array.from({ length: 3 }, () => "BatchGetSecretValue"));
      expect(aws.bodies.slice(-3).map(({ SecretIdList }) => SecretIdList.length)).toEqual([20, 20, 1]);
      expect(values).toEqual(Object.fromEntries(names.slice(1).map((variable) => [variable, `is ${variable}`])));
      expect(warnings).toEqual([expect.stringContaining(`V0: secret "${app}/V0" is not in us-east-1.`)]);
    });

    test("[secrets.load.parameters] 12 parameters come by two requests, beside one for the secrets", async () => {
      const app = prefix();
      const names = Array.from({ length: 12 }, (_, i) => `P${i}`);
      await store(url, { [`${app}/key`]: "k" });
      await storeParameters(
        url,
        Object.fromEntries(names.map((variable) => [`/${app}/${variable}`, `is ${variable}`])),
      );
      const manifest = defineSecrets({
        key: { name: `${app}/key`, fills: "KEY", required: true },
        none: { name: `/${app}/none`, in: "parameter-store", fills: "NONE" },
        ...Object.fromEntries(
          names.map((fills) => [fills, { name: `/${app}/${fills}`, in: "parameter-store" as const, fills }]),
        ),
      });
      asked();
      const { secrets, values, warnings } = await load(manifest, { env: awsEnv(aws.url) });
      expect(asked().toSorted((a, b) => a.localeCompare(b))).toEqual([
        "BatchGetSecretValue",
        "GetParameters",
        "GetParameters",
      ]);
      expect(aws.bodies.filter(({ Names }) => Names).every(({ WithDecryption }) => WithDecryption === true)).toBe(true);
      expect(values).toEqual({ KEY: "k", ...Object.fromEntries(names.map((name) => [name, `is ${name}`])) });
      expect(warnings).toEqual([expect.stringContaining(`NONE: parameter "/${app}/none" is not in us-east-1.`)]);
      expect(secrets.sources()).toMatchObject({ KEY: "secrets-manager", P0: "parameter-store" });
    });

    test("[secrets.load.environment-wins] each variable by itself; an empty text is as good as none", async () => {
      const app = prefix();
      await store(url, { [`${app}/llm-keys`]: { anthropic: "from aws", openai: "from aws", grok: "from aws" } });
      const env = awsEnv(aws.url, {
        ALOFT_SECRETS_PREFIX: app,
        AUTH_SECRET: "from the environment",
        OPENAI_API_KEY: "from the environment",
        GROK_API_KEY: "",
      });
      const { secrets, values } = await load(productSecrets, { env });
      expect(values).toMatchObject({
        AUTH_SECRET: "from the environment",
        OPENAI_API_KEY: "from the environment",
        ANTHROPIC_API_KEY: "from aws",
        GROK_API_KEY: "from aws",
      });
      expect(secrets.sources()).toMatchObject({ OPENAI_API_KEY: "environment", GROK_API_KEY: "secrets-manager" });
      expect(aws.bodies.at(-1).SecretIdList).not.toContain(`${app}/auth-secret`);
    });

    test("[secrets.load.environment-wins] with every variable there, AWS is not asked at all", async () => {
      const all = Object.fromEntries(productSecrets.variables.map((variable) => [variable, "x"]));
      asked();
      const { values } = await load(productSecrets, { env: awsEnv(aws.url, all) });
      expect(values).toEqual(all);
      expect(asked()).toEqual([]);
    });

    test("[secrets.load.required] all that is missing is named at once, with secret, key, region and what mends it", async () => {
      const app = prefix();
      await store(url, { [`${app}/json`]: { there: "1", Other_Key: "2" } });
      const manifest = defineSecrets({
        plain: { name: `${app}/plain`, fills: "PLAIN", required: true },
        json: { name: `${app}/json`, fills: { there: "THERE", gone: "GONE", otherKey: "OTHER" }, required: true },
        optional: { name: `${app}/optional`, fills: "OPTIONAL" },
      });
      const error = await failure(load(manifest, { env: awsEnv(aws.url) }));
      expect(
        error.problems.map(({ fault, secret, key, variables, region }) => [fault, secret, key, variables, region]),
      ).toEqual([
        ["not_found", `${app}/plain`, undefined, ["PLAIN"], "us-east-1"],
        ["key_missing", `${app}/json`, "gone", ["GONE"], "us-east-1"],
        ["key_missing", `${app}/json`, "otherKey", ["OTHER"], "us-east-1"],
      ]);
      expect(error.message).toContain("aloft secrets doctor --env prod");
      expect(error.message).toContain("aloft secrets push .env --env prod");
      expect(error.message).toContain('but "Other_Key"');
      expect(error.message).not.toContain("OPTIONAL");
    });

    test("[secrets.load.optional] what is optional and missing is a warning by its name", async () => {
      const app = prefix();
      await store(url, { [`${app}/auth-secret`]: "a" });
      const { values, warnings } = await load(productSecrets, { env: awsEnv(aws.url, { ALOFT_SECRETS_PREFIX: app }) });
      expect(values).toEqual({ AUTH_SECRET: "a" });
      expect(warnings).toHaveLength(3);
      expect(warnings[0]).toContain("ANTHROPIC_API_KEY, OPENAI_API_KEY, GROK_API_KEY: ");
      expect(warnings[0]).toContain(`"${app}/llm-keys" is not in us-east-1`);
    });

    test("[secrets.load.dev] a laptop reads .env and .env.local, and AWS only if told so", async () => {
      const app = prefix();
      await store(url, { [`${app}/llm-keys`]: { anthropic: "aws", openai: "aws", grok: "aws" } });
      const laptop = mkdtempSync(join(folder, "dev-"));
      writeFileSync(join(laptop, ".env"), "ANTHROPIC_API_KEY=file\nOPENAI_API_KEY=file\n");
      writeFileSync(join(laptop, ".env.local"), "OPENAI_API_KEY=local\n");
      for (const more of [{ ALOFT_ENV: "dev" }, { ALOFT_ENV: "development" }]) {
        const env = awsEnv(aws.url, { ...more, ALOFT_SECRETS_PREFIX: app });
        asked();
        const { values, warnings } = await load(productSecrets, { env, folder: laptop });
        expect(values).toEqual({ ANTHROPIC_API_KEY: "file", OPENAI_API_KEY: "local" });
        expect({ asked: asked(), warnings }).toEqual({ asked: [], warnings: [] });
        const told = await load(productSecrets, { env: { ...env, AWS_SECRETS_ENABLED: "true" }, folder: laptop });
        expect(told.values).toEqual({ ANTHROPIC_API_KEY: "file", OPENAI_API_KEY: "local", GROK_API_KEY: "aws" });
        expect(asked()).toEqual(["BatchGetSecretValue"]);
      }
      // The file may say so itself, and an empty text in the environment does not count.
      writeFileSync(join(laptop, ".env"), `AWS_SECRETS_ENABLED=true\nALOFT_SECRETS_PREFIX=${app}\n`);
      const { values } = await load(productSecrets, {
        env: awsEnv(aws.url, { ALOFT_ENV: "dev", AWS_SECRETS_ENABLED: "" }),
        folder: laptop,
      });
      expect(values).toEqual({ ANTHROPIC_API_KEY: "aws", OPENAI_API_KEY: "local", GROK_API_KEY: "aws" });
    });

    test("[secrets.manifest.a1] a1's own paths, beside the names of its environment variables", async () => {
      const app = prefix();
      const a1 = defineSecrets(
        {
          authSecret: { name: "{prefix}/auth-secret", fills: "AUTH_SECRET", required: true },
          llmKeys: {
            name: "{prefix}/llm-keys",
            fills: { anthropic: "ANTHROPIC_API_KEY", openai: "OPENAI_API_KEY", grok: "GROK_API_KEY" },
          },
          gmail: {
            name: "{prefix}/oauth-gmail",
            fills: { clientId: "GMAIL_CLIENT_ID", clientSecret: "GMAIL_CLIENT_SECRET" },
          },
          discord: { name: "{prefix}/discord", fills: { token: "DISCORD_BOT_TOKEN", clientId: "DISCORD_CLIENT_ID" } },
        },
        { prefix: app },
      );
      await store(url, {
        [`${app}/auth-secret`]: "s".repeat(64),
        [`${app}/llm-keys`]: { anthropic: "sk-ant" },
        [`${app}/discord`]: { token: "t", clientId: "123456789012345678" },
      });
      asked();
      const { values, warnings } = await load(a1, { env: awsEnv(aws.url, { AWS_SECRETS_ENABLED: "true" }) });
      expect(asked()).toHaveLength(1);
      expect(values).toEqual({
        AUTH_SECRET: "s".repeat(64),
        ANTHROPIC_API_KEY: "sk-ant",
        DISCORD_BOT_TOKEN: "t",
        DISCORD_CLIENT_ID: "123456789012345678",
      });
      const named = warnings.map((warning) => warning.split(":")[0]);
      expect(new Set(named)).toEqual(
        new Set(["GMAIL_CLIENT_ID, GMAIL_CLIENT_SECRET", "GROK_API_KEY", "OPENAI_API_KEY"]),
      );
    });

    test("[secrets.manifest.pixell] one JSON secret an environment, named by PIXELL_ENV or ALOFT_ENV", async () => {
      const app = prefix();
      const pixell = defineSecrets(
        { all: { name: `${app}/{env}`, fills: ["DB_HOST", "DB_PASSWORD", "DB_PORT"], required: true } },
        { environmentVariables: ["PIXELL_ENV", "ALOFT_ENV"] },
      );
      await store(url, {
        [`${app}/dev`]: { DB_HOST: "dev.db", DB_PASSWORD: "d", DB_PORT: 5432 },
        [`${app}/prod`]: { DB_HOST: "prod.db", DB_PASSWORD: "p", DB_PORT: 5432, UNDECLARED: "u" },
      });
      const from = async (more: Readonly<Record<string, string>>) => {
        const { ALOFT_ENV: _, ...env } = awsEnv(aws.url);
        const { secrets, values } = await load(pixell, { env: { ...env, ...more } });
        return [secrets.environment, values.DB_HOST, values.DB_PASSWORD, values.DB_PORT];
      };
      const prod = ["prod", "prod.db", "p", "5432"];
      expect(await from({ PIXELL_ENV: "prod" })).toEqual(prod);
      expect(await from({ PIXELL_ENV: "production" })).toEqual(prod);
      expect(await from({ ALOFT_ENV: "prod" })).toEqual(prod);
      expect(await from({ PIXELL_ENV: "dev", AWS_SECRETS_ENABLED: "true" })).toEqual(["dev", "dev.db", "d", "5432"]);
    });

    test("[secrets.load.unasked] process.env is filled only if asked for, and keeps what it had", async () => {
      const app = prefix();
      const names = { a: `A_${app.slice(1, 9)}`, b: `B_${app.slice(1, 9)}` };
      await store(url, { [`${app}/pair`]: { a: "aws", b: "aws" } });
      const manifest = defineSecrets({ pair: { name: `${app}/pair`, fills: { a: names.a, b: names.b } } });
      const env = awsEnv(aws.url, { [names.b]: "mine" });
      process.env[names.b] = "mine";
      await load(manifest, { env });
      expect([process.env[names.a], process.env[names.b]]).toEqual([undefined, "mine"]);
      await load(manifest, { env, fillEnvironment: true });
      expect([process.env[names.a], process.env[names.b]]).toEqual(["aws", "mine"]);
      delete process.env[names.a];
      delete process.env[names.b];
    });
  });
});

describe("without AWS", () => {
  const env = { ALOFT_ENV: "production", AWS_SECRETS_ENABLED: "false" };

  test("[secrets.load.closed] outside development a .env file is not read, and what is missing says so", async () => {
    const there = mkdtempSync(join(folder, "closed-"));
    writeFileSync(join(there, ".env"), "AUTH_SECRET=from-a-file\n");
    const error = await failure(load(productSecrets, { env, folder: there }));
    expect(error.problems.map(({ fault, variables }) => [fault, variables])).toEqual([["not_set", ["AUTH_SECRET"]]]);
    const { values } = await load(productSecrets, { env: { ...env, AUTH_SECRET: "given" }, folder: there });
    expect(values).toEqual({ AUTH_SECRET: "given" });
    const laptop = await load(productSecrets, { env: { ...env, ALOFT_ENV: "dev" }, folder: there });
    expect(laptop.values).toEqual({ AUTH_SECRET: "from-a-file" });
  });

  test("[secrets.load.closed] nor is it when AWS fails", async () => {
    const there = mkdtempSync(join(folder, "closed-"));
    writeFileSync(join(there, ".env"), "AUTH_SECRET=from-a-file\n");
    const error = await failure(
      load(productSecrets, { env: awsEnv("http://127.0.0.1:9", { ALOFT_ENV: "staging" }), folder: there }),
    );
    expect(error.problems[0]).toMatchObject({
      fault: "unreachable",
      variables: expect.arrayContaining(["AUTH_SECRET"]),
    });
  });

  test.each([
    [{ AWS_SECRETS_ENABLED: "yes" }, "AWS_SECRETS_ENABLED"],
    [{ ALOFT_ENV: "../prod" }, "ALOFT_ENV"],
  ])("[secrets.load.closed] %j is refused by its name", async (wrong, name) => {
    await expect(load(productSecrets, { env: { ...env, ...wrong } })).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining(name),
    });
  });
});
