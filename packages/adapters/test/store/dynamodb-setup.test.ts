import { randomBytes } from "node:crypto";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
} from "@aws-sdk/client-dynamodb";
import { entries, passes, people } from "@aloft/core/contract/store-tables";
import { IncompatibleError } from "@aloft/core/errors";
import { defineTable, type AnyTable } from "@aloft/core/tables/define-table";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { startDynamodb } from "../../../../test/support/services/dynamodb.ts";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import {
  dynamodbMigrate,
  dynamodbStatus,
  dynamodbStore,
  dynamodbTableSpecs,
  type DynamodbStoreOptions,
} from "../../src/store/dynamodb.ts";
import { testPlace } from "../../src/store/testing/dynamodb.ts";

const here = await available("DynamoDB Local", () => service("dynamodb"));

const item = z.object({ id: z.string(), owner: z.string(), size: z.number().optional() });
const boxes = defineTable("boxes", { item, key: ["id"] });
const boxesByOwner = defineTable("boxes", {
  item,
  key: ["id"],
  indexes: { byOwner: { partition: ["owner"] }, bySize: { partition: ["owner"], sort: ["size"] } },
});
const boxesOfOwner = defineTable("boxes", { item, key: ["id"], indexes: { byOwner: { partition: ["owner"] } } });
const boxesBySize = defineTable("boxes", { item, key: ["id"], indexes: { byOwner: { partition: ["size"] } } });
const boxesOfOwners = defineTable("boxes", { item, key: ["owner", "id"] });

test("[dynamodb.layout.specs] the tables of declarations are data", () => {
  expect(dynamodbTableSpecs([people, entries], "p_")).toEqual([
    {
      name: "p_contract_people",
      key: [{ name: "id", type: "S", role: "HASH" }],
      indexes: [
        {
          name: "byTeam",
          key: [
            { name: "team", type: "S", role: "HASH" },
            { name: "rank", type: "N", role: "RANGE" },
            { name: "nick", type: "S", role: "RANGE" },
            { name: "id", type: "S", role: "RANGE" },
          ],
          projection: "ALL",
        },
        {
          name: "byRank",
          key: [
            { name: "team", type: "S", role: "HASH" },
            { name: "rank", type: "N", role: "RANGE" },
            { name: "id", type: "S", role: "RANGE" },
          ],
          projection: "ALL",
        },
        {
          name: "byBadge",
          key: [
            { name: "badge", type: "S", role: "HASH" },
            { name: "id", type: "S", role: "RANGE" },
          ],
          projection: "ALL",
        },
      ],
      ttlAttribute: undefined,
    },
    {
      name: "p_contract_people.unique",
      key: [{ name: "id", type: "S", role: "HASH" }],
      indexes: [],
      ttlAttribute: undefined,
    },
    {
      name: "p_contract_entries",
      key: [
        { name: "box", type: "S", role: "HASH" },
        { name: "number", type: "N", role: "RANGE" },
      ],
      indexes: [
        {
          name: "recent",
          key: [
            { name: "$shard", type: "N", role: "HASH" },
            { name: "writtenAt", type: "S", role: "RANGE" },
            { name: "box", type: "S", role: "RANGE" },
            { name: "number", type: "N", role: "RANGE" },
          ],
          projection: ["body"],
        },
        {
          name: "ranked",
          key: [
            { name: "$shard", type: "N", role: "HASH" },
            { name: "rank", type: "N", role: "RANGE" },
            { name: "writtenAt", type: "S", role: "RANGE" },
            { name: "box", type: "S", role: "RANGE" },
            { name: "number", type: "N", role: "RANGE" },
          ],
          projection: "ALL",
        },
      ],
      ttlAttribute: "$ttl",
    },
    expect.objectContaining({ name: "p_contract_entries.search" }),
    { name: "p_aloft.meta", key: [{ name: "id", type: "S", role: "HASH" }], indexes: [], ttlAttribute: undefined },
  ]);
});

test("[dynamodb.layout.limit] an index of more attributes than DynamoDB takes is refused by name", () => {
  const item = z.object({ id: z.string(), a: z.string(), b: z.string(), c: z.string(), d: z.string() });
  const fits = { partition: ["a"], sort: ["b", "c", "d"] } as const;
  const wide = defineTable("wide", { item, key: ["id"], indexes: { fits } });
  expect(dynamodbTableSpecs([wide], "")).toHaveLength(2);
  const tooWide = { partition: [], sort: ["a", "b", "c", "d"] } as const;
  const wider = defineTable("wider", { item, key: ["id"], indexes: { fits, tooWide } });
  expect(() => dynamodbTableSpecs([wider], "")).toThrow(/table wider: .*"tooWide" has 0 and 5/);
});

/*
 * Known defect of DynamoDB Local, seen 2026-11-21 in 2026-05-28: of the indexes that are added to tables that are there, it
 * finishes the first four of its life and leaves all others in CREATING. So few are added here, to one of each test's own.
 */
