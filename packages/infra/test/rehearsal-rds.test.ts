import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { DescribeTaskDefinitionCommand, ECSClient, ListClustersCommand } from "@aws-sdk/client-ecs";
import { DescribeDBInstancesCommand, DescribeDBParametersCommand, RDSClient } from "@aws-sdk/client-rds";
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { resolveApp, type ResolvedApp } from "@aloft/infra/config/resolve";
import { deploy } from "@aloft/infra/deploying/deploy";
import type { DeployEvent } from "@aloft/infra/deploying/deploy-event";
import type { DeployOptions, DeployReport } from "@aloft/infra/deploying/deployment";
import { destroy } from "@aloft/infra/deploying/destroy";
import { smokeTest } from "@aloft/infra/deploying/smoke-test";
import { stackState } from "@aloft/infra/deploying/stack-state";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runSql } from "../../adapters/src/store/testing/postgres.ts";
import { type Child, root } from "../../../test/support/child.ts";
import { pythonExample, pythonOfExample } from "../../../test/support/python-example.ts";
import { service } from "../../../test/support/services.ts";
import { freePort } from "../../../test/support/services/program.ts";
import { available } from "../../../test/support/skip.ts";
import rds from "../../../examples/python-on-rds/aloft.config.ts";
import { type Emulated, emulated } from "./emulated.ts";
import { type ContainerWords, imageProcess } from "./image-process.ts";
import { without } from "./lacking.ts";
import { ministackLacks } from "./ministack-lacks.ts";

const here = await available("ministack, PostgreSQL 18 and Python, for a rehearsal of a relational app", async () => {
  await Promise.all([service("ministack"), service("postgres-18"), pythonOfExample()]);
});

const region = "us-east-1";
const image = `example.com/combine@sha256:${"3".repeat(64)}`;

/**
 * What ministack 1.5.33 cannot do, or does otherwise than AWS, as of 2026-11-21. Each is taken the place of by what is said.
 * - Its CloudFormation cannot make what ministack-lacks.ts lists: the templates are deployed without exactly these.
 * - The address of an instance's own secret is among these: a secret that the test makes as RDS would stands in for it.
 * - Its database is a name: a real PostgreSQL 18 takes its place, with the administrator of the template.
 * - It runs no containers and has no images: migration and program run as processes, by the words of the Dockerfile and the
 *   environment of the task definitions that CloudFormation made.
 */
