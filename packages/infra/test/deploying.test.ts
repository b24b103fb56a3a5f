import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fullDiff } from "@aws-cdk/cloudformation-diff";
import { translated } from "@aloft/infra/deploying/aws-fault";
import { changesOf, confirmationOf } from "@aloft/infra/deploying/changes";
import { DeployError } from "@aloft/infra/deploying/deploy-error";
import type { DeployEvent } from "@aloft/infra/deploying/deploy-event";
import { unlessStopped } from "@aloft/infra/deploying/deploy-parts";
import { commandsOf, findBuilder, readyImage } from "@aloft/infra/deploying/image";
import { migrationTask, runMigration } from "@aloft/infra/deploying/migration";
import { accountFits } from "@aloft/infra/deploying/preflight/account";
import { stacksCanGoOn, templatesWithinLimits } from "@aloft/infra/deploying/preflight/stacks";
import { smokeTest } from "@aloft/infra/deploying/smoke-test";
import { resolveApp } from "@aloft/infra/config/resolve";
import type { SynthesizedStack, Template } from "@aloft/infra/synthesize";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const table = (id: string, policy: string): Template["Resources"] => ({
  [id]: {
    Type: "AWS::DynamoDB::Table",
    DeletionPolicy: policy,
    Properties: { TableName: id },
    Metadata: { "aws:cdk:path": `Data/Tables/${id}/Resource` },
  },
});
const stack = (template: Template): SynthesizedStack => {
  return { part: "Data", name: "chat-dev-data", region: "us-east-1", template, bytes: 100, after: [] };
};
const role = (actions: readonly string[]): Template["Resources"] => ({
  Policy: {
    Type: "AWS::IAM::Policy",
    Properties: {
      PolicyName: "p",
      Roles: ["server"],
      PolicyDocument: { Statement: [{ Effect: "Allow", Action: actions, Resource: "arn:aws:s3:::files/*" }] },
    },
  },
});

test("[landing.deploy.changes.data] what goes with data in it is named", () => {
  const before = {
    Resources: { ...table("Users", "Delete"), ...table("Kept", "Retain"), ...table("Held", "RetainExceptOnCreate") },
  };
  const after = { Resources: table("Other", "Delete") };
  const found = changesOf(stack(after), fullDiff(before, after), false);
  const told = found.changes.map(({ resource, kind, losesData }) => `${resource} ${kind} ${losesData}`);
  expect(new Set(told)).toEqual(
    new Set([
      "Tables/Kept released false",
      "Tables/Held released false",
      "Tables/Other added false",
      "Tables/Users removed true",
    ]),
  );
  const { losesData } = confirmationOf([found]);
  expect(losesData).toEqual([expect.stringContaining("Data/Tables/Users")]);
});

test("[landing.deploy.changes.access] who may do more is named, and who may less is not", () => {
  const less = { Resources: role(["s3:GetObject"]) };
  const more = { Resources: role(["s3:GetObject", "s3:DeleteObject"]) };
  expect(changesOf(stack(more), fullDiff(less, more), false).widens).toEqual([
    expect.stringContaining("s3:DeleteObject"),
  ]);
  const none = { Resources: {} };
  expect(changesOf(stack(none), fullDiff(more, none), false).widens).toEqual([]);
});

test("[landing.deploy.changes.words] who may do what on what is said without CloudFormation's names for them", () => {
  const statement = (Action: string, Resource: unknown) => ({ Effect: "Allow", Action, Resource });
  const exported = { "Fn::ImportValue": "chat-dev-data:ExportsOutputFnGetAttKeysSealingEEF27743ArnE1728D83" };
  const arn = {
    "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":s3:::files-", { Ref: "AWS::AccountId" }]],
  };
  const group = (id: string) => ({ "Fn::GetAtt": [id, "GroupId"] });
  const after: Template = {
    Resources: {
      ServerRoleB6C85082: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: { Statement: [] } } },
      Policy: {
        Type: "AWS::IAM::Policy",
        Properties: {
          PolicyName: "p",
          Roles: [{ Ref: "ServerRoleB6C85082" }],
          PolicyDocument: { Statement: [statement("kms:Decrypt", exported), statement("s3:ListBucket", arn)] },
        },
      },
      Rule: {
        Type: "AWS::EC2::SecurityGroupIngress",
        Properties: {
          GroupId: group("ServiceC96ED6A7"),
          SourceSecurityGroupId: group("BalancerA28D6DD7"),
          IpProtocol: "tcp",
          FromPort: 3000,
          ToPort: 3000,
        },
      },
    },
  };
  const { widens } = changesOf(stack(after), fullDiff({ Resources: {} }, after), true);
  expect([...widens].sort()).toEqual([
    "ServerRole may kms:Decrypt on KeysSealing of chat-dev-data",
    "ServerRole may s3:ListBucket on arn:aws:s3:::files-<account>",
    "Service takes TCP 3000 from Balancer",
  ]);
});