describe.runIf(here)("the tables of DynamoDB", { timeout: 60_000 }, () => {
  let url = "";
  let place: ReturnType<typeof testPlace>;
  let client: DynamoDBClient;
  let own: Awaited<ReturnType<typeof startDynamodb>>;
  beforeEach(async () => {
    own = await startDynamodb();
    ({ url } = own);
    place = testPlace(url);
    client = new DynamoDBClient({ ...place });
  });
  afterEach(async () => {
    client.destroy();
    await own.stop();
  });

  const options = (tables: readonly AnyTable[], more: Partial<DynamodbStoreOptions> = {}): DynamodbStoreOptions => ({
    ...place,
    tables,
    schemaVersion: 1,
    upkeep: false,
    ...more,
  });
  const open = (...given: Parameters<typeof options>) => dynamodbStore(options(...given));
  const describeTable = async (name: string) =>
    (await client.send(new DescribeTableCommand({ TableName: place.tablePrefix + name }))).Table;
  const refusal = async (call: Promise<unknown>): Promise<string> => {
    const error: unknown = await call.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(IncompatibleError);
    return (error as Error).message;
  };

  test("[dynamodb.setup.create] tables, indexes and expiry are made once, on demand", async () => {
    await (await open([people, passes])).close();
    const table = await describeTable("contract_people");
    expect(table?.BillingModeSummary?.BillingMode).toBe("PAY_PER_REQUEST");
    expect(table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort()).toEqual([
      "byBadge",
      "byRank",
      "byTeam",
    ]);
    for (const name of ["contract_passes", "contract_passes.unique"]) {
      const { TimeToLiveDescription } = await client.send(
        new DescribeTimeToLiveCommand({ TableName: place.tablePrefix + name }),
      );
      expect(TimeToLiveDescription).toMatchObject({ TimeToLiveStatus: "ENABLED", AttributeName: "$ttl" });
    }
    const operations: string[] = [];
    const again = await open([people, passes], { onRequest: ({ operation }) => operations.push(operation) });
    await again.close();
    expect(new Set(operations)).toEqual(new Set(["DescribeTable", "DescribeTimeToLive", "GetItem"]));
    await (await open([people, passes], { setUp: "verify" })).close();
  });

  test("[dynamodb.setup.together] many that start together make the tables once", async () => {
    const stores = await Promise.all(Array.from({ length: 6 }, () => open([people, passes])));
    await stores[0]?.create(people, { id: "p", team: "t", nick: "n", rank: 1 });
    expect(await stores[5]?.get(people, { id: "p" })).toBeDefined();
    await Promise.all(stores.map((store) => store.close()));
  });

  test("[dynamodb.setup.index] indexes that are new are added to a table that has items", async () => {
    const store = await open([boxes]);
    for (let i = 0; i < 20; i++) await store.create(boxes, { id: `${i}`, owner: "o", size: i % 3 });
    await store.close();
    await using again = await open([boxesByOwner], { schemaVersion: 2 });
    expect((await again.query(boxesByOwner, { index: "byOwner", where: { owner: "o" } })).items).toHaveLength(20);
    expect((await again.query(boxesByOwner, { index: "bySize", where: { owner: "o", size: 1 } })).items).toHaveLength(
      7,
    );
  });

  test("[dynamodb.setup.older] tables of an older schema are raised", async () => {
    await (await open([boxes])).close();
    await (await open([boxes], { schemaVersion: 3 })).close();
    const message = await refusal(open([boxes], { schemaVersion: 2 }));
    expect(message).toContain("schema 3");
  });

  test("[dynamodb.setup.newer] tables of newer code are refused and left as they are", async () => {
    await (await open([boxes], { schemaVersion: 9 })).close();
    for (const setUp of ["create", "verify"] as const) {
      const message = await refusal(open([boxesByOwner], { setUp, schemaVersion: 8 }));
      expect(message).toMatch(/schema 9, newer than this version's 8\. Upgrade/);
    }
    expect((await describeTable("boxes"))?.GlobalSecondaryIndexes).toBeUndefined();
  });

  test("[dynamodb.setup.different] a key or an index that is otherwise is refused by name", async () => {
    await (await open([boxesByOwner])).close();
    for (const setUp of ["create", "verify"] as const) {
      const key = await refusal(open([boxesOfOwners], { setUp }));
      expect(key).toContain(`table ${place.tablePrefix}boxes: different`);
      expect(key).toContain("id (HASH, S), not owner (HASH, S), id (RANGE, S)");
      const index = await refusal(open([boxesBySize], { setUp }));
      expect(index).toContain(`index byOwner of ${place.tablePrefix}boxes: different`);
      expect(index).toContain("owner (HASH, S)");
    }
  });

  test("[dynamodb.setup.verify] verifying names all that is missing and changes nothing", async () => {
    const { tablePrefix } = place;
    const bare = new CreateTableCommand({
      TableName: `${tablePrefix}contract_passes`,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [
        { AttributeName: "gate", KeyType: "HASH" },
        { AttributeName: "number", KeyType: "RANGE" },
      ],
      AttributeDefinitions: [
        { AttributeName: "gate", AttributeType: "S" },
        { AttributeName: "number", AttributeType: "N" },
      ],
    });
    await client.send(bare);
    const message = await refusal(open([passes, boxes], { setUp: "verify" }));
    for (const what of [
      `index byHolder of ${tablePrefix}contract_passes: missing`,
      `expiry of ${tablePrefix}contract_passes: missing`,
      `table ${tablePrefix}contract_passes.unique: missing`,
      `table ${tablePrefix}boxes: missing`,
      `table ${tablePrefix}aloft.meta: missing`,
      "schema version: missing",
      "Run: aloft store migrate",
    ]) {
      expect(message).toContain(what);
    }
    expect((await describeTable("contract_passes"))?.GlobalSecondaryIndexes).toBeUndefined();
    await expect(describeTable("boxes")).rejects.toThrow();
  });

  test("[dynamodb.setup.prefix] a wrong prefix is told from one that is there", async () => {
    await (await open([people, passes])).close();
    const wrong = `wrong${randomBytes(3).toString("hex")}_`;
    const message = await refusal(open([people, passes], { setUp: "verify", tablePrefix: wrong }));
    expect(message).toContain(`No table with the prefix "${wrong}" exists in us-east-1.`);
    expect(message).toContain(`"${place.tablePrefix}"`);
    expect(message).toContain("DYNAMODB_TABLE_PREFIX");
    expect(message).toContain("aloft store migrate");
  });

  test("[dynamodb.setup.status] the status says what is to do and changes nothing; migrating does it", async () => {
    await (await open([boxes])).close();
    const wanted = { ...place, tables: [boxesOfOwner, passes], schemaVersion: 2 };
    const lines = await dynamodbStatus(wanted);
    expect(lines.filter(({ state }) => state === "missing").map(({ what }) => what)).toEqual([
      `index byOwner of ${place.tablePrefix}boxes`,
      `table ${place.tablePrefix}contract_passes`,
      `table ${place.tablePrefix}contract_passes.unique`,
      `table ${place.tablePrefix}contract_passes.search`,
    ]);
    expect(lines.find(({ what }) => what === "schema version")?.action).toBe("Raise it from 1 to 2.");
    expect(lines.find(({ what }) => what === `table ${place.tablePrefix}boxes`)).toMatchObject({ state: "ready" });
    expect(await dynamodbStatus(wanted)).toEqual(lines);
    const told: string[] = [];
    const done = await dynamodbMigrate({ ...wanted, onProgress: (message) => void told.push(message) });
    expect(told).toEqual(expect.arrayContaining(done.map(({ what, action }) => `${what}: ${action}`)));
    expect(done).toEqual(lines.filter(({ state }) => state !== "ready"));
    expect((await dynamodbStatus(wanted)).filter(({ state }) => state !== "ready")).toEqual([]);
    expect(await dynamodbMigrate(wanted)).toEqual([]);
  });

  test("[dynamodb.layout.native] attributes are DynamoDB's own, and can be read in its console", async () => {
    const more = defineTable("boxes", {
      item: z.object({
        id: z.string(),
        size: z.number(),
        open: z.boolean(),
        lid: z.null(),
        tags: z.array(z.string()),
        of: z.json(),
      }),
      key: ["id"],
    });
    await using store = await open([more]);
    await store.create(more, { id: "a", size: 1.5, open: true, lid: null, tags: ["x"], of: { b: 1, c: [2] } });
    const TableName = `${place.tablePrefix}boxes`;
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: "a" } } }));
    expect(Item).toMatchObject({
      id: { S: "a" },
      size: { N: "1.5" },
      open: { BOOL: true },
      lid: { NULL: true },
      tags: { L: [{ S: "x" }] },
      of: { M: { b: { N: "1" }, c: { L: [{ N: "2" }] } } },
      version: { N: "1" },
    });
  });

  test("[dynamodb.layout.expiry] DynamoDB is told to remove an item in the second after its expiry", async () => {
    await using store = await open([passes]);
    const pass = { gate: "g", number: 1, holder: "h", code: "c", note: "" };
    const TableName = `${place.tablePrefix}contract_passes`;
    const row = async () => {
      const Key = { gate: { S: "g" }, number: { N: "1" } };
      return (await client.send(new GetItemCommand({ TableName, Key }))).Item;
    };
    await store.create(passes, { ...pass, expiresAt: "2040-01-01T00:00:00.001Z" });
    const second = Date.parse("2040-01-01T00:00:01.000Z") / 1000;
    expect(await row()).toMatchObject({ $ttl: { N: `${second}` }, $expires: { N: `${second * 1000 - 999}` } });
    await store.update(passes, pass, { remove: ["expiresAt"] });
    expect(Object.keys((await row()) ?? {}).filter((name) => ["$ttl", "$expires"].includes(name))).toEqual([]);
    await store.put(passes, { ...pass, expiresAt: "2040-01-01T00:00:00.000Z" });
    expect(await row()).toMatchObject({ $ttl: { N: `${second - 1}` } });
  });
});