describe.runIf(here)("python-on-rds on ministack, as a whole", { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "aloft-rds-"));
  const events: DeployEvent[] = [];
  const running: Child[] = [];
  let emulator: Emulated;
  let app: ResolvedApp;
  let server: URL;
  let report: DeployReport;
  let options: DeployOptions;
  let programUrl = "";

  /** What differs from AWS: where AWS and the database are, that TLS is not forced, and where the program is asked. */
  const overrides = (): Record<string, string> => ({
    ...emulator.env,
    PGHOST: server.hostname,
    PGPORT: server.port,
    PGSSLMODE: "disable",
    PGSSLROOTCERT: "",
  });
  const start = async (container: ContainerWords, more: Readonly<Record<string, string>> = {}): Promise<Child> => {
    const child = imageProcess(container, {
      dockerfile: join(root, "examples/python-on-rds/Dockerfile"),
      cwd: pythonExample,
      python: await pythonOfExample(),
      bin: join(folder, "bin"),
      overrides: { ...overrides(), ...more },
    });
    running.push(child);
    return child;
  };

  beforeAll(async () => {
    emulator = await emulated("ministack", "303030303030");
    server = new URL((await service("postgres-18")).url);
    const password = randomBytes(24).toString("base64url");
    await makeAdministrator(server, password);
    const SecretString = JSON.stringify({ username: "aloft_admin", password });
    const secret = new CreateSecretCommand({ Name: "rds!db-combine-dev", SecretString });
    const { ARN = "" } = await new SecretsManagerClient({}).send(secret);
    const extend = without(ministackLacks, { "AWS::RDS::DBInstance.MasterUserSecret.SecretArn": ARN });
    app = resolveApp({ ...rds, extend }, "dev");
    options = {
      app,
      image: { kind: "uri", uri: image },
      confirm: () => Promise.resolve(true),
      confirmBootstrap: () => Promise.resolve(true),
      onEvent: (event) => events.push(event),
      signal: new AbortController().signal,
      steps: {
        image: ({ choice }) => Promise.resolve(choice.kind === "uri" ? choice.uri : ""),
        async migrate({ task, onEvent }) {
          const migration = await start(await container(task.taskDefinition, task.container));
          const { code, stdout, stderr } = await migration.ended;
          onEvent({ kind: "log", text: `${stdout}${stderr}` });
          if (code !== 0) throw new Error(`the migration ended with ${code}: ${stdout}${stderr}`);
        },
        async smokeTest(asked) {
          const definition = (await stackState(region, `${app.prefix}-compute`))?.outputs["TaskDefinition"] ?? "";
          const port = await freePort();
          await start(await container(definition, "server"), { HOST: "127.0.0.1", PORT: String(port) });
          programUrl = `http://127.0.0.1:${port}`;
          return smokeTest({ ...asked, url: programUrl, withinMs: 20_000, everyMs: 100 });
        },
      },
    };
  });
  afterAll(async () => {
    for (const child of running) await child[Symbol.asyncDispose]();
    await removeAdministrator(server);
    emulator[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("[landing.rehearsal.relational] one call deploys it: database, migration, and the program, which answers", async () => {
    report = await deploy(options).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${failures(events)}`);
    });
    const parts = ["Network", "Data", "Cluster", "Compute", "Monitoring"];
    expect(report.stacks.map(({ part, state }) => `${part} ${state}`)).toEqual(parts.map((part) => `${part} deployed`));
    expect(report).toMatchObject({ image, url: expect.stringMatching(/^https:\/\/.*cloudfront\.net$/) });
    const said = events.flatMap((event) => (event.kind === "log" ? [event.text] : [])).join("\n");
    expect(said).toContain("3 players seeded");
    const { DBInstances: [instance] = [] } = await new RDSClient({}).send(new DescribeDBInstancesCommand({}));
    expect(instance).toMatchObject({
      DBInstanceIdentifier: "combine-dev",
      DBName: "app",
      MasterUsername: "aloft_admin",
      PubliclyAccessible: false,
      StorageEncrypted: true,
    });
    const DBParameterGroupName = instance?.DBParameterGroups?.[0]?.DBParameterGroupName ?? "";
    const { Parameters = [] } = await new RDSClient({}).send(new DescribeDBParametersCommand({ DBParameterGroupName }));
    expect(Parameters.find(({ ParameterName }) => ParameterName === "rds.force_ssl")?.ParameterValue).toBe("1");
  });

  test("[landing.rehearsal.rows] the program reads and writes rows as its own user, and cannot change tables", async () => {
    const players = async () => (await fetch(`${programUrl}/players`)).json();
    expect(await players()).toHaveLength(3);
    const secret = await new SecretsManagerClient({}).send(
      new GetSecretValueCommand({ SecretId: "combine/dev/database-user" }),
    );
    const { username, password } = JSON.parse(secret.SecretString ?? "{}") as { username: string; password: string };
    expect(username).toBe("aloft_program");
    const own = new URL(server);
    Object.assign(own, { username, password: encodeURIComponent(password), pathname: "/app" });
    await runSql(own.href, "INSERT INTO players (name, forty_yards) VALUES ('Barbara', 4.01)");
    expect(await players()).toMatchObject([{ name: "Barbara", forty_yards: "4.01" }, {}, {}, {}]);
    await expect(runSql(own.href, "ALTER TABLE players ADD COLUMN age integer")).rejects.toThrow("must be owner");
    await expect(runSql(own.href, "CREATE TABLE more (id integer)")).rejects.toThrow("permission denied");
    await expect(runSql(own.href, "DROP TABLE players")).rejects.toThrow("must be owner");
    const signedIn = await runSql(
      server.href,
      "SELECT count(*)::integer AS n FROM pg_roles WHERE rolname = 'aloft_program'",
    );
    expect(signedIn).toEqual([{ n: 1 }]);
    const [program] = running.slice(-1);
    expect(await program?.stop("SIGTERM")).toMatchObject({ code: 0, stdout: expect.stringContaining("stopped") });
  });

  test("[landing.rehearsal.again] the same call again changes no stack, and the migration finds nothing to do", async () => {
    events.length = 0;
    const again = await deploy(options);
    expect(again.stacks.filter(({ state }) => state !== "unchanged")).toEqual([]);
    const said = events.flatMap((event) => (event.kind === "log" ? [event.text] : [])).join("\n");
    expect(said).not.toContain("players seeded");
    expect(await (await fetch(`${programUrl}/players`)).json()).toHaveLength(4);
  });

  test("[landing.rehearsal.rest] aloft destroy leaves nothing of it", async () => {
    const { removed, stays, leftovers } = await destroy({
      ...options,
      confirm: () => Promise.resolve(true),
      deleteData: true,
    });
    const parts = ["monitoring", "compute", "cluster", "data", "network"];
    expect([...removed].sort()).toEqual(parts.map((part) => `combine-dev-${part}`).sort());
    expect(removed.at(-1)).toBe("combine-dev-network");
    expect(stays).toEqual([]);
    expect(leftovers.filter(({ state }) => state === "kept")).toEqual([]);
    const { DBInstances } = await new RDSClient({}).send(new DescribeDBInstancesCommand({}));
    expect(DBInstances).toEqual([]);
    const { clusterArns } = await new ECSClient({}).send(new ListClustersCommand({}));
    expect(clusterArns).toEqual([]);
    const { repositories = [] } = await new ECRClient({}).send(new DescribeRepositoriesCommand({}));
    expect(repositories.filter(({ repositoryName }) => repositoryName === "combine-dev")).toEqual([]);
    const { Vpcs = [] } = await new EC2Client({}).send(new DescribeVpcsCommand({}));
    expect(Vpcs.filter(({ IsDefault }) => IsDefault !== true)).toEqual([]);
    const { Buckets = [] } = await new S3Client({ forcePathStyle: true }).send(new ListBucketsCommand({}));
    expect(Buckets.filter(({ Name = "" }) => Name.startsWith("combine"))).toEqual([]);
  });
});

/** What a container of a task definition is, as ECS has it after CloudFormation. */
async function container(taskDefinition: string, name: string): Promise<ContainerWords> {
  const found = await new ECSClient({}).send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  const one = found.taskDefinition?.containerDefinitions?.find((definition) => definition.name === name);
  if (one === undefined) throw new Error(`${taskDefinition} has no container ${name}`);
  const environment = (one.environment ?? []).map(({ name: key = "", value = "" }) => [key, value]);
  return { entryPoint: one.entryPoint, command: one.command, environment: Object.fromEntries(environment) };
}

/** Who RDS would have made: may make users and databases, is no superuser, and owns the database that the template names. */
async function makeAdministrator(server: URL, password: string): Promise<void> {
  await removeAdministrator(server);
  await runSql(server.href, `CREATE ROLE aloft_admin LOGIN CREATEROLE CREATEDB PASSWORD '${password}'`);
  await runSql(server.href, "CREATE DATABASE app OWNER aloft_admin");
}

async function removeAdministrator(server: URL): Promise<void> {
  await runSql(server.href, "DROP DATABASE IF EXISTS app WITH (FORCE)");
  for (const role of ["aloft_program", "aloft_admin"]) await runSql(server.href, `DROP ROLE IF EXISTS ${role}`);
}

function failures(events: readonly DeployEvent[]): string {
  return events
    .flatMap((event) => (event.kind === "resource" && event.status.includes("FAILED") ? [JSON.stringify(event)] : []))
    .join("\n");
}
