import { createHash } from "node:crypto";
import { join } from "node:path";
import { DeleteItemCommand, DeleteTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { openStore, type OpenStoreOptions, type StoreConfig } from "@aloft/adapters/store/index";
import type { Store } from "@aloft/core/ports/store";
import { schemaVersion, tables } from "@aloft/core/tables";
import { Client } from "pg";
import { service } from "./services.ts";

export const storeNames = ["sqlite", "dynamodb", "postgres"] as const;
export type StoreName = (typeof storeNames)[number];

/** The engine that end-to-end tests run on now: vitest runs them once for each. */
export const testedStore: StoreName = storeNames.find((name) => name === process.env["ALOFT_TEST_STORE"]) ?? "sqlite";

/** A store of a test's own. */
export interface TestStore {
  /** What makes a server use it. */
  readonly env: Readonly<Record<string, string>>;
  readonly config: StoreConfig;
  /** Opens it beside whoever uses it already. */
  open(options?: Partial<OpenStoreOptions>): Promise<Store>;
  /** Removes what is in it, once everybody has closed it. */
  drop(): Promise<void>;
}

/** The store that belongs to a data folder: the same for the same folder. */
export async function storeOf(dataDir: string, name: StoreName = testedStore): Promise<TestStore> {
  const own = createHash("sha256").update(dataDir).digest("hex").slice(0, 12);
  const { config, env, drop } = await makers[name](dataDir, own);
  const open = (options: Partial<OpenStoreOptions> = {}) => openStore(config, { tables, schemaVersion, ...options });
  return { config, env, drop, open };
}

type Made = Pick<TestStore, "config" | "env" | "drop">;

const makers: Readonly<Record<StoreName, (dataDir: string, own: string) => Promise<Made>>> = {
  sqlite: (dataDir) =>
    Promise.resolve({
      config: { type: "sqlite", path: join(dataDir, "aloft.db") },
      env: {},
      // It goes with its folder.
      drop: () => Promise.resolve(),
    }),
  async dynamodb(_dataDir, own) {
    const { url } = await service("dynamodb");
    useEmulator(url);
    const tablePrefix = `e2e_${own}_`;
    return {
      config: { type: "dynamodb", region, tablePrefix },
      env: { MAIN_DB_TYPE: "dynamodb", DYNAMODB_REGION: region, DYNAMODB_TABLE_PREFIX: tablePrefix },
      drop: () => dropTables(tablePrefix),
    };
  },
  async postgres(_dataDir, own) {
    const url = await sharedDatabase();
    const tenant = `e2e-${own}`;
    return {
      config: { type: "postgres", url, tenant, poolSize: 4 },
      env: { MAIN_DB_TYPE: "postgres", DATABASE_URL: url, DATABASE_TENANT: tenant, DATABASE_POOL_SIZE: "4" },
      // Its rows are seen by nobody else, and go with the server.
      drop: () => Promise.resolve(),
    };
  },
};

const region = "eu-central-1";

/** The AWS SDK looks in the environment of the process. */
function useEmulator(url: string): void {
  process.env["AWS_ENDPOINT_URL_DYNAMODB"] = url;
  process.env["AWS_ACCESS_KEY_ID"] ??= "test";
  process.env["AWS_SECRET_ACCESS_KEY"] ??= "test";
}

/** Leaves tables in DynamoDB as a deployment makes them: with nothing in them, not even the number of their schema. */
export async function forgetSchemaVersion({ config }: TestStore): Promise<void> {
  if (config.type !== "dynamodb") throw new TypeError("only DynamoDB has tables without it");
  using client = disposable(new DynamoDBClient({ region }));
  const Key = { id: { S: "schemaVersion" } };
  await client.send(new DeleteItemCommand({ TableName: `${config.tablePrefix}aloft.meta`, Key }));
}

async function dropTables(prefix: string): Promise<void> {
  using client = disposable(new DynamoDBClient({ region }));
  const found: string[] = [];
  for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
    const page = await client.send(new ListTablesCommand({ ExclusiveStartTableName: after ?? prefix }));
    const mine = (page.TableNames ?? []).filter((name) => name.startsWith(prefix));
    found.push(...mine);
    after = mine.length === page.TableNames?.length ? page.LastEvaluatedTableName : undefined;
  }
  await Promise.all(found.map((TableName) => client.send(new DeleteTableCommand({ TableName }))));
}

function disposable(client: DynamoDBClient): DynamoDBClient & Disposable {
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}

/** One database for all, each test a tenant of its own in it. */
async function sharedDatabase(): Promise<string> {
  const { url } = await service("postgres-16");
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("CREATE DATABASE e2e");
  } catch (error) {
    const known = ["42P04", "23505"];
    if (!known.includes((error as { code?: string }).code ?? "")) throw error;
  } finally {
    await client.end();
  }
  return url.replace(/\/postgres$/, "/e2e");
}
