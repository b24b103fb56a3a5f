import { loadSecrets } from "@aloft/adapters/secrets/load-secrets";
import { dynamodbStore } from "@aloft/adapters/store/dynamodb";
import { createTestDatabase } from "@aloft/adapters/store/testing/postgres";
import { messages } from "@aloft/core/conversations/tables";
import { defineSecrets } from "@aloft/core/secrets/define-secrets";
import { schemaVersion, tables } from "@aloft/core/tables";
import type { AppConfig, EnvironmentName } from "@aloft/infra";
import type { Permission } from "@aloft/infra/permissions/permission";
import type { Synthesis } from "@aloft/infra/synthesize";
import { afterEach, describe, expect, test, vi } from "vitest";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import { runCli } from "../../cli/src/testing.ts";
import { startBackend, until } from "../../server/test/support/backend.ts";
import { iamRequestsOf, type IamRequest } from "./recording/iam-requests.ts";
import { operations, useEverything } from "./recording/scenario.ts";
import { covers, decide, holderOf, type Principal, principalOf, statementOf } from "./recording/simulate.ts";
import { account, imagined, makeWorld, region, type World } from "./recording/world.ts";
import { synthesized } from "./support.ts";

const reachable = async () => {
  const [dynamodb, moto, ministack] = await Promise.all([service("dynamodb"), service("moto"), service("ministack")]);
  return { dynamodb: dynamodb.url, moto: moto.url, ministack: ministack.url };
};
const here = await available("AWS's emulators together", reachable);
const name = `iam${process.pid}`;

afterEach(() => vi.unstubAllEnvs());

/** The SDK looks in the environment of the process for where AWS is. */
function pointSdkTo({ recorder: { urls } }: World): void {
  for (const [variable, url] of Object.entries({
    AWS_ENDPOINT_URL_DYNAMODB: urls.dynamodb,
    AWS_ENDPOINT_URL_KMS: urls.kms,
    AWS_ENDPOINT_URL_S3: urls.s3,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: urls.secretsmanager,
    AWS_ENDPOINT_URL_SSM: urls.ssm,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: region,
  })) {
    vi.stubEnv(variable, url);
  }
}

/** What is about the machine that a task runs on, and not about AWS. */
const ofTheMachine = { HOST: "127.0.0.1", FRONTEND_URL: "", ALOFT_HOSTS: "", ALOFT_PROXY_HOPS: "" };

interface Asked {
  readonly by: string;
  readonly request: IamRequest;
}

/** The server does all it can, and the migration runs before it, each as its task has it. */
async function runEverything(world: World, machine: Readonly<Record<string, string>> = {}): Promise<readonly Asked[]> {
  pointSdkTo(world);
  const of = (program: string): Record<string, string> => ({
    ...world.environmentOf(program),
    ...ofTheMachine,
    ...machine,
  });
  world.recorder.by("migrate");
  const migrated = await runCli(["store", "migrate"], of("migrate"));
  expect(migrated, migrated.err).toMatchObject({ code: 0 });
  world.recorder.by("server");
  const env: Record<string, string> = { ...of("server"), ALOFT_USER_RATE: "1000", ALOFT_USER_BURST: "1000" };
  {
    await using backend = await startBackend({ store: "sqlite", env });
    const done = await useEverything(backend);
    expect(operations.filter((operation) => !done.has(operation))).toEqual([]);
    const before = world.recorder.calls.length;
    process.emit("SIGHUP");
    await until(
      () => world.recorder.calls.slice(before).some(({ service: by }) => by === "secretsmanager") || undefined,
    );
  }
  for (const words of [["keys", "status"], ["keys", "reseal"], ["store", "status"], ["doctor"]]) {
    const { code, out, err } = await runCli(words, env);
    expect({ words, code }, out + err).toMatchObject({ code: words[0] === "doctor" ? expect.any(Number) : 0 });
  }
  if (env["DYNAMODB_TABLE_PREFIX"] !== undefined) await fillSearchIndex(env["DYNAMODB_TABLE_PREFIX"]);
  return world.recorder.calls.flatMap((call) =>
    iamRequestsOf(call, world.place).map((request) => ({ by: call.by, request })),
  );
}

const roles = { server: "ServerRole", migrate: "MigrateRole" } as const;

async function expectAllowed(synthesis: Synthesis, world: World, asked: readonly Asked[]): Promise<void> {
  const denied = new Set<string>();
  const decided = new Map<string, Promise<string>>();
  for (const [program, roleId] of Object.entries(roles)) {
    const principal = principalOf(synthesis, world.known, roleId);
    for (const { by, request } of asked) {
      if (by !== program) continue;
      const key = JSON.stringify([by, request]);
      const answer = decided.get(key) ?? decide(principal, request, account);
      decided.set(key, answer);
      const result = await answer;
      if (result !== "Allowed") denied.add(`${program}: ${request.action} on ${request.resource}: ${result}`);
    }
  }
  expect([...denied]).toEqual([]);
}