test("[landing.deploy.account] another account is refused", () => {
  const app = resolveApp({ name: "chat", topology: "solo", account: "111111111111", environments: { dev: {} } }, "dev");
  const wrong = accountFits(app, { account: "222222222222", name: "user/ines" });
  expect(wrong).toMatchObject({ state: "failed" });
  expect(`${wrong.text} ${wrong.mend ?? ""}`).toMatch(/222222222222.*111111111111.*AWS_PROFILE/s);
  expect(accountFits(app, { account: "111111111111", name: "user/ines" })).toMatchObject({ state: "ok" });
});

describe("[landing.deploy.credentials] AWS's errors in plain words", () => {
  const error = (name: string, message: string) => Object.assign(new Error(message), { name, $metadata: {} });
  const cases: readonly (readonly [string, Error, string, RegExp])[] = [
    [
      "expired",
      error("ExpiredToken", "The security token included in the request is expired"),
      "credentials_expired",
      /Renew/,
    ],
    [
      "missing",
      error("CredentialsProviderError", "Could not load credentials from any providers"),
      "credentials_missing",
      /AWS_PROFILE/,
    ],
    [
      "denied",
      error("AccessDenied", "User: x is not authorized to perform: ecs:RunTask"),
      "access_denied",
      /ecs:RunTask/,
    ],
    [
      "unreachable",
      Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }),
      "unreachable",
      /network/,
    ],
    ["slow down", error("ThrottlingException", "Rate exceeded"), "throttled", /minute/],
    ["another", error("ValidationError", "Template is wrong"), "aws", /Template is wrong/],
  ];
  test.each(cases)("%s", (_name, given, code, words) => {
    const said = translated(given, "deploying chat-dev-data");
    expect(said).toMatchObject({ code });
    expect(said.message).toMatch(words);
    expect(said.message).toContain("deploying chat-dev-data");
  });
  test("what is not AWS's stays as it is", () => {
    const own = new TypeError("undefined is not a function");
    expect(translated(own, "deploying")).toBe(own);
  });
});

test("[landing.deploy.limits] a template over a limit is refused", () => {
  const Resources = Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`R${n}`, { Type: "AWS::SNS::Topic" }]));
  const over = templatesWithinLimits([stack({ Resources })]);
  expect(over).toEqual([
    expect.objectContaining({ state: "failed", text: expect.stringMatching(/501 resources.*500/) }),
  ]);
  expect(templatesWithinLimits([{ ...stack({ Resources: {} }), bytes: 1_000_001 }])[0]).toMatchObject({
    state: "failed",
  });
  expect(templatesWithinLimits([stack({ Resources: {} })])).toEqual([expect.objectContaining({ state: "ok" })]);
});

test("[landing.deploy.broken] what each state of a stack means for the next deployment", () => {
  const finding = (status: string) => {
    const state = {
      name: "chat-dev-data",
      status,
      reason: "why",
      outputs: {},
      terminationProtection: false,
      updatedAt: undefined,
    };
    return stacksCanGoOn([stack({ Resources: {} })], new Map([[state.name, state]]))[0];
  };
  expect(finding("UPDATE_IN_PROGRESS")).toMatchObject({
    state: "failed",
    mend: expect.stringContaining("stack-update-complete"),
  });
  expect(finding("UPDATE_ROLLBACK_FAILED")).toMatchObject({
    state: "failed",
    mend: expect.stringContaining("continue-update-rollback"),
  });
  expect(finding("ROLLBACK_COMPLETE")).toMatchObject({ state: "warning" });
  expect(finding("DELETE_FAILED")).toMatchObject({ state: "failed", mend: expect.stringContaining("aloft destroy") });
  expect(finding("UPDATE_COMPLETE")).toBeUndefined();
});

