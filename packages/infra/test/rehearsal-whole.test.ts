import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { resolveApp, type ResolvedApp } from "@aloft/infra/config/resolve";
import { deploy } from "@aloft/infra/deploying/deploy";
import { type DeployEvent, type DeployStep, deploySteps } from "@aloft/infra/deploying/deploy-event";
import type { DeployOptions } from "@aloft/infra/deploying/deployment";
import { destroy } from "@aloft/infra/deploying/destroy";
import { logLines } from "@aloft/infra/deploying/logs";
import { parametersIn } from "@aloft/infra/deploying/parameters";
import { previousOf, readRecord } from "@aloft/infra/deploying/record";
import { redeploy } from "@aloft/infra/deploying/redeploy";
import { stackResources, stackState } from "@aloft/infra/deploying/stack-state";
import { appStatus } from "@aloft/infra/deploying/status";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import chat from "../../../examples/chat-on-fargate/aloft.config.ts";
import { type Emulated, emulated } from "./emulated.ts";
import { without } from "./lacking.ts";
import { ministackLacks } from "./ministack-lacks.ts";
import { say, servedBy } from "./served.ts";

const here = await available("ministack, for whole deployments", () => service("ministack"));

const region = "us-east-1";
const image = (digit: string): string => `example.com/chat@sha256:${digit.repeat(64)}`;
const repository = { owner: "acme", name: "chat" };
/** Everything that an app can have, so that every part has something to make. */
const everything = { repository, trail: true, detectors: true, extend: without(ministackLacks) };
const whole: ResolvedApp = resolveApp({ ...chat, ...everything }, "production");
let s3: S3Client;
const parts = ["Network", "Data", "Cluster", "Guard", "Compute", "Monitoring", "Access"] as const;

/**
 * What ministack 1.5.33 cannot do, or does otherwise than AWS, as of 2026-11-21. Each is taken the place of by what is said.
 * - Its CloudFormation cannot make what ministack-lacks.ts lists: the templates are deployed without exactly these.
 * - It has no images, runs no containers, and nobody answers for CloudFront: image, migration and smoke test are only noted.
 *   rehearsal-rds.test.ts runs them.
 * - A secret without a value has an empty one there: that missing values stop a deployment is shown on moto.
 */