/** Actions that a statement grants and nobody called on what it is about, without a reason; and reasons for what was called. */
function unexplained(principal: Principal, permissions: readonly Permission[], asked: readonly IamRequest[]): string[] {
  return permissions.flatMap(({ sid, actions, unused = {} }) => {
    const statement = statementOf(principal, sid);
    const called = new Set(asked.filter(({ resource }) => covers(statement, resource)).map(({ action }) => action));
    return [
      ...actions
        .filter((one) => !called.has(one) && unused[one] === undefined)
        .map((one) => `${sid}: ${one} is never called`),
      ...Object.keys(unused)
        .filter((one) => called.has(one) || !actions.includes(one))
        .map((one) => `${sid}: ${one} needs no reason`),
    ];
  });
}

function expectUsed(synthesis: Synthesis, world: World, asked: readonly Asked[]): void {
  for (const [program, roleId] of Object.entries(roles)) {
    const requests = asked.filter(({ by }) => by === program).map(({ request }) => request);
    const principal = principalOf(synthesis, world.known, roleId);
    expect(unexplained(principal, synthesis.permissions[program] ?? [], requests), program).toEqual([]);
  }
}

/** As after 16,384 messages: the index of words is written, and searched. */
async function fillSearchIndex(tablePrefix: string): Promise<void> {
  const search = { segments: { segmentItems: 4 }, settleMs: 0 };
  await using store = await dynamodbStore({ tables, schemaVersion, tablePrefix, region, search, upkeep: false });
  await store.maintain();
  const kept = (await store.scan(messages)).items.find(({ text }) => text === "three");
  const scopes = [kept?.conversationId ?? ""];
  expect((await store.search(messages, { text: "three", scopes, limit: 1 })).items).toHaveLength(1);
}

const app = (more: Partial<AppConfig> & { readonly topology: "solo" | "relational" }) =>
  ({ name, region, environments: { production: {}, dev: {} }, ...more }) as AppConfig;

describe.runIf(here)("what programs are allowed", () => {
  test.each(["production", "dev"] as const)(
    "[landing.data.permissions.recorded] [landing.data.permissions.used] solo in %s: neither less nor more than is called",
    { timeout: 120_000 },
    async (environment: EnvironmentName) => {
      const encryption = environment === "dev" ? "own" : "aws";
      const synthesis = synthesized(app({ topology: "solo", encryption }), environment);
      await using world = await makeWorld(synthesis, await reachable());
      const asked = await runEverything(world);
      expect(asked.length).toBeGreaterThan(200);
      await expectAllowed(synthesis, world, asked);
      expectUsed(synthesis, world, asked);
    },
  );

  test(
    "[landing.data.permissions.recorded] [landing.data.permissions.used] relational: its user is made, and signs in by the secret",
    { timeout: 120_000 },
    async () => {
      await using database = await createTestDatabase(() => service("postgres-16"));
      const url = new URL(database.url);
      const synthesis = synthesized(app({ topology: "relational" }), "production");
      await using world = await makeWorld(synthesis, await reachable(), {
        administrator: { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) },
        attributes: { "DatabaseInstanceAA8A5FDE.Endpoint.Address": url.hostname },
      });
      // The server of the tests has no certificate: PGSSLMODE is the one setting of the task that is not taken.
      const place = { PGPORT: url.port, PGDATABASE: url.pathname.slice(1), PGSSLMODE: "disable", PGSSLROOTCERT: "" };
      const asked = await runEverything(world, place);
      expect(world.environmentOf("server")["DATABASE_SECRET"]).toBe(`${name}/prod/database-user`);
      await expectAllowed(synthesis, world, asked);
      expectUsed(synthesis, world, asked);
    },
  );

  test("[landing.data.permissions.recorded] [landing.data.permissions.used] library: who has its policy reads its secrets", async () => {
    const secrets = defineSecrets({
      app: { name: `${name}-library/{env}`, fills: ["ONE", "TWO"] },
      flag: { name: `/${name}-library/{env}/flag`, in: "parameter-store", fills: "FLAG" },
    });
    const config = {
      name,
      region,
      topology: "library",
      secrets,
      encryption: "own",
      environments: { dev: {} },
    } as const;
    const synthesis = synthesized(config, "dev");
    await using world = await makeWorld(synthesis, await reachable());
    world.recorder.by("reader");
    pointSdkTo(world);
    const env = { ...process.env, ALOFT_ENV: "dev", AWS_SECRETS_ENABLED: "true" };
    using loaded = await loadSecrets(secrets, { env, folder: "/nowhere", warn: () => undefined });
    expect(loaded.warnings()).toHaveLength(2);
    const asked = world.recorder.calls.flatMap((call) => iamRequestsOf(call, world.place));
    const reader = holderOf(synthesis, world.known, "Reader");
    for (const request of asked) expect(await decide(reader, request, account), request.action).toBe("Allowed");
    expect(unexplained(reader, synthesis.permissions["reader"] ?? [], asked)).toEqual([]);
    const other = {
      action: "ssm:GetParameters",
      resource: `arn:aws:ssm:${region}:${account}:parameter/x`,
      context: {},
    };
    expect(await decide(reader, other, account)).toMatch(/Denied$/);
  });
});