test("[landing.deploy.broken.protected] what could not be taken back is told with its reason and how to lift protection", () => {
  const state = { name: "chat-dev-data", outputs: {}, terminationProtection: false, updatedAt: undefined };
  const left = { ...state, status: "ROLLBACK_FAILED", reason: "[Database]. Delete failed" };
  expect(stacksCanGoOn([stack({ Resources: {} })], new Map([[left.name, left]]))).toEqual([
    expect.objectContaining({
      state: "warning",
      text: expect.stringContaining("[Database]. Delete failed"),
      mend: expect.stringMatching(/modify-db-instance .*--no-deletion-protection --region us-east-1, and deploy again/),
    }),
  ]);
});

test("[landing.deploy.stopped] a stop gives up waiting, and says what goes on", async () => {
  const controller = new AbortController();
  const waiting = unlessStopped(new Promise(() => undefined), controller.signal, () => "It ends that by itself.");
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "interrupted", message: "It ends that by itself." });
  await expect(unlessStopped(Promise.resolve(7), new AbortController().signal, () => "")).resolves.toBe(7);
});

const nowhere = {
  region: "us-east-1",
  account: "1",
  repository: "chat-dev",
  onEvent: () => undefined,
  signal: new AbortController().signal,
};

test("[landing.deploy.image.pinned] an image without a digest is refused", async () => {
  const choice = { kind: "uri", uri: "example.com/chat:latest" } as const;
  await expect(readyImage({ ...nowhere, choice })).rejects.toMatchObject({
    code: "image_failed",
    message: expect.stringContaining("no digest"),
  });
});

test("[landing.deploy.image.build] every builder builds for arm64; none says so", async () => {
  const source = { dockerfile: "Dockerfile", context: ".", tag: "r:1" };
  for (const builder of ["docker", "finch", "podman", "buildah"] as const) {
    expect(commandsOf(builder, source).build.join(" ")).toMatch(
      /^build --platform linux\/arm64 .*--file Dockerfile --tag r:1 \.$/,
    );
    expect(commandsOf(builder, source).push("d").at(-1)).toBe("r:1");
  }
  expect(findBuilder({ PATH: "/nowhere" })).toBeUndefined();
  const choice = { kind: "build", dockerfile: "Dockerfile", context: "." } as const;
  const built = readyImage({ ...nowhere, choice, env: { PATH: "/nowhere" } });
  await expect(built).rejects.toMatchObject({ code: "image_failed", message: expect.stringContaining("--image") });
});

/** Answers as a service of AWS would, by the operation that is asked for. */
async function answering(
  answers: (operation: string, body: any, request: IncomingMessage, response: ServerResponse) => unknown,
) {
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const operation =
        String(request.headers["x-amz-target"] ?? request.url)
          .split(".")
          .at(-1) ?? "";
      const found = answers(operation, text === "" ? {} : JSON.parse(text), request, response);
      if (!response.writableEnded) response.end(JSON.stringify(found ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(resolve)) };
}