describe.runIf(here)("chat-on-fargate on ministack, as a whole", { timeout: 120_000 }, () => {
  let emulator: Emulated;
  const events: DeployEvent[] = [];
  const asked: string[] = [];

  const run = (app: ResolvedApp, more: Partial<DeployOptions> = {}) =>
    deploy({
      app,
      image: { kind: "uri", uri: image("4") },
      confirm: () => Promise.resolve(true),
      confirmBootstrap: () => Promise.resolve(true),
      onEvent: (event) => events.push(event),
      signal: new AbortController().signal,
      steps: {
        image: ({ choice }) => Promise.resolve(choice.kind === "uri" ? choice.uri : ""),
        migrate: ({ task }) => Promise.resolve(void asked.push(`migrate on ${task.cluster}`)),
        smokeTest: ({ paths }) => {
          asked.push(`ask ${paths.join(" ")}`);
          return Promise.resolve({ version: "1.2.3", attempts: 1 });
        },
      },
      ...more,
    });

  beforeAll(async () => {
    emulator = await emulated("ministack", "505050505050");
    s3 = new S3Client({ region, forcePathStyle: true });
  });
  afterAll(() => emulator[Symbol.dispose]());

  test("[landing.rehearsal.whole] one call deploys every part in its order, and notes down what it did", async () => {
    const report = await run(whole).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(events.filter(isFailure))}`);
    });
    expect(begun(events).filter((step) => step !== "bootstrap")).toEqual([...deploySteps]);
    expect(ended(events)).toEqual(begun(events));
    expect(asked).toEqual(["migrate on chat-production", "ask /health /health/ready"]);
    expect(report.stacks).toEqual(
      parts.map((part) => ({ part, name: `chat-production-${part.toLowerCase()}`, state: "deployed" })),
    );
    expect(report).toMatchObject({ account: emulator.account, region, image: image("4"), version: "1.2.3" });
    expect(Object.keys(report.outputs).sort()).toEqual([...parts].sort());
    expect(report.outputs).toMatchObject({
      Cluster: { ClusterName: "chat-production", MigrationContainer: "migrate" },
      Compute: { Image: image("4"), Url: report.url },
      Access: { DeployRoleArn: expect.stringContaining(emulator.account) },
    });
    expect(await readRecord(parametersIn(region), whole.prefix)).toMatchObject([
      { image: image("4"), version: "1.2.3", by: expect.any(String), at: expect.any(String) },
    ]);
  });

  test("[landing.rehearsal.commands] what serves is as declared; status and logs show it", async () => {
    expect(await servedBy(whole.prefix)).toMatchObject({
      service: { launchType: "FARGATE", loadBalancers: [{ containerName: "server", containerPort: 3000 }] },
      container: { name: "server", image: image("4"), readonlyRootFilesystem: true },
      balancer: { Scheme: "internal", Type: "application" },
      targets: { Protocol: "HTTP", TargetType: "ip", HealthCheckPath: "/health" },
      // Nothing is answered but what a rule says.
      listeners: [{ Port: 80, Protocol: "HTTP", DefaultActions: [{ Type: "fixed-response" }] }],
      rules: [{ IsDefault: true }, { Actions: [{ Type: "forward", TargetGroupArn: expect.any(String) }] }],
    });
    const status = await appStatus(whole);
    expect(status).toMatchObject({
      account: emulator.account,
      image: image("4"),
      service: { name: "chat-production", desired: 1, status: "ACTIVE" },
      underWay: undefined,
      deployments: [{ image: image("4") }],
    });
    expect(status.stacks.map(({ part, status }) => `${part} ${status}`).sort()).toEqual(
      parts.map((part) => `${part} CREATE_COMPLETE`).sort(),
    );
    for (const of of ["server", "migration"] as const) {
      const [part, output] = of === "server" ? ["compute", "LogGroup"] : ["cluster", "MigrationLogGroup"];
      const logGroupName = (await stackState(region, `${whole.prefix}-${part}`))?.outputs[output];
      await say(logGroupName ?? "", `the ${of} speaks`);
      const lines: string[] = [];
      const { signal } = new AbortController();
      for await (const { text } of logLines({ app: whole, of, sinceMs: 60_000, follow: false, signal }))
        lines.push(text);
      expect(lines).toEqual([`the ${of} speaks`]);
    }
  });

  test("[landing.rehearsal.commands] a new version changes what runs, and a rollback brings back the one before", async () => {
    const second = await run(whole, { image: { kind: "uri", uri: image("5") } });
    const changed = second.stacks.flatMap(({ part, state }) => (state === "deployed" ? [part] : []));
    expect(changed).toEqual(["Cluster", "Compute"]);
    expect((await servedBy(whole.prefix)).container).toMatchObject({ image: image("5") });
    const before = previousOf(await readRecord(parametersIn(region), whole.prefix));
    expect(before).toMatchObject({ image: image("4") });
    asked.length = 0;
    const back = { kind: "uri", uri: before?.image ?? "" } as const;
    expect(await run(whole, { only: "Compute", image: back, withoutMigration: true })).toMatchObject({
      image: image("4"),
      stacks: [{ part: "Compute", state: "deployed" }],
    });
    expect(asked).toEqual(["ask /health /health/ready"]);
    expect((await servedBy(whole.prefix)).container).toMatchObject({ image: image("4") });
    const record = await readRecord(parametersIn(region), whole.prefix);
    expect(record.map(({ image: one }) => one)).toEqual([image("4"), image("5"), image("4")]);
  });

  test("[landing.rehearsal.commands] redeploy asks for new tasks of the same image", async () => {
    const { service: before } = await servedBy(whole.prefix);
    const { signal } = new AbortController();
    const notes: DeployEvent[] = [];
    const onEvent = (event: DeployEvent) => void notes.push(event);
    const report = await redeploy({ app: whole, onEvent, signal, withinMs: 5000, pollMs: 50 });
    expect(report.service).toBe("chat-production");
    const { service: after } = await servedBy(whole.prefix);
    expect(after?.taskDefinition).toBe(before?.taskDefinition);
    expect(after?.deployments?.[0]?.id).not.toBe(before?.deployments?.[0]?.id);
  });

  test("[landing.rehearsal.gone] [landing.rehearsal.kept] aloft destroy takes protection off, and removes every part", async () => {
    const resources = await stackResources(region, `${whole.prefix}-access`);
    const trail = resources.find(({ type }) => type === "AWS::S3::Bucket")?.physicalId ?? "";
    const blobs = (await stackResources(region, `${whole.prefix}-data`)).find(({ type }) => type === "AWS::S3::Bucket");
    for (const Bucket of [trail, blobs?.physicalId ?? ""])
      await s3.send(new PutObjectCommand({ Bucket, Key: "a-day", Body: "one" }));
    const { removed, stays, leftovers } = await remove(whole);
    expect([...removed].sort()).toEqual(parts.map((part) => `chat-production-${part.toLowerCase()}`).sort());
    expect(stays).toEqual([]);
    // A trail is kept whatever is said, and with it what it wrote down.
    const kept = leftovers.filter(({ state }) => state === "kept");
    expect(kept).toEqual([expect.objectContaining({ id: expect.stringContaining("trail"), type: "AWS::S3::Bucket" })]);
    expect(await keysIn(kept[0]?.id ?? "")).toEqual(["a-day"]);
    for (const name of removed) expect(await stackState(region, name)).toBeUndefined();
    expect(await readRecord(parametersIn(region), whole.prefix)).toEqual([]);
  });
});

async function keysIn(Bucket: string): Promise<readonly unknown[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key);
}

const isFailure = (event: DeployEvent): boolean => event.kind === "resource" && event.status.includes("FAILED");

function begun(events: readonly DeployEvent[]): readonly DeployStep[] {
  return events.flatMap((event) => (event.kind === "step" && event.state === "begun" ? [event.step] : []));
}

function ended(events: readonly DeployEvent[]): readonly DeployStep[] {
  return events.flatMap((event) => (event.kind === "step" && event.state !== "begun" ? [event.step] : []));
}

function remove(app: ResolvedApp) {
  const { signal } = new AbortController();
  return destroy({ app, deleteData: true, confirm: () => Promise.resolve(true), onEvent: () => undefined, signal });
}
