import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ListTablesCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { resolveApp } from "@aloft/infra/config/resolve";
import { synthesize } from "@aloft/infra/synthesize";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../../test/support/child.ts";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import { runCli } from "../../cli/src/testing.ts";
import { type Backend, startBackend, until } from "../../server/test/support/backend.ts";
import { freePort } from "../../../test/support/services/program.ts";
import chat from "../../../examples/chat-on-fargate/aloft.config.ts";
import { containerEnvironment, type Emulated, emulated, exportsIn } from "./emulated.ts";
import { type LocalTables, tablesInDynamoDbLocal } from "./local-tables.ts";

const run = promisify(execFile);

const here = await available("ministack and DynamoDB Local, for rehearsals of what keeps data", async () => {
  await service("ministack");
  await service("dynamodb");
});
const chatFolder = join(root, "examples/chat-on-fargate");
const image = `example.com/chat@sha256:${"1".repeat(64)}`;

/**
 * What ministack 1.5.33 cannot do, or does otherwise than AWS, as of 2026-11-21. Each is taken the place of by what is said.
 * - It runs no containers: the migration and the server run as processes, with the environment that the template gives them.
 * - It has no images: `--only data` deploys what keeps data, and an image's name stands for one.
 * - A secret without a value has an empty one there, which cannot be merged with: it is put as `{}` first. That missing values
 *   stop a deployment is shown on moto.
 * - Values that it makes at random have punctuation though they are to have none, and some look like an example's: one is put.
 * - Indexes of tables that CloudFormation made have no status, so that whoever waits for them waits for ever: the template's
 *   tables are made once more in DynamoDB Local, from the same properties, and the programs use those.
 * - Bedrock and Anthropic do not answer: the offline model replies.
 * - Nobody answers for CloudFront: the server is asked at its own port, and told that this is where it is.
 */
const replaced = { LLM_PROVIDER: "offline" };

