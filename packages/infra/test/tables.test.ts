import { DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamodbMigrate, dynamodbStatus } from "@aloft/adapters/store/dynamodb";
import { openStore } from "@aloft/adapters/store/index";
import { schemaVersion, tables } from "@aloft/core/tables";
import { afterEach, describe, expect, test, vi } from "vitest";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import { resolveIn, resourcesOf } from "./recording/values.ts";
import { account, makeTable, region } from "./recording/world.ts";
import { synthesized } from "./support.ts";

const here = await available("DynamoDB Local", () => service("dynamodb"));

afterEach(() => vi.unstubAllEnvs());

describe.runIf(here)("tables of a template", () => {
  test("[landing.data.tables.exact] are what the declarations need, but for the schema's number", async () => {
    const { url: endpoint } = await service("dynamodb");
    const name = `exact${process.pid}`;
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const synthesis = synthesized({ name, topology: "solo", region, environments: { dev: {} } }, "dev");
    const client = new DynamoDBClient({ endpoint, region, credentials });
    const made = resourcesOf(synthesis, "AWS::DynamoDB::Table").map(({ stack, resource }) => {
      const known = { account, region, attributes: {} };
      return resolveIn(synthesis, stack, known, resource.Properties) as Record<string, any>;
    });
    await Promise.all(made.map((properties) => makeTable(client, properties)));
    try {
      const tablePrefix = `${name}-dev_`;
      const options = { endpoint, region, tablePrefix, tables, schemaVersion, credentials };
      const lines = await dynamodbStatus(options);
      expect(lines.length).toBeGreaterThan(made.length);
      expect(lines.filter(({ state }) => state !== "ready").map(({ what }) => what)).toEqual(["schema version"]);
      expect(lines.filter(({ what }) => what.startsWith("table ")).map(({ what }) => what)).toHaveLength(made.length);
      await dynamodbMigrate(options);
      const opening = { tables, schemaVersion, setUp: "verify", upkeep: false } as const;
      await using store = await openStore({ type: "dynamodb", endpoint, region, tablePrefix }, opening);
      await store.maintain();
    } finally {
      await Promise.all(made.map(({ TableName }) => client.send(new DeleteTableCommand({ TableName }))));
      client.destroy();
    }
  });
});
