import { CloudFormationClient, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import { DescribeClustersCommand, ECSClient } from "@aws-sdk/client-ecs";
import { SecretsManagerClient, CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { type ResolvedApp, resolveApp } from "@aloft/infra/config/resolve";
import { deploy } from "@aloft/infra/deploying/deploy";
import type { DeployEvent } from "@aloft/infra/deploying/deploy-event";
import type { DeployOptions } from "@aloft/infra/deploying/deployment";
import { parametersIn } from "@aloft/infra/deploying/parameters";
import { readRecord } from "@aloft/infra/deploying/record";
import { destroy } from "@aloft/infra/deploying/destroy";
import { logLines } from "@aloft/infra/deploying/logs";
import { redeploy } from "@aloft/infra/deploying/redeploy";
import { stackState } from "@aloft/infra/deploying/stack-state";
import { appStatus } from "@aloft/infra/deploying/status";
import type { StackPart } from "@aloft/infra/stacks/aloft-stack";
import { synthesize } from "@aloft/infra/synthesize";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import chat from "../../../examples/chat-on-fargate/aloft.config.ts";
import { type Emulated, emulated } from "./emulated.ts";
import { without } from "./lacking.ts";
import { motoLacks } from "./moto-lacks.ts";
import { say, servedBy } from "./served.ts";

const here = await available("moto, for rehearsals of what runs", () => service("moto"));

/**
 * What moto 5.2.5 cannot do, or does otherwise than AWS, as of 2026-11-21. Each is taken the place of by what is said.
 * - `Fn::GetAtt` of a security group's `GroupId` fails within the NAT instance's network interface: a NAT gateway is deployed.
 * - It fails at what the data stack exports (ministack does not: see rehearsal-data.test.ts): a stack of that name stands in for it,
 *   with the same exports, and the parts are deployed one by one with --only.
 * - What a change set exports is not known to others, and one without changes stays under way for ever: stacks are made directly.
 * - Its CloudFormation does not know secrets, and passes them over: the one that is required is made by itself.
 * - It runs no containers and has no images: the image's name stands for one, and the migration's task is only looked at.
 * - With a stack neither its cluster nor its VPC goes: that stacks are gone is all that is seen here, and that what was in them is gone
 *   in rehearsal-data.test.ts.
 * - What moto-lacks.ts lists is left out of the templates, CloudFront among it: its name is made up.
 * - Of target groups and load balancers it does not know the names by which CloudWatch does: they are made up. Nobody watches there:
 *   monitoring, guard and access are deployed in rehearsal-whole.test.ts.
 * - Of a service it takes its name, cluster and task definition alone: not how many tasks, on what, where, and behind what. None
 *   ever runs, and its rollout is complete all the same; a new task definition does not reach it. rehearsal-whole.test.ts has these,
 *   a new version and a rollback.
 */
const network = { egress: "nat-gateway" } as const;

const extend = without(motoLacks, { "AWS::CloudFront::Distribution.DomainName": "stage.example.com" });

const app = here
  ? resolveApp({ ...chat, network, extend, name: "stage", models: { provider: "anthropic" } }, "staging")
  : undefined;
const image = `example.com/chat@sha256:${"2".repeat(64)}`;

describe.runIf(here)("chat-on-fargate, what runs, on moto", { timeout: 120_000 }, () => {
  let emulator: Emulated;
  const events: DeployEvent[] = [];
  const migrated: unknown[] = [];
  const asked: unknown[] = [];

  const run = (only: StackPart) => {
    if (app === undefined) throw new Error("moto is not here");
    const options: DeployOptions = {
      app,
      only,
      image: { kind: "uri", uri: image },
      confirm: () => Promise.resolve(true),
      confirmBootstrap: () => Promise.resolve(true),
      onEvent: (event) => events.push(event),
      signal: new AbortController().signal,
      directly: true,
      steps: {
        image: ({ choice }) => Promise.resolve(choice.kind === "uri" ? choice.uri : ""),
        smokeTest(given) {
          asked.push(given);
          return Promise.resolve({ version: "1.2.3", attempts: 1 });
        },
        migrate({ task }) {
          migrated.push(task);
          return Promise.resolve();
        },
      },
    };
    return deploy(options);
  };

  beforeAll(async () => {
    emulator = await emulated("moto");
  });
  afterAll(() => emulator[Symbol.dispose]());

  test("[landing.deploy.parts.order] a part waits for those that it stands on", async () => {
    await expect(run("Cluster")).rejects.toMatchObject({
      code: "not_deployed",
      message: expect.stringContaining("aloft deploy --only network"),
    });
  });

  test("[landing.deploy.secrets] required secrets without a value stop it before anything runs", async () => {
    await standInForData(app);
    await run("Network");
    const error = await run("Cluster").catch((error: unknown) => error);
    expect(String(error)).toContain("aloft secrets push .env --env staging");
    expect(error).toMatchObject({ code: "secrets_missing" });
    expect(events.filter((event) => event.kind === "step" && event.step === "cluster")).toEqual([]);
    const value = { "auth-secret": randomBytes(32).toString("hex"), "llm-keys": '{"ANTHROPIC_API_KEY":"not-a-key"}' };
    for (const [name, SecretString] of Object.entries(value)) {
      const create = new CreateSecretCommand({ Name: `stage/staging/${name}`, SecretString });
      await new SecretsManagerClient({}).send(create);
    }
  });

  test("[landing.rehearsal.compute] the network, then the cluster, and with it the migration", async () => {
    expect(await run("Network")).toMatchObject({ stacks: [{ state: "unchanged" }] });
    events.length = 0;
    await run("Cluster");
    expect(migrated).toEqual([expect.objectContaining({ container: "migrate", cluster: "stage-staging" })]);
    const ended = events.flatMap((event) => (event.kind === "step" && event.state === "done" ? [event.step] : []));
    expect(ended.filter((step) => step === "cluster" || step === "migration")).toEqual(["cluster", "migration"]);
    const { clusters = [] } = await new ECSClient({}).send(
      new DescribeClustersCommand({ clusters: ["stage-staging"] }),
    );
    expect(clusters).toEqual([expect.objectContaining({ status: "ACTIVE" })]);
  });

  test("[landing.rehearsal.service] then what serves, which is asked and noted down", async () => {
    const report = await run("Compute");
    expect(report).toMatchObject({ image, version: "1.2.3", url: "https://stage.example.com" });
    expect(asked).toEqual([
      expect.objectContaining({ url: "https://stage.example.com", paths: ["/health", "/health/ready"] }),
    ]);
    expect(await readRecord(parametersIn("us-east-1"), "stage-staging")).toMatchObject([{ image, version: "1.2.3" }]);
  });

  test("[landing.rehearsal.commands] it is as declared, and status and logs show it", async () => {
    if (app === undefined) throw new Error("moto is not here");
    const { service, container, balancer, targets, listeners, rules } = await servedBy(app.prefix);
    expect(service).toMatchObject({ status: "ACTIVE", clusterArn: expect.stringContaining("stage-staging") });
    expect(container).toMatchObject({ name: "server", image, portMappings: [{ containerPort: 3000 }] });
    expect(balancer).toMatchObject({ Scheme: "internal", Type: "application" });
    expect(targets).toMatchObject({ Protocol: "HTTP", TargetType: "ip", HealthCheckPath: "/health" });
    expect(listeners).toMatchObject([{ Port: 80, DefaultActions: [{ Type: "fixed-response" }] }]);
    expect(rules).toContainEqual(expect.objectContaining({ Actions: [expect.objectContaining({ Type: "forward" })] }));
    expect(await appStatus(app)).toMatchObject({
      image,
      service: { name: "stage-staging", status: "ACTIVE", running: 0 },
      deployments: [{ image }],
      alarms: [],
    });
    const group = (await stackState("us-east-1", "stage-staging-compute"))?.outputs["LogGroup"] ?? "";
    await say(group, "it speaks");
    const lines: string[] = [];
    const { signal } = new AbortController();
    for await (const { text } of logLines({ app, of: "server", sinceMs: 60_000, follow: false, signal }))
      lines.push(text);
    expect(lines).toEqual(["it speaks"]);
  });

  test("[landing.rehearsal.commands] redeploy asks for new tasks", async () => {
    if (app === undefined) throw new Error("moto is not here");
    const { signal } = new AbortController();
    const notes: unknown[] = [];
    const onEvent = (event: DeployEvent) => void notes.push(event);
    const redeployed = await redeploy({ app, onEvent, signal, withinMs: 5000, pollMs: 50 });
    expect(redeployed).toEqual({ service: "stage-staging", running: 0 });
    expect(notes).toEqual([{ kind: "note", text: "0 of 0 tasks run" }]);
  });

  test("[landing.rehearsal.gone] aloft destroy removes them, the last made first", async () => {
    if (app === undefined) throw new Error("moto is not here");
    const report = await destroy({
      app,
      deleteData: true,
      confirm: () => Promise.resolve(true),
      onEvent: () => undefined,
      signal: new AbortController().signal,
    });
    const names = ["compute", "cluster", "network", "data"].map((part) => `stage-staging-${part}`);
    expect([...report.removed].sort()).toEqual([...names].sort());
    expect(report.removed.indexOf("stage-staging-cluster")).toBeLessThan(
      report.removed.indexOf("stage-staging-network"),
    );
    for (const name of names) expect(await stackState("us-east-1", name)).toBeUndefined();
  });
});

/** A stack named like the one that keeps data, with what it exports and nothing in it. */
async function standInForData(app: ResolvedApp | undefined): Promise<void> {
  if (app === undefined) throw new Error("moto is not here");
  const folder = mkdtempSync(join(tmpdir(), "aloft-stand-in-"));
  try {
    const data = synthesize(app, { folder, image }).stacks.find(({ part }) => part === "Data");
    const outputs = Object.entries(data?.template.Outputs ?? {}).filter(([, output]) => output.Export !== undefined);
    const Outputs = outputs.map(([id, output]) => [id, { ...output, Value: `arn:aws:x:us-east-1:123456789012:${id}` }]);
    const Resources = { Nothing: { Type: "AWS::SNS::Topic", Properties: {} } };
    const TemplateBody = JSON.stringify({ Resources, Outputs: Object.fromEntries(Outputs) });
    const client = new CloudFormationClient({ maxAttempts: 1 });
    await client.send(new CreateStackCommand({ StackName: `${app.prefix}-data`, TemplateBody }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