describe.runIf(here)("chat-on-fargate, what keeps data, on ministack", { timeout: 120_000 }, () => {
  let emulator: Emulated;
  let environment: Record<string, string>;
  let tables: LocalTables;
  const folder = mkdtempSync(join(tmpdir(), "aloft-rehearsal-"));
  const aloft = (...words: string[]) =>
    runCli([...words, "--config", chatFolder, "--env", "dev", "--json"], process.env);

  beforeAll(async () => {
    emulator = await emulated("ministack");
  });
  afterAll(() => {
    delete process.env["AWS_ENDPOINT_URL_DYNAMODB"];
    emulator[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("[landing.rehearsal.data] aloft deploy makes tables, bucket, keys and secrets", async () => {
    const { code, out, err } = await aloft("deploy", "--only", "data", "--yes");
    expect(err.split("\n").filter((line) => line.includes("_FAILED"))).toEqual([]);
    expect({ code, out: JSON.parse(out) }).toMatchObject({
      code: 0,
      out: { ok: true, stacks: [{ state: "deployed" }] },
    });
    const tables = await new DynamoDBClient({}).send(new ListTablesCommand({}));
    expect(tables.TableNames).toEqual(expect.arrayContaining(["chat-dev_users", "chat-dev_messages"]));
  });

  test("[landing.rehearsal.again] a second deployment finds nothing to do", async () => {
    const { out } = await aloft("deploy", "--only", "data", "--yes");
    expect(JSON.parse(out)).toMatchObject({ ok: true, stacks: [{ state: "unchanged" }] });
  });

  test("[landing.rehearsal.secrets] aloft secrets push fills what the template left empty", async () => {
    const file = join(folder, ".env");
    writeFileSync(file, "ANTHROPIC_API_KEY=sk-rehearsal-not-a-key\n");
    const secrets = new SecretsManagerClient({});
    await secrets.send(new PutSecretValueCommand({ SecretId: "chat/dev/llm-keys", SecretString: "{}" }));
    const random = randomBytes(48).toString("base64url");
    await secrets.send(new PutSecretValueCommand({ SecretId: "chat/dev/auth-secret", SecretString: random }));
    const words = ["secrets", "push", file, "--env", "dev", "--yes"];
    const pushed = await runCli(words, { ...process.env, ALOFT_SECRETS_PREFIX: "chat/dev" });
    expect(pushed).toMatchObject({ code: 0 });
    const secret = await secrets.send(new DescribeSecretCommand({ SecretId: "chat/dev/llm-keys" }));
    expect(Object.values(secret.VersionIdsToStages ?? {}).flat()).toContain("AWSCURRENT");
  });

  test("[landing.rehearsal.migration] the migration runs with the environment that the template gives it", async () => {
    const { stacks } = synthesize(resolveApp(chat, "dev"), { folder: join(folder, "assembly"), image });
    const known = { region: "us-east-1", account: emulator.account, exports: await exportsIn("us-east-1") };
    const template = (part: string) => stacks.find((stack) => stack.part === part)?.template ?? { Resources: {} };
    environment = containerEnvironment(template("Compute"), "server", known);
    const migrate = containerEnvironment(template("Cluster"), "migrate", known);
    expect(migrate).toMatchObject({ MAIN_DB_TYPE: "dynamodb", DYNAMODB_TABLE_PREFIX: "chat-dev_" });
    tables = await tablesInDynamoDbLocal(template("Data"));
    const main = join(root, "packages/server/src/bin/main.ts");
    const { stdout, stderr } = await run(process.execPath, ["--conditions=aloft-source", main, "migrate"], {
      env: { PATH: process.env["PATH"], ...migrate, ...emulator.env, ...tables.env },
      cwd: folder,
      timeout: 60_000,
    });
    expect(`${stdout}${stderr}`).toContain("the store is up to date");
  });

  test("[landing.rehearsal.server] the server works on what the template made", { timeout: 60_000 }, async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const told = {
      ...environment,
      ...emulator.env,
      ...tables.env,
      ...replaced,
      FRONTEND_URL: url,
      ALOFT_HOSTS: `127.0.0.1:${port}`,
      HOST: "127.0.0.1",
      PORT: String(port),
    };
    Object.assign(process.env, tables.env);
    try {
      await using backend = await startBackend({ env: told, store: "sqlite" });
      await useIt(backend);
    } finally {
      delete process.env["AWS_ENDPOINT_URL_DYNAMODB"];
    }
  });

  test("[landing.rehearsal.destroy] aloft destroy keeps data, then removes everything it says it removes", async () => {
    const kept = await aloft("destroy", "--yes");
    expect({ code: kept.code, out: JSON.parse(kept.out) }).toMatchObject({
      code: 1,
      out: { error: { code: "data_kept" } },
    });
    const { code, out } = await aloft("destroy", "--yes", "--delete-data");
    expect({ code, out: JSON.parse(out) }).toMatchObject({ code: 0, out: { removed: ["chat-dev-data"], stays: [] } });
    const { leftovers } = JSON.parse(out) as {
      leftovers: readonly { state: string; type: string; monthlyUsd?: number }[];
    };
    expect(leftovers.filter(({ state }) => state === "kept")).toEqual([]);
    const { TableNames = [] } = await new DynamoDBClient({}).send(new ListTablesCommand({}));
    expect(TableNames.filter((name) => name.startsWith("chat-dev_"))).toEqual([]);
    const { Buckets = [] } = await new S3Client({ forcePathStyle: true }).send(new ListBucketsCommand({}));
    expect(Buckets.filter(({ Name = "" }) => Name.startsWith("chat-dev"))).toEqual([]);
    const status = await aloft("status");
    expect(JSON.parse(status.out)).toMatchObject({
      ok: false,
      stacks: expect.arrayContaining([expect.objectContaining({ part: "Data" })]),
    });
  });
});

/** A part of what the end-to-end suite tries: signing in, agents, turns, files, search, other people. */
async function useIt({ owner, nobody, join: joinAs }: Backend): Promise<void> {
  expect((await nobody.get("/health/ready")).status).toBe(200);
  expect((await nobody.get("/api/v1/me")).status).toBe(401);
  const { body: me } = await owner.get("/api/v1/me");
  expect(me.defaultOrganizationId).toEqual(expect.any(String));
  const { body: agents } = await owner.get("/api/v1/agents");
  const [agent] = agents.items;
  const made = await owner.post("/api/v1/conversations", { title: "Rehearsal", agentIds: [agent.id] });
  expect(made.status).toBe(201);
  const messages = `/api/v1/conversations/${made.body.id}/messages`;
  const first = await owner.post(messages, { text: "Is the curtain up?" }, { "idempotency-key": "rehearsal-1" });
  const again = await owner.post(messages, { text: "Is the curtain up?" }, { "idempotency-key": "rehearsal-1" });
  expect(first.status).toBe(201);
  expect(again.body).toEqual(first.body);
  const reply = await until(async () => {
    const { body } = await owner.get(`${messages}?order=asc`);
    const said = body.items as readonly { text: string; status: string; author: { id: string } }[];
    return said.find(({ author, status }) => author.id === agent.id && status === "complete");
  }, 20_000);
  expect(reply.text.length).toBeGreaterThan(0);
  const other = await joinAs("Ines");
  expect((await other.get(`/api/v1/conversations/${made.body.id}`)).status).toBe(404);
}
