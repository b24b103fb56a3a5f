import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plainEnv, root } from "../../../test/support/child.ts";
import { type CliResult, runCli } from "../src/testing.ts";
import { type Workspace, workspace } from "./support/workspace.ts";

const utf8 = { LANG: "en_US.UTF-8" };

/** A folder with a configuration: options of it, and what `extend` does. */
function appWith(options = "", extend = "", imports = ""): Workspace {
  const space = workspace("chat");
  const own = extend === "" ? "" : `extend: ({ Data, Compute }) => { ${extend} },`;
  space.put(
    "aloft.config.ts",
    `${imports}
import { defineApp } from "@aloft/infra";
export default defineApp({ name: "chat", topology: "solo", ${options} ${own} environments: { dev: {} } });`,
  );
  return space;
}

function plan(space: Workspace, ...words: readonly string[]): Promise<CliResult> {
  return runCli(["plan", "--config", space.folder, ...words], utf8);
}

interface PlanJson {
  readonly ok: boolean;
  readonly region: string;
  readonly drawing: { readonly nodes: readonly { readonly title: string }[] };
  readonly stacks: readonly {
    readonly resources: number;
    readonly makes: readonly string[];
    readonly smaller: number;
  }[];
  readonly price: {
    readonly lines: readonly {
      readonly status: string;
      readonly type: string;
      readonly idle: { readonly usd: number };
      readonly load: { readonly usd: number };
    }[];
    readonly idleUsd: number;
    readonly loadUsd: number;
    readonly usedLoad: Readonly<Record<string, number>>;
    readonly dates: { readonly oldest: string; readonly newest: string };
  };
  readonly choices: readonly { readonly setting: string; readonly addsIdleUsd: number }[];
  readonly programs: readonly {
    readonly program: string;
    readonly may: readonly { readonly may: string; readonly actions: readonly string[] }[];
  }[];
  readonly checks: readonly { readonly rule: string; readonly reason?: string }[] | string;
  readonly refusals: readonly { readonly id: string; readonly found: readonly { readonly where: string }[] }[];
  readonly warnings: readonly { readonly id: string }[];
}

async function planned(space: Workspace, ...words: readonly string[]): Promise<PlanJson> {
  const { out } = await plan(space, "--json", ...words);
  return JSON.parse(out) as PlanJson;
}

const queueOfTheUser = `
  const queue = new Queue(Data, "Orders");
  const role = new Role(Data, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
  const program = new CfnFunction(Data, "Program", { code: { zipFile: "" }, role: role.roleArn, runtime: "nodejs24.x", handler: "index.handler" });
  role.addToPolicy(new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [queue.queueArn] }));`;
const queueImports = `
import { Queue } from "aws-cdk-lib/aws-sqs";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";`;

