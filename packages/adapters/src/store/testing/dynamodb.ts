import { randomBytes } from "node:crypto";
import { DeleteTableCommand, DynamoDBClient, ResourceNotFoundException } from "@aws-sdk/client-dynamodb";
import type { StoreUnderTest } from "@aloft/core/contract/store";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { dynamodbStore, dynamodbTableSpecs, type DynamodbStoreOptions } from "../dynamodb.ts";

export interface TestDynamodb extends StoreUnderTest {
  readonly tablePrefix: string;
}

export interface TestDynamodbOptions extends Partial<Omit<DynamodbStoreOptions, "tables" | "schemaVersion">> {
  readonly tables: readonly AnyTable[];
  readonly schemaVersion: number;
}

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** How DynamoDB Local is reached, under a prefix that nobody else has. */
export function testPlace(url: string): {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: typeof credentials;
  readonly tablePrefix: string;
} {
  return { region: "us-east-1", endpoint: url, credentials, tablePrefix: `t${randomBytes(6).toString("hex")}_` };
}

/**
 * A store on DynamoDB Local under a prefix of its own, whose tables go when it is disposed of.
 * @param url where DynamoDB Local is: that of `service("dynamodb")`.
 */
export async function openTestDynamodb(url: string, options: TestDynamodbOptions): Promise<TestDynamodb> {
  const place = testPlace(url);
  let now = options.now ?? ((): Date => new Date());
  const settings: DynamodbStoreOptions = { freezePermitMs: 600, ...place, ...options, now: () => now() };
  const opened = new Set([await dynamodbStore(settings)]);
  const [store] = opened;
  if (store === undefined) throw new Error("no store was opened");
  return {
    store,
    tablePrefix: settings.tablePrefix,
    reopen: async () => {
      const again = await dynamodbStore({ ...settings, setUp: "verify" });
      opened.add(again);
      return again;
    },
    setNow: (date) => {
      now = () => date;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...opened].map((one) => one.close()));
      await dropTables(settings, options.tables);
    },
  };
}

/** Removes the tables of a prefix. */
export async function dropTables(
  place: { readonly region?: string; readonly endpoint?: string; readonly tablePrefix: string },
  tables: readonly AnyTable[],
): Promise<void> {
  const client = new DynamoDBClient({ ...place, credentials });
  const drop = async (name: string): Promise<void> => {
    await client.send(new DeleteTableCommand({ TableName: name })).catch((error: unknown) => {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    });
  };
  await Promise.all(dynamodbTableSpecs(tables, place.tablePrefix).map(({ name }) => drop(name)));
  client.destroy();
}