test("[landing.data.permissions.narrow] nothing of another environment or app, and nothing that nobody needs", async () => {
  const synthesis = synthesized(app({ topology: "solo" }), "production");
  const known = imagined(synthesis);
  const principal = principalOf(synthesis, known, "ServerRole");
  const arn = (rest: string) => `arn:aws:${rest.replace("::", `:${region}:${account}:`)}`;
  const mine = { action: "dynamodb:GetItem", resource: arn(`dynamodb::table/${name}-production_users`), context: {} };
  expect(await decide(principal, mine, account)).toBe("Allowed");
  const [key = ""] = principal.resourcePolicies.keys();
  const forbidden: readonly (readonly [string, string])[] = [
    ["dynamodb:GetItem", arn(`dynamodb::table/${name}-dev_users`)],
    ["dynamodb:GetItem", arn(`dynamodb::table/${name}-production_users2`)],
    ["dynamodb:DeleteTable", arn(`dynamodb::table/${name}-production_users`)],
    ["dynamodb:Scan", arn(`dynamodb::table/${name}-production_messages/index/recent`)],
    ["s3:GetObject", `arn:aws:s3:::${name}-dev-blobs-${account}-${region}/a`],
    ["s3:GetObjectVersion", `arn:aws:s3:::${name}-production-blobs-${account}-${region}/a`],
    ["secretsmanager:GetSecretValue", arn(`secretsmanager::secret:${name}/dev/auth-secret-AbCdEf`)],
    ["secretsmanager:GetSecretValue", arn(`secretsmanager::secret:${name}/prod/auth-secret-more-AbCdEf`)],
    ["secretsmanager:PutSecretValue", arn(`secretsmanager::secret:${name}/prod/auth-secret-AbCdEf`)],
    ["kms:Encrypt", key],
    ["kms:Decrypt", key],
    ["kms:CreateGrant", key],
    ["kms:ScheduleKeyDeletion", key],
    ["kms:Decrypt", arn("kms::key/00000000-0000-0000-0000-000000000000")],
  ];
  for (const [action, resource] of forbidden) {
    expect(await decide(principal, { action, resource, context: {} }, account), action).toMatch(/Denied$/);
  }
  const everything = principal.policies
    .flatMap(({ Statement }) => Statement)
    .filter(({ Resource }) => Resource === "*");
  expect(everything.map(({ Action }) => Action)).toEqual(["secretsmanager:BatchGetSecretValue"]);
});

test("[landing.data.keys] nobody of the account can use a key for what it is not for", async () => {
  const synthesis = synthesized(app({ topology: "solo" }), "production");
  const known = imagined(synthesis);
  const own = principalOf(synthesis, known, "ServerRole");
  const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  const administrator: Principal = { ...own, arn: `arn:aws:iam::${account}:role/admin`, policies: [everything] };
  const ask = (action: string, resource: string) => decide(administrator, { action, resource, context: {} }, account);
  const [sealing = "", signing = ""] = ["KeysSealing", "KeysSigning"].map((id) => {
    return Object.entries(known.attributes).find(([attribute]) => attribute.startsWith(id))?.[1] ?? "";
  });
  for (const action of ["kms:Encrypt", "kms:ReEncryptFrom", "kms:CreateGrant", "kms:ImportKeyMaterial"]) {
    expect(await ask(action, sealing), action).toMatch(/Denied$/);
  }
  expect(await ask("kms:Decrypt", sealing)).toBe("Allowed");
  expect(await ask("kms:PutKeyPolicy", sealing)).toBe("Allowed");
  for (const action of ["kms:Decrypt", "kms:DeriveSharedSecret", "kms:CreateGrant"]) {
    expect(await ask(action, signing), action).toMatch(/Denied$/);
  }
  expect(await ask("kms:Sign", signing)).toBe("Allowed");
});