describe("the migration, with ECS answered for", () => {
  const outputs = {
    ClusterName: "chat-dev",
    MigrationTaskDefinition: "arn:aws:ecs:us-east-1:1:task-definition/chat-dev-migrate:3",
    MigrationContainer: "migrate",
    MigrationSecurityGroup: "sg-1",
    MigrationSubnets: "subnet-1,subnet-2",
    MigrationLogGroup: "logs",
  };
  let before: NodeJS.ProcessEnv;
  beforeEach(() => {
    before = { ...process.env };
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" });
  });
  afterEach(() => {
    process.env = before;
  });

  async function migrated(exitCode: number, waits: { sayEveryMs?: number; withinMs?: number } = {}) {
    const asked: [string, any][] = [];
    const ecs = await answering((operation, body) => {
      asked.push([operation, body]);
      const task = { taskArn: "arn:aws:ecs:us-east-1:1:task/chat-dev/abc" };
      if (operation === "RunTask") return { tasks: [{ ...task, lastStatus: "PROVISIONING" }], failures: [] };
      if (operation === "GetLogEvents") return { events: [{ message: "relation users exists" }] };
      const stopped = waits.withinMs === undefined && asked.filter(([name]) => name === "DescribeTasks").length > 1;
      return {
        tasks: [{ ...task, lastStatus: stopped ? "STOPPED" : "RUNNING", containers: [{ name: "migrate", exitCode }] }],
      };
    });
    process.env["AWS_ENDPOINT_URL"] = ecs.url;
    const events: DeployEvent[] = [];
    const signal = new AbortController().signal;
    const task = migrationTask(outputs);
    const error = await runMigration({
      region: "us-east-1",
      task,
      onEvent: (event) => events.push(event),
      signal,
      pollMs: 5,
      ...waits,
    }).catch((error: unknown) => error);
    await ecs.close();
    return { asked, events, error };
  }

  test("[landing.deploy.migration] it runs once, in the private subnets, and is waited for", async () => {
    const { asked, error, events } = await migrated(0);
    expect(error).toBeUndefined();
    const runs = asked.filter(([operation]) => operation === "RunTask");
    expect(runs).toEqual([
      [
        "RunTask",
        expect.objectContaining({
          count: 1,
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: ["subnet-1", "subnet-2"],
              securityGroups: ["sg-1"],
              assignPublicIp: "DISABLED",
            },
          },
        }),
      ],
    ]);
    expect(asked.filter(([operation]) => operation === "DescribeTasks")).toHaveLength(2);
    expect(events).toEqual([{ kind: "log", text: "relation users exists" }]);
  });

  test("[landing.deploy.migration.limit] it is told how it stands, and left to itself where it takes too long", async () => {
    const { asked, error, events } = await migrated(0, { sayEveryMs: 20, withinMs: 120 });
    expect(events.length).toBeGreaterThan(1);
    expect(events[0]).toEqual({ kind: "note", text: expect.stringContaining("The migration is running") });
    expect(error).toMatchObject({ code: "migration_failed" });
    expect(String(error)).toMatch(/goes on by itself.*aws logs tail logs .*stop-task --cluster chat-dev --task abc/);
    expect(asked.map(([operation]) => operation)).not.toContain("StopTask");
  });

  test("[landing.deploy.migration.failed] its last lines are said, and that nothing else changed", async () => {
    const { error } = await migrated(3);
    expect(error).toBeInstanceOf(DeployError);
    expect(error).toMatchObject({ code: "migration_failed" });
    expect(String(error)).toMatch(/ended with 3.*relation users exists.*goes on running.*aloft deploy/s);
  });
});

describe("the smoke test", () => {
  const signal = new AbortController().signal;
  test("[landing.deploy.smoke] every path has to answer, and is asked until it does", async () => {
    let ready = 0;
    const app = await answering((_operation, _body, request, response) => {
      if (request.url === "/health") return { status: "ok", version: "1.4.0" };
      response.statusCode = ready++ < 2 ? 503 : 200;
      return {};
    });
    const found = await smokeTest({
      url: app.url,
      paths: ["/health", "/health/ready"],
      signal,
      everyMs: 5,
      withinMs: 5000,
    });
    await app.close();
    expect(found).toEqual({ version: "1.4.0", attempts: 3 });
  });

  test("[landing.deploy.smoke.failed] the last answer is said, and how to go back", async () => {
    const app = await answering((_operation, _body, _request, response) => {
      response.statusCode = 502;
      return {};
    });
    const failed = smokeTest({ url: app.url, paths: ["/health"], signal, everyMs: 5, withinMs: 20 });
    await expect(failed).rejects.toMatchObject({
      code: "smoke_test_failed",
      message: expect.stringMatching(/502.*aloft rollback/s),
    });
    await app.close();
  });
});
