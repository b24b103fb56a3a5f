import { DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { people, readings, things } from "@aloft/core/contract/store-tables";
import { AloftError } from "@aloft/core/errors";
import { op, type Store } from "@aloft/core/ports/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { dynamodbStore, type DynamodbStoreOptions } from "../../src/store/dynamodb.ts";
import { openTestDynamodb, testPlace, type TestDynamodb } from "../../src/store/testing/dynamodb.ts";
import { faultyDynamodb, type FaultyDynamodb } from "./faulty-dynamodb.ts";

const here = await available("DynamoDB Local", () => service("dynamodb"));
const tables = [things, people, readings];

async function messageOf(call: Promise<unknown>, code: string): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AloftError);
  expect(error).toMatchObject({ code });
  return (error as Error).message;
}

describe.runIf(here)("what DynamoDB refuses", () => {
  let url = "";
  let opened: TestDynamodb;
  let faulty: FaultyDynamodb;
  let store: Store;
  const options = (more: Partial<DynamodbStoreOptions> = {}): DynamodbStoreOptions => ({
    ...testPlace(faulty.url),
    tablePrefix: opened.tablePrefix,
    tables,
    schemaVersion: 1,
    upkeep: false,
    retryBudgetMs: 2000,
    attemptTimeoutMs: 2000,
    freezePermitMs: 600_000,
    ...more,
  });
  beforeAll(async () => {
    ({ url } = await service("dynamodb"));
    opened = await openTestDynamodb(url, { tables, schemaVersion: 1, upkeep: false });
    faulty = await faultyDynamodb(url);
    store = await dynamodbStore(options());
    await store.create(things, { group: "warm", name: "up" });
  }, 60_000);
  afterAll(async () => {
    await store.close();
    await faulty[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
  }, 60_000);

  const thing = { group: "g", name: "n" };
  const reading = { series: "s", at: 1 };
  const denials: readonly [action: string, operation: string, call: (on: Store) => Promise<unknown>][] = [
    ["GetItem", "GetItem", (on) => on.get(things, thing)],
    ["BatchGetItem", "BatchGetItem", (on) => on.getMany(things, [thing])],
    ["Query", "Query", (on) => on.query(things, { where: { group: "g" } })],
    ["Scan", "Scan", (on) => on.scan(things)],
    ["PutItem", "PutItem", (on) => on.create(things, thing)],
    ["UpdateItem", "UpdateItem", (on) => on.update(things, thing, {})],
    ["DeleteItem", "DeleteItem", (on) => on.delete(things, thing)],
    ["BatchWriteItem", "BatchWriteItem", (on) => on.load(things, [{ ...thing, version: 1 }])],
    [
      "ConditionCheckItem",
      "TransactWriteItems",
      (on) => on.transact([op.check(things, thing, {}), op.put(readings, reading)]),
    ],
    ["DescribeTable", "DescribeTable", (on) => on.estimate(things)],
  ];
  test.each(denials)("[dynamodb.error.denied] %s", async (action, operation, call) => {
    const table = `${opened.tablePrefix}contract_things`;
    const resource = `arn:aws:dynamodb:us-east-1:123456789012:table/${table}`;
    const message =
      `User: arn:aws:sts::123456789012:assumed-role/app/x is not authorized to perform: dynamodb:${action} on resource: ` +
      `${resource} because no identity-based policy allows the dynamodb:${action} action`;
    faulty.fail(operation, { kind: "answer", status: 400, type: "AccessDeniedException", message });
    const said = await messageOf(call(store), "unavailable");
    expect(said).toBe(
      `AWS denies dynamodb:${action} on the table ${table} in us-east-1. Add an IAM statement to the role or user that this ` +
        `process runs as: Allow dynamodb:${action} on ${resource}.`,
    );
    faulty.fail(operation, { kind: "answer", status: 400, type: "AccessDeniedException", message: "Access denied" });
    expect(await messageOf(call(store), "unavailable")).toContain(`dynamodb:${action}`);
  });

  test("[dynamodb.error.denied] while the tables are made or verified", async () => {
    for (const [action, operation] of [
      ["DescribeTable", "DescribeTable"],
      ["CreateTable", "CreateTable"],
    ] as const) {
      faulty.fail(operation, { kind: "answer", status: 400, type: "AccessDeniedException", message: "no" }, 100);
      const said = await messageOf(dynamodbStore(options({ tablePrefix: `${opened.tablePrefix}x` })), "unavailable");
      faulty.fail(operation, { kind: "answer", status: 400, type: "AccessDeniedException" }, 0);
      expect(said).toContain(`dynamodb:${action}`);
    }
  });

  const credentialFaults: readonly [type: string, expected: RegExp][] = [
    ["ExpiredTokenException", /credentials have expired.*aws sso login/],
    ["UnrecognizedClientException", /does not know these credentials.*AWS_ACCESS_KEY_ID/],
    ["InvalidSignatureException", /AWS_SECRET_ACCESS_KEY does not belong.*clock/],
  ];
  test.each(credentialFaults)("[dynamodb.error.credentials] %s", async (type, expected) => {
    faulty.fail("GetItem", { kind: "answer", status: 400, type, message: "x" });
    expect(await messageOf(store.get(things, thing), "unavailable")).toMatch(expected);
  });

  test("[dynamodb.error.credentials] none at all", async () => {
    const credentials = async () => {
      const error = new Error("Could not load credentials from any providers");
      error.name = "CredentialsProviderError";
      throw error;
    };
    const said = await messageOf(dynamodbStore(options({ credentials })), "unavailable");
    expect(said).toMatch(/No AWS credentials were found for DynamoDB\. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID/);
  });

  test("[dynamodb.error.endpoint] nobody listens", async () => {
    const nowhere = await faultyDynamodb(url);
    await nowhere[Symbol.asyncDispose]();
    const said = await messageOf(dynamodbStore(options({ endpoint: nowhere.url })), "unavailable");
    expect(said).toContain(`DynamoDB cannot be reached at ${nowhere.url}. Is something listening there?`);
    expect(said).toContain("AWS_ENDPOINT_URL_DYNAMODB");
  });

  test("[dynamodb.error.region] none is set, or one that is not there", async () => {
    const { endpoint: _, region: __, ...rest } = { ...options(), region: "" };
    const saved = { ...process.env };
    for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"]) delete process.env[name];
    process.env["AWS_CONFIG_FILE"] = "/nonexistent";
    try {
      expect(await messageOf(dynamodbStore(rest), "unavailable")).toMatch(/No AWS region is set.*DYNAMODB_REGION/);
    } finally {
      process.env = saved;
    }
    const wrong = await messageOf(dynamodbStore({ ...rest, region: "mars-north-1" }), "unavailable");
    expect(wrong).toContain('Is "mars-north-1" a region of AWS (DYNAMODB_REGION)');
  });

  test("[dynamodb.error.missing] a table or an index that goes while we work", async () => {
    await using doomed = await openTestDynamodb(url, { tables, schemaVersion: 1, upkeep: false });
    const client = new DynamoDBClient({ ...testPlace(url) });
    const message = "The table does not have the specified index: byTeam";
    faulty.fail("Query", { kind: "answer", status: 400, type: "ValidationException", message });
    const byTeam = () => store.query(people, { index: "byTeam", where: { team: "t" } });
    const index = await messageOf(byTeam(), "unavailable");
    expect(index).toContain(
      `${opened.tablePrefix}contract_people, or the index of it that Query uses, does not exist in us-east-1`,
    );
    expect(index).toContain("aloft store migrate");
    await client.send(new DeleteTableCommand({ TableName: `${doomed.tablePrefix}contract_things` }));
    const said = await messageOf(doomed.store.get(things, thing), "unavailable");
    expect(said).toContain(`The table ${doomed.tablePrefix}contract_things`);
    expect(said).toContain("does not exist in us-east-1");
    expect(said).toContain("aloft store migrate");
    client.destroy();
  });

  test("[dynamodb.error.collection] a partition is full", async () => {
    faulty.fail("PutItem", {
      kind: "answer",
      status: 400,
      type: "ItemCollectionSizeLimitExceededException",
      message: "x",
    });
    expect(await messageOf(store.create(things, thing), "too_large")).toContain("10 GB");
  });

  test("[dynamodb.setup.prefix] what is lacking is told though nobody may list what is there", async () => {
    faulty.fail("ListTables", { kind: "answer", status: 400, type: "AccessDeniedException", message: "no" }, 100);
    const wrong = options({ tablePrefix: "wrong_", setUp: "verify" });
    const said = await dynamodbStore(wrong).then(() => "", String);
    faulty.fail("ListTables", { kind: "answer", status: 400, type: "AccessDeniedException" }, 0);
    expect(said).toContain('No table with the prefix "wrong_" exists');
    expect(said).toContain("could not be seen");
  });

  test("[dynamodb.error.invalid] DynamoDB's own words", async () => {
    const message = "One or more parameter values were invalid: something new";
    faulty.fail("PutItem", { kind: "answer", status: 400, type: "ValidationException", message });
    expect(await messageOf(store.create(things, thing), "invalid")).toContain(message);
  });
});