describe("aloft plan", { timeout: 120_000 }, () => {
  test("[landing.plan.offline] it connects to nothing, needs no credentials, and leaves no file", () => {
    using space = appWith();
    const tmp = join(space.folder, "tmp");
    const preload = join(space.folder, "offline.mjs");
    mkdirSync(tmp);
    // Whoever connects is told about, even if it copes.
    writeFileSync(
      preload,
      `import net from "node:net"; import dns from "node:dns"; import { appendFileSync } from "node:fs";
       const refuse = (what) => (...args) => { appendFileSync(${JSON.stringify(join(space.folder, "calls"))}, what); throw new Error("offline"); };
       net.Socket.prototype.connect = refuse("connect "); dns.lookup = refuse("lookup "); globalThis.fetch = refuse("fetch ");`,
    );
    const before = readdirSync(space.folder).toSorted();
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "packages/cli/bin/aloft.js"), "plan"], {
      cwd: space.folder,
      encoding: "utf8",
      env: { ...plainEnv(), ...utf8, TMPDIR: tmp, HOME: tmp, NODE_OPTIONS: `--import=${preload}` },
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toContain("Nothing is refused");
    expect(readdirSync(space.folder).toSorted()).toEqual(before);
    expect(readdirSync(tmp)).toEqual([]);
  });

  test("[landing.plan.drawing.fits] no line is longer than 80 characters, with what is long in it", async () => {
    using space = appWith(
      'service: { platform: "app-runner" },',
      'new Queue(Data, "Orders".repeat(20), { fifo: true });',
      queueImports,
    );
    const { out } = await plan(space, "--verbose", "--no-checks");
    const long = out.split("\n").filter((line) => line.length > 80 && !/https:\/\/\S+$|\S{60,}/.test(line));
    expect(long).toEqual([]);
    expect(out).toContain("┌");
  });

  test("[landing.plan.drawing.ascii] where the locale is not UTF-8 the plan has ASCII alone", async () => {
    using space = appWith('service: { platform: "app-runner" },');
    const { out } = await runCli(["plan", "--config", space.folder, "--no-checks", "--verbose"], { LANG: "C" });
    expect(out).toMatch(/^[\x20-\x7e\n]+$/);
    expect(out).toContain("+----");
  });

  test("[landing.plan.stacks] what each stack makes adds up, and what is kept is told", async () => {
    using space = appWith("protectData: true,");
    const { stacks } = await planned(space, "--no-checks");
    expect(stacks.length).toBeGreaterThan(3);
    for (const { resources, makes, smaller } of stacks) {
      const named = makes.reduce((sum, text) => sum + Number(/^\d+/.exec(text)?.[0]), 0);
      expect(named + smaller).toBe(resources);
      for (const text of makes) expect(text).not.toContain("::");
    }
    const { out } = await plan(space, "--no-checks");
    expect(out.replaceAll(/\s+/g, " ")).toMatch(/Kept when destroyed: 24 DynamoDB tables/);
  });

  test("[landing.plan.price] lines add up to the sums, with region and dates", async () => {
    using space = appWith();
    const { price } = await planned(space, "--no-checks", "--region", "eu-central-1");
    const sum = (of: "idle" | "load") =>
      price.lines.reduce((all, line) => all + (line.status === "priced" ? line[of].usd : 0), 0);
    expect(price.idleUsd).toBeCloseTo(sum("idle"), 4);
    expect(price.loadUsd).toBeCloseTo(sum("load"), 4);
    expect(price.idleUsd).toBeGreaterThan(10);
    const { out } = await plan(space, "--no-checks", "--region", "eu-central-1");
    const text = out.replaceAll(/\s+/g, " ");
    expect(text).toContain(`Prices of eu-central-1, of ${price.dates.oldest} to ${price.dates.newest}.`);
    expect(text).toContain(`together ${price.idleUsd.toFixed(2)} ${price.loadUsd.toFixed(2)}`);
    expect(text).toMatch(/Application load balancer [\d.]+ [\d.]+/);
  });

  test("[landing.plan.load] --load changes what is priced; a load that cannot be had is refused with its name", async () => {
    using space = appWith();
    const few = await planned(space, "--no-checks");
    const many = await planned(space, "--no-checks", "--load", "turnsPerDay=50000");
    expect(many.price.usedLoad["turnsPerDay"]).toBe(50_000);
    expect(many.price.loadUsd).toBeGreaterThan(few.price.loadUsd + 10);
    expect(many.price.idleUsd).toBeCloseTo(few.price.idleUsd, 0);
    const { code, err } = await plan(space, "--load", "turnsPerDya=5");
    expect(code).toBe(1);
    expect(err).toContain("turnsPerDya");
  });

  test("[landing.plan.choices] what other settings would add or save is told, with what one gives up", async () => {
    using space = appWith('network: { egress: "nat-gateway" },');
    const { choices } = await planned(space, "--no-checks");
    expect(choices.find(({ setting }) => setting.includes('"nat-instance"'))?.addsIdleUsd).toBeLessThan(-25);
    const { out } = await plan(space, "--no-checks");
    const text = out.replaceAll(/\s+/g, " ");
    expect(text).toMatch(/−2\d\.\d\d −\d+\.\d\d network: \{ egress: "nat-instance" \}/);
    expect(text).toMatch(/But: up to some 30 Mbit\/s/);
    expect(text).toContain("But: hosts without AAAA records");
    // What a choice takes is offered with it.
    expect(text).not.toContain("Alone it is refused: ipv6-images");
  });

  test("[landing.plan.rights] what each program may do is told in plain words, and the actions on request", async () => {
    using space = appWith();
    const { programs } = await planned(space, "--no-checks");
    const { out } = await plan(space, "--no-checks");
    const verbose = (await plan(space, "--no-checks", "--verbose")).out.replaceAll(/\s+/g, " ");
    expect(programs.map(({ program }) => program)).toContain("server");
    for (const { program, may } of programs) {
      expect(out).toContain(`${program} may`);
      for (const one of may) expect(verbose).toContain(one.may);
    }
    expect(out).not.toContain("dynamodb:PutItem");
    expect(verbose).toContain("dynamodb:PutItem");
  });

  test("[landing.plan.findings] a finding without a reason is told, and the exit code is 1; --no-checks leaves them out", async () => {
    using space = appWith("", 'new Bucket(Data, "Pictures");', 'import { Bucket } from "aws-cdk-lib/aws-s3";');
    const { code, out } = await plan(space);
    expect(out).toMatch(/AwsSolutions-S10 at Data\/Pictures/);
    expect(out).toMatch(/✗ \d+ findings are open/);
    expect(code).toBe(1);
    const { checks } = await planned(space);
    const rules = Array.isArray(checks) ? checks : [];
    expect(rules.find(({ rule }) => rule === "AwsSolutions-S10")).not.toHaveProperty("reason");
    expect(rules.filter(({ reason }) => reason !== undefined).length).toBeGreaterThan(0);
    expect(await plan(space, "--no-checks")).toMatchObject({ code: 0 });
  });

  test("[landing.plan.exit] 0 if nothing is refused and nothing open, else 1; 2 for a wrong command line", async () => {
    using good = appWith();
    expect(await plan(good)).toMatchObject({ code: 0, err: "" });
    expect(await plan(good, "--env", "nowhere")).toMatchObject({ code: 2 });
    expect(await plan(good, "--hmtl", "x")).toMatchObject({ code: 2 });
    using refused = appWith('service: { platform: "app-runner" },');
    const { code, out } = await plan(refused, "--no-checks");
    expect(code).toBe(1);
    expect(out).toMatch(/✗ app-runner\n {4}service\.platform: It says "app-runner"/);
    expect(out).toMatch(/→ Leave service\.platform at "fargate"/);
    expect(out).toMatch(/✗ 1 thing is refused/);
    expect(out).toMatch(/accept: \{\s+"app-runner": "…" \}/);
  });

  test("[landing.plan.own] a template over CloudFormation's limits is refused, with what to do", async () => {
    using space = appWith(
      "",
      "for (let i = 0; i < 600; i++) new CfnTopic(Data, `Topic${i}`);",
      'import { CfnTopic } from "aws-cdk-lib/aws-sns";',
    );
    const { code, out } = await plan(space, "--no-checks");
    expect(out).toMatch(/✗ template-resources\n {4}chat-dev-data: It has 6\d\d resources\.[^]*→ Add fewer by extend/);
    expect(out).not.toContain("accept:");
    expect(code).toBe(1);
  });

  test("[landing.plan.json] one object with everything that the text tells, without tokens of CDK", async () => {
    using space = appWith('network: { egress: "ipv6", interfaceEndpoints: ["ecr", "logs"] },');
    const { code, out } = await plan(space, "--json");
    expect(out.trim().split("\n")).toHaveLength(1);
    expect(out).not.toMatch(/\$\{Token\[|TOKEN\]/);
    const made = JSON.parse(out) as PlanJson;
    expect(made).toMatchObject({ ok: true, app: "chat", environment: "dev", topology: "solo", region: "us-east-1" });
    expect(made.warnings).toMatchObject([{ id: "ipv6-only-egress" }]);
    expect(made.refusals).toEqual([]);
    expect(code).toBe(0);
  });

  test("[landing.plan.own] what a user adds is drawn, counted, priced, checked and refused like the rest", async () => {
    using space = appWith(
      "",
      `${queueOfTheUser}
       new UserPoolClient(Data, "Client", { userPool: new UserPool(Data, "Pool") });
       new CfnService(Compute, "Web", { sourceConfiguration: {} });`,
      `${queueImports}
       import { UserPool, UserPoolClient } from "aws-cdk-lib/aws-cognito";
       import { CfnService } from "aws-cdk-lib/aws-apprunner";`,
    );
    const made = await planned(space);
    const titles = made.drawing.nodes.map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(["function", "queue", "App Runner service"]));
    expect(made.stacks.flatMap(({ makes }) => makes)).toEqual(
      expect.arrayContaining(["1 queue", "1 Cognito user pool"]),
    );
    expect(made.price.lines.map(({ type }) => type)).toEqual(expect.arrayContaining(["AWS::SQS::Queue"]));
    expect(Array.isArray(made.checks) && made.checks.some(({ rule }) => rule === "AwsSolutions-SQS3")).toBe(true);
    const places = made.refusals.map(({ id, found }) => `${id}: ${found.map(({ where }) => where).join("; ")}`);
    expect(places).toEqual([
      expect.stringMatching(/^implicit-flow: .*Client.*UserPoolClient.*;.*Client/),
      expect.stringMatching(/^app-runner: Compute\/Web \(AWS::AppRunner::Service\)$/),
    ]);
    expect(made.ok).toBe(false);
  });
});
