import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLogger } from "../http/logging.ts";
import { ConfigError, type ConfigFault } from "./config-error.ts";
import { type Environment, knownVariables } from "./env.ts";
import { loadConfig } from "./load.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aloft-config-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const goodSecret = "q7Zk0vX2mB9sT4yL6wE8rU1oP3aD5fGhJcNxKbVn";

async function load(env: Environment) {
  return (await loadConfig({ env, folder })).config;
}

async function faultsOf(env: Environment): Promise<readonly ConfigFault[]> {
  const error: unknown = await loadConfig({ env, folder }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw new Error("no fault was found", { cause: error });
  return error.faults;
}

async function faultyVariables(env: Environment): Promise<string[]> {
  return (await faultsOf(env)).map(({ variable }) => variable);
}

describe("faults", () => {
  test("[config.faults.together] every fault is named at once, with what is wrong and an example", async () => {
    const faults = await faultsOf({ PORT: "http", HOST: "http://x", LOG_LEVEL: "loud", STORAGE_TYPE: "tape" });
    expect(faults.map(({ variable }) => variable)).toEqual([
      "HOST",
      "PORT",
      "HOST and FRONTEND_URL",
      "HOST and AUTH_SECRET",
      "STORAGE_TYPE",
      "LOG_LEVEL",
    ]);
    for (const { problem, example } of faults) {
      expect(problem).toMatch(/\.$/);
      expect(example).toMatch(/^[A-Z_]+=\S/);
    }
  });

  test("[config.faults.together] the error's message lists them all, and its code is stable", async () => {
    const error = new ConfigError(await faultsOf({ PORT: "-1", LOG_LEVEL: "loud" }));
    expect(error.code).toBe("invalid_config");
    expect(error.message).toContain("PORT: It must be a whole number from 0 to 65535. Example: PORT=3000");
    expect(error.message).toContain("LOG_LEVEL: It must be one of trace");
  });

  test.each(knownVariables)("[config.faults.silent] no message ever holds a value: %s", async (name) => {
    const marker = `MARKER-${name.toLowerCase()}-z9Q 4x`;
    const produced: string[] = [];
    for (const value of [marker, marker.replace(" ", ""), `https://${marker.replace(" ", "")}:pw@x/${name}`]) {
      const loaded = await loadConfig({ env: { [name]: value, [`${name}X`]: value }, folder }).catch(
        (error: unknown) => {
          if (!(error instanceof ConfigError)) throw error;
          produced.push(error.message, JSON.stringify(error.faults), String(error.stack));
          return undefined;
        },
      );
      produced.push(...(loaded?.warnings ?? []));
    }
    expect(produced.join("\n")).not.toMatch(/MARKER/i);
    expect(produced.join("\n")).toContain(name);
  });

  test("[config.secrets.unlogged] a secret that an error's message holds does not reach the log", async () => {
    const env = {
      AUTH_SECRET: goodSecret,
      ANTHROPIC_API_KEY: "sk-ant-M4RKER-1",
      OPENAI_API_KEY: "sk-M4RKER-2",
      GROK_API_KEY: "xai-M4RKER-3",
      GOOGLE_CLIENT_ID: "id",
      GOOGLE_CLIENT_SECRET: "GOCSPX-M4RKER-4",
    };
    const { config, secrets } = await loadConfig({ env, folder });
    expect(config.models.providers).toHaveLength(3);
    const lines: string[] = [];
    const logger = createLogger({
      level: "info",
      secrets: new Set(secrets),
      destination: { write: (line) => void lines.push(line) },
    });
    const message = `refused: ${Object.values(env).join(" ")}`;
    logger.error({ err: new Error(message, { cause: new Error(message) }) }, "failed");
    expect(lines.join("")).toContain("[secret]");
    expect(lines.join("")).not.toMatch(/M4RKER|q7Zk0vX2mB9s/);
  });
});

describe("environment files", () => {
  test("[config.files.precedence] the process's environment wins over .env.local, and that over .env", async () => {
    await writeFile(join(folder, ".env"), "PORT=1001\nLOG_LEVEL=warn\nHOST=localhost\n");
    await writeFile(join(folder, ".env.local"), 'PORT=1002\nLOG_LEVEL="debug"\n');
    const config = await load({ PORT: "1003" });
    expect(config.listen).toEqual({ port: 1003, host: "localhost", loopback: true });
    expect(config.logLevel).toBe("debug");
  });

  test("[config.files.development] production and tests read no files", async () => {
    await writeFile(join(folder, ".env"), "PORT=1001\n");
    for (const env of [{ NODE_ENV: "production" }, { ALOFT_ENV: "test", NODE_ENV: "development" }]) {
      expect((await load(env)).listen.port).toBe(3000);
    }
    expect((await load({ NODE_ENV: "development" })).listen.port).toBe(1001);
  });

  test("[config.options.precedence] what a command line says wins over the environment", async () => {
    const { config } = await loadConfig({
      env: { PORT: "1", HOST: "::1", ALOFT_DATA_DIR: "a" },
      folder,
      port: 0,
      host: "127.0.0.1",
      dataDir: "b",
    });
    expect(config.listen).toEqual({ port: 0, host: "127.0.0.1", loopback: true });
    expect(config.dataDir).toBe(join(folder, "b"));
  });

  test("[config.typos] a name that is nearly ours is pointed out, and its value is not shown", async () => {
    const env = {
      ANTROPIC_API_KEY: "sk-typo",
      AUTH_SECRT: goodSecret,
      ALOFT_COLOUR: "red",
      POTR: "1",
      HOME: "/h",
      PATH: "/p",
      TERM: "x",
    };
    const { warnings } = await loadConfig({ env, folder });
    expect(warnings).toEqual([
      "ANTROPIC_API_KEY is not known. Is ANTHROPIC_API_KEY meant?",
      "AUTH_SECRT is not known. Is AUTH_SECRET meant?",
      "ALOFT_COLOUR is not a variable that Aloft knows.",
    ]);
  });
});

describe("conflicts", () => {
  const exposed = { HOST: "0.0.0.0", AUTH_SECRET: goodSecret, FRONTEND_URL: "https://agents.example.com" };

  test("[config.exposed] a server that others can reach needs its own secret and an https address", async () => {
    const config = await load(exposed);
    expect(config.listen.loopback).toBe(false);
    expect(config.publicUrl).toBe("https://agents.example.com");
    expect(await faultyVariables({ HOST: "0.0.0.0" })).toEqual(["HOST and FRONTEND_URL", "HOST and AUTH_SECRET"]);
    expect(await faultyVariables({ ...exposed, FRONTEND_URL: "http://agents.example.com" })).toEqual(["FRONTEND_URL"]);
    expect(await faultyVariables({ ...exposed, FRONTEND_URL: "https://agents.example.com/app?x" })).toEqual([
      "FRONTEND_URL",
    ]);
    expect((await load({ ...exposed, FRONTEND_URL: "http://localhost:8080" })).publicUrl).toBe("http://localhost:8080");
  });

  test("[landing.image.settings] what stands before it is said by number and by name", async () => {
    const kept = async (env: Environment) => {
      const { hosts, proxyHops, stopGraceMs } = await load({ ...exposed, ...env });
      return [hosts, proxyHops, stopGraceMs];
    };
    expect(await kept({})).toEqual([[], 1, 5000]);
    expect(
      await kept({ ALOFT_PROXY_HOPS: "2", ALOFT_HOSTS: "Internal-LB.example, b:8080 ", ALOFT_STOP_SECONDS: "45" }),
    ).toEqual([["internal-lb.example", "b:8080"], 2, 45_000]);
    expect((await load({})).proxyHops).toBe(0);
    const wrong = { ALOFT_PROXY_HOPS: "two", ALOFT_HOSTS: "https://lb.example/", ALOFT_STOP_SECONDS: "111" };
    expect(await faultyVariables({ ...exposed, ...wrong })).toEqual(Object.keys(wrong).toSorted());
    expect(await faultyVariables({ ...exposed, ALOFT_HOSTS: "*" })).toEqual(["ALOFT_HOSTS"]);
  });

  test("[landing.image.data-folder] no folder is made where everything is kept elsewhere", async () => {
    const elsewhere = {
      ...exposed,
      AWS_REGION: "eu-central-1",
      MAIN_DB_TYPE: "dynamodb",
      STORAGE_TYPE: "s3",
      STORAGE_BUCKET: "files",
      KEYS_TYPE: "kms",
      KMS_KEY_ID: "alias/aloft",
    };
    const { dataDir } = await load(elsewhere);
    await expect(readdir(dataDir)).rejects.toMatchObject({ code: "ENOENT" });
    const { STORAGE_TYPE: _type, STORAGE_BUCKET: _bucket, ...here } = elsewhere;
    expect(await readdir((await load(here)).dataDir)).toEqual([]);
  });

  test("[config.exposed] secrets that others know are refused, on a laptop too", async () => {
    const known = [
      "x".repeat(40),
      "short",
      "your-auth-secret-your-auth-secret-123",
      "change-me-change-me-change-me-change-me",
      `<${goodSecret}>`,
      "abababababababababababababababababababab",
    ];
    for (const AUTH_SECRET of known) {
      expect(await faultyVariables({ AUTH_SECRET })).toEqual(["AUTH_SECRET"]);
      expect(await faultyVariables({ ...exposed, AUTH_SECRET })).toEqual(["AUTH_SECRET"]);
    }
  });

  const contradictions: [Environment, string][] = [
    [{ LLM_PROVIDER: "openai" }, "LLM_PROVIDER and OPENAI_API_KEY"],
    [{ LLM_PROVIDER: "grok", ANTHROPIC_API_KEY: "sk-ant-1" }, "LLM_PROVIDER and GROK_API_KEY"],
    [{ LLM_PROVIDER: "bedrock" }, "LLM_PROVIDER and BEDROCK_REGION"],
    [{ LLM_PROVIDER: "bedrock", AWS_REGION: "mars" }, "AWS_REGION"],
    [
      { LLM_PROVIDER: "bedrock", AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKIA1" },
      "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ],
    [{ LLM_PROVIDER: "mystery" }, "LLM_PROVIDER"],
    [{ DEFAULT_MODEL: "gpt-6", ANTHROPIC_API_KEY: "sk-ant-1" }, "DEFAULT_MODEL and OPENAI_API_KEY"],
    [{ DEFAULT_MODEL: "grok/grok-4" }, "DEFAULT_MODEL and GROK_API_KEY"],
    [{ DEFAULT_MODEL: "some-model" }, "DEFAULT_MODEL"],
    [
      { DEFAULT_MODEL: "claude-x", LLM_PROVIDER: "openai", ANTHROPIC_API_KEY: "sk-ant-1", OPENAI_API_KEY: "sk-1" },
      "LLM_PROVIDER and DEFAULT_MODEL",
    ],
    [{ OPENAI_BASE_URL: "http://localhost:11434/v1" }, "OPENAI_BASE_URL and DEFAULT_MODEL"],
    [{ OPENAI_BASE_URL: "http://user:pw@localhost/v1", OPENAI_API_KEY: "sk-1" }, "OPENAI_BASE_URL"],
    [{ ANTHROPIC_API_KEY: "sk-ant-..." }, "ANTHROPIC_API_KEY"],
    [{ ANTHROPIC_API_KEY: "sk-ant 1" }, "ANTHROPIC_API_KEY"],
    [{ GOOGLE_CLIENT_ID: "x" }, "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET"],
    [{ GOOGLE_CLIENT_SECRET: "x" }, "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET"],
    [{ MAIN_DB_TYPE: "dynamodb" }, "MAIN_DB_TYPE and DYNAMODB_REGION"],
    [{ MAIN_DB_TYPE: "dynamodb", DYNAMODB_REGION: "Frankfurt" }, "DYNAMODB_REGION"],
    [{ MAIN_DB_TYPE: "dynamodb", AWS_REGION: "eu-central-1", DYNAMODB_TABLE_PREFIX: "a b" }, "DYNAMODB_TABLE_PREFIX"],
    [{ MAIN_DB_TYPE: "postgres" }, "MAIN_DB_TYPE and DATABASE_URL"],
    [{ MAIN_DB_TYPE: "postgres", DATABASE_URL: "localhost:5432/aloft" }, "DATABASE_URL"],
    [{ MAIN_DB_TYPE: "postgres", DATABASE_URL: "postgres://localhost" }, "DATABASE_URL"],
    [{ MAIN_DB_TYPE: "postgres", DATABASE_URL: "postgres://h/d", DATABASE_TENANT: "a/b" }, "DATABASE_TENANT"],
    [{ DYNAMODB_TABLE_PREFIX: "p" }, "MAIN_DB_TYPE and DYNAMODB_TABLE_PREFIX"],
    [{ DATABASE_URL: "postgres://h/d" }, "MAIN_DB_TYPE and DATABASE_URL"],
    [{ STORAGE_TYPE: "s3", AWS_REGION: "eu-central-1" }, "STORAGE_TYPE and STORAGE_BUCKET"],
    [{ STORAGE_TYPE: "s3", STORAGE_BUCKET: "acme-files" }, "STORAGE_TYPE and STORAGE_REGION"],
    [{ STORAGE_TYPE: "s3", STORAGE_BUCKET: "Acme", STORAGE_REGION: "eu-central-1" }, "STORAGE_BUCKET"],
    [{ KEYS_TYPE: "kms", AWS_REGION: "eu-central-1" }, "KEYS_TYPE and KMS_KEY_ID"],
    [{ KEYS_TYPE: "kms", AWS_REGION: "eu-central-1", KMS_KEY_ID: "my key" }, "KMS_KEY_ID"],
    [{ KMS_KEY_ID: "alias/aloft" }, "KEYS_TYPE and KMS_KEY_ID"],
    [{ STORAGE_BUCKET: "b" }, "STORAGE_TYPE and STORAGE_BUCKET"],
    [{ NODE_ENV: "live" }, "NODE_ENV"],
    [{ ALOFT_ENV: "moon", NODE_ENV: "test" }, "ALOFT_ENV"],
    [{ ALOFT_USER_RATE: "0" }, "ALOFT_USER_RATE"],
  ];
  test.each(contradictions)(
    "[config.conflicts] what is half-given or contradicts itself is refused: %j",
    async (env, variable) => {
      expect(await faultyVariables(env)).toEqual([variable]);
    },
  );

  test("[config.engines] stores, blobs and keys on AWS are chosen by the environment alone", async () => {
    const aws = { AWS_REGION: "eu-central-1", AUTH_SECRET: goodSecret };
    const dynamodb = await load({ ...aws, MAIN_DB_TYPE: "dynamodb", ALOFT_ENV: "production" });
    expect(dynamodb.store).toEqual({
      type: "dynamodb",
      region: "eu-central-1",
      tablePrefix: "aloft_production_",
    });
    const url = "postgres://aloft:s%2Fcret-word@db.internal:5432/aloft";
    const postgres = await loadConfig({ env: { ...aws, MAIN_DB_TYPE: "postgres", DATABASE_URL: url }, folder });
    expect(postgres.config.store).toEqual({ type: "postgres", url, poolSize: 10 });
    expect(postgres.secrets).toEqual(expect.arrayContaining([url, "s/cret-word"]));
    const parts = { STORAGE_TYPE: "s3", STORAGE_BUCKET: "acme-files", KEYS_TYPE: "kms", KMS_KEY_ID: "alias/aloft" };
    const config = await load({ ...aws, ...parts });
    expect(config.blobs).toEqual({ type: "s3", bucket: "acme-files", region: "eu-central-1" });
    expect(config.keys).toEqual({
      type: "kms",
      region: "eu-central-1",
      keyId: "alias/aloft",
      previousKeyIds: [],
      publishedSigningKeyIds: [],
    });
  });
});

describe("models", () => {
  const choices: [string, Environment, string[], string | undefined][] = [
    ["nothing set: offline", {}, ["offline"], undefined],
    ["empty is not set", { ANTHROPIC_API_KEY: " ", LLM_PROVIDER: "" }, ["offline"], undefined],
    [
      "the first that has a key",
      { GROK_API_KEY: "xai-1", OPENAI_API_KEY: "sk-1", AWS_REGION: "us-east-1" },
      ["openai", "grok"],
      undefined,
    ],
    [
      "the chosen one first",
      { LLM_PROVIDER: "xai", GROK_API_KEY: "xai-1", ANTHROPIC_API_KEY: "sk-1" },
      ["grok", "anthropic"],
      undefined,
    ],
    ["bedrock when chosen", { LLM_PROVIDER: "bedrock", AWS_REGION: "us-east-1" }, ["bedrock"], undefined],
    ["offline when chosen", { LLM_PROVIDER: "offline", OPENAI_API_KEY: "sk-1" }, ["offline", "openai"], undefined],
    [
      "the model's family",
      { DEFAULT_MODEL: "gpt-6", ANTHROPIC_API_KEY: "a", OPENAI_API_KEY: "b" },
      ["openai", "anthropic"],
      "gpt-6",
    ],
    [
      "the model's prefix",
      { DEFAULT_MODEL: "grok/g", ANTHROPIC_API_KEY: "a", GROK_API_KEY: "b" },
      ["grok", "anthropic"],
      "g",
    ],
    [
      "a compatible server without key",
      { OPENAI_BASE_URL: "http://localhost:11434/v1/", DEFAULT_MODEL: "meta/llama:8b" },
      ["openai"],
      "meta/llama:8b",
    ],
  ];
  test.each(choices)("[config.models.choice] which model answers: %s", async (_title, env, names, defaultModel) => {
    const { models } = await load(env);
    const offline = names.includes("offline")
      ? models.providers
      : models.providers.filter(({ name }) => name !== "offline");
    expect(offline.map(({ name }) => name)).toEqual(names);
    expect(models.defaultModel).toBe(defaultModel);
  });
});

describe("data folder", () => {
  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

  test("[config.folder.private] it is made beside the program, for its owner only", async () => {
    const config = await load({});
    expect(config.dataDir).toBe(join(folder, "data"));
    expect(await modeOf(config.dataDir)).toBe("700");
    expect(await modeOf(join(config.dataDir, "auth-secret"))).toBe("600");
    expect(config.store).toEqual({ type: "sqlite", folder: config.dataDir });
  });

  test("[config.folder.unusable] what cannot be a data folder is refused, by the variable's name", async () => {
    await writeFile(join(folder, "file"), "");
    for (const ALOFT_DATA_DIR of [join(folder, "file"), join(folder, "file", "below"), "/proc/aloft"]) {
      expect(await faultyVariables({ ALOFT_DATA_DIR })).toEqual(["ALOFT_DATA_DIR"]);
    }
  });

  test("[config.secret.kept] a laptop's secret is made once and kept", async () => {
    const first = await load({});
    const second = await load({});
    expect(first.authSecret).toBe(second.authSecret);
    expect(first.authSecret).toMatch(/^[\w-]{64}$/);
    expect((await load({ AUTH_SECRET: goodSecret })).authSecret).toBe(goodSecret);
  });

  test("[config.secret.race] servers that start at the same moment agree on the secret", async () => {
    const program = `
      const { keptAuthSecret, openDataFolder } = await import(process.argv[1]);
      await openDataFolder(process.argv[2]);
      const secrets = await Promise.all(Array.from({ length: 20 }, () => keptAuthSecret(process.argv[2], () => {})));
      console.log([...new Set(secrets)].join(" "));`;
    const module = new URL("./data-folder.ts", import.meta.url).href;
    const dataDir = join(folder, "raced");
    const flags = ["--conditions=aloft-source", "--input-type=module", "-e", program, module, dataDir];
    const runs = await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, flags)));
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1);
    expect(runs[0]?.stdout).toMatch(/^[\w-]{64}\n$/);
    expect(await readdir(dataDir)).toEqual(["auth-secret"]);
  });

  test("[config.secret.permissions] a secret that others could read is mended, and that is said", async () => {
    const { dataDir, authSecret } = await load({});
    await chmod(join(dataDir, "auth-secret"), 0o644);
    const again = await loadConfig({ env: {}, folder });
    expect(again.config.authSecret).toBe(authSecret);
    expect(await modeOf(join(dataDir, "auth-secret"))).toBe("600");
    expect(again.warnings.join()).toContain("could be read by others");
    expect(again.warnings.join()).not.toContain(authSecret);
  });

  test("[config.secret.damaged] a damaged secret is refused and left as it is", async () => {
    const { dataDir } = await load({});
    const file = join(dataDir, "auth-secret");
    for (const content of ["", "half", "two words ".repeat(20)]) {
      await writeFile(file, content, { mode: 0o600 });
      expect(await faultyVariables({})).toEqual(["AUTH_SECRET"]);
      expect(await readFile(file, "utf8")).toBe(content);
    }
  });
});
