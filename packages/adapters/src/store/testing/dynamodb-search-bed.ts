import { randomUUID } from "node:crypto";
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  type ScanCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { messages } from "@aloft/core/conversations/tables";
import type { Page, SearchQuery } from "@aloft/core/ports/store";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { pageOf, planSearch } from "@aloft/core/tables/pages";
import type { AnyItem } from "@aloft/core/tables/validate";
import { connect, type Connection, type Send } from "../dynamodb-client.ts";
import { makeEngine, type DynamoEngine } from "../dynamodb-engine.ts";
import { searchTableNameOf } from "../dynamodb-search-index.ts";
import { searchRows } from "../dynamodb-search-rows.ts";
import { bucketName, defaultSegmentSettings, ownRowName, sharedRowName } from "../dynamodb-search-segments.ts";
import type { SearchState } from "../dynamodb-search-state.ts";
import { searchOf, type TableSearch, type TableSearchOptions } from "../dynamodb-search.ts";
import { dynamodbTableSpecs, tableNameOf, type TableSpec } from "../dynamodb-specs.ts";
import { keyRow, type StoredItem } from "../dynamodb-values.ts";
import type { StoreRequest } from "../index.ts";

/** One searchable table on DynamoDB, and as many processes that search it as are opened. */
export interface SearchBed extends AsyncDisposable {
  readonly open: (options?: SearcherOptions) => Searcher;
  /** What is indexed, as it is stored. */
  readonly state: () => Promise<SearchState | undefined>;
  /** Bytes of the rows that a search for the word may read, in all segments, as DynamoDB counts them. */
  readonly rowBytes: (word: string) => Promise<number>;
  readonly setNow: (ms: number) => void;
  /** Writes many items without telling any process. Returns the units of the table, and those of its index. */
  readonly load: (items: readonly AnyItem[]) => Promise<{ readonly table: number; readonly index: number }>;
}

export interface SearcherOptions extends TableSearchOptions {
  /** The table as this process declares it. */
  readonly table?: AnyTable;
  /** After so many writes of rows of the index the process is dead: no request of it gets through any more. */
  readonly dieAfter?: number;
  /** So many queries fail. */
  readonly failures?: number;
}

/** A process that searches. */
export interface Searcher extends TableSearch {
  /** The requests since it was last asked. */
  readonly requests: () => readonly StoreRequest[];
  /** As {@link Searcher.requests}, with what was asked. */
  readonly commands: () => readonly { readonly name: string; readonly input: object }[];
  readonly put: (item: AnyItem, version?: number) => Promise<void>;
  readonly remove: (key: AnyItem) => Promise<void>;
  readonly page: (query: SearchQuery) => Promise<Page<StoredItem>>;
  /** From now on eventually consistent reads of this process see nothing new. */
  readonly trail: () => Promise<void>;
}

/** The messages of conversations. */
export const messageTable: AnyTable = messages;

export async function openBed(endpoint: string, table: AnyTable): Promise<SearchBed> {
  const tablePrefix = `search-${randomUUID().slice(0, 8)}-`;
  const connection = connectTo(endpoint);
  for (const spec of dynamodbTableSpecs([table], tablePrefix)) await create(connection, spec);
  const name = tableNameOf(tablePrefix, table);
  const index = searchRows(connection, searchTableNameOf(tablePrefix, table));
  let now = Date.now;
  const engineOf = (through: Pick<Connection, "client" | "send">, declared: AnyTable): DynamoEngine => {
    const options = { tables: [declared], tablePrefix, now: () => new Date(now()), retryBudgetMs: 5000 };
    return makeEngine({ ...connection, ...through }, options);
  };
  const opened: (() => Promise<void>)[] = [];
  return {
    state: () => index.state(),
    rowBytes: async (word) => {
      const state = await index.state();
      const bucket = bucketName(state?.generation ?? "", word, defaultSegmentSettings);
      const isCommon = state?.common.has(word) === true;
      const [from, to] = [0, 36 ** 5 - 1].map((name) => (isCommon ? ownRowName(word, name) : sharedRowName(name)));
      const { rows } = await index.read({ bucket, from: from ?? "", to: to ?? "", ascending: true, consistent: true });
      return rows.reduce((sum, { row, data }) => sum + bucket.length + row.length + data.length + 3, 0);
    },
    setNow: (ms) => {
      now = () => ms;
    },
    open: (options = {}) => {
      const { table: declared = table } = options;
      const requests: StoreRequest[] = [];
      const own = connectTo(endpoint, (request) => requests.push(request));
      const faulty = faultySend(own.send, options);
      const engine = engineOf({ ...own, send: faulty.send }, declared);
      const trailing = trailingReads(engine, declared);
      const search = searchOf(trailing.engine, declared, options);
      opened.push(async () => {
        await search.close();
        own.close();
      });
      const idempotent = { table: name, idempotent: true };
      return {
        ...search,
        requests: () => requests.splice(0),
        commands: () => faulty.commands.splice(0),
        put: async (item, version = 1) => {
          const Item = engine.toRow(declared, item, version);
          await own.send(new PutItemCommand({ TableName: name, Item }), idempotent);
          search.wrote({ item: { ...item, version } });
        },
        remove: async (key) => {
          await own.send(new DeleteItemCommand({ TableName: name, Key: keyRow(declared, key) }), idempotent);
          search.wrote({ deleted: key });
        },
        page: async (query) => {
          const plan = planSearch(declared, query);
          return pageOf(plan, await search.search(plan));
        },
        trail: async () => {
          const { Items = [] }: ScanCommandOutput = await own.send(new ScanCommand({ TableName: name }), idempotent);
          trailing.from(Items.map((row) => engine.fromRow(declared, row)).filter((item) => item !== undefined));
          faulty.trail(name);
        },
      };
    },
    load: async (items) =>
      loadItems(
        connection,
        name,
        items.map((item) => engineOf(connection, table).toRow(table, item, 1)),
      ),
    [Symbol.asyncDispose]: async () => {
      for (const close of opened) await close();
      connection.close();
    },
  };
}

/** What is indexed of a table of some store. */
export async function storedState(url: string, tablePrefix: string, table: AnyTable): Promise<SearchState | undefined> {
  const connection = connectTo(url);
  try {
    return await searchRows(connection, searchTableNameOf(tablePrefix, table)).state();
  } finally {
    connection.close();
  }
}

interface FaultySend {
  readonly send: Send;
  readonly commands: { readonly name: string; readonly input: object }[];
  /** Queries of the table's indexes find nothing from now on. */
  readonly trail: (table: string) => void;
}

function faultySend(send: Send, { dieAfter = Infinity, failures = 0 }: SearcherOptions): FaultySend {
  const commands: { name: string; input: object }[] = [];
  let trailing: string | undefined;
  let writes = 0;
  let failuresLeft = failures;
  return {
    commands,
    trail: (table) => {
      trailing = table;
    },
    send: async (command, how) => {
      if (writes >= dieAfter && (dieAfter > 0 || command instanceof BatchWriteItemCommand)) {
        writes = Infinity;
        throw new Error("The process is dead.");
      }
      if (command instanceof BatchWriteItemCommand) writes++;
      if (command instanceof QueryCommand) {
        if (failuresLeft-- > 0) throw new Error("The query failed.");
        if (command.input.TableName === trailing) Object.assign(command.input, { Limit: 1, ...nothingNew });
      }
      commands.push({ name: command.constructor.name.replace(/Command$/, ""), input: command.input });
      return send(command, how);
    },
  };
}

/** A query of a shard that is empty. */
const nothingNew = {
  KeyConditionExpression: "#s = :s",
  ExpressionAttributeNames: { "#s": "$shard" },
  ExpressionAttributeValues: { ":s": { N: "99" } },
};

function trailingReads(engine: DynamoEngine, table: AnyTable) {
  const idOf = (item: AnyItem): string => JSON.stringify(table.key.map((attribute) => item[attribute]));
  let old: Map<string, StoredItem> | undefined;
  const getRows: DynamoEngine["getRows"] = async (asked, keys, options) => {
    if (old === undefined || options?.consistent !== false) return engine.getRows(asked, keys, options);
    return keys.map((key) => old?.get(idOf(key)));
  };
  return {
    engine: { ...engine, getRows },
    from: (items: readonly StoredItem[]): void => {
      old = new Map(items.map((item) => [idOf(item), item]));
    },
  };
}

async function loadItems(
  { client }: Connection,
  table: string,
  rows: readonly ReturnType<DynamoEngine["toRow"]>[],
): Promise<{ table: number; index: number }> {
  const units = { table: 0, index: 0 };
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < rows.length) {
      const requests = rows.slice(next, (next += 25)).map((Item) => ({ PutRequest: { Item } }));
      const { ConsumedCapacity = [] } = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [table]: requests }, ReturnConsumedCapacity: "INDEXES" }),
      );
      for (const { Table, GlobalSecondaryIndexes = {} } of ConsumedCapacity) {
        units.table += Table?.CapacityUnits ?? 0;
        for (const index of Object.values(GlobalSecondaryIndexes)) units.index += index.CapacityUnits ?? 0;
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return units;
}

function connectTo(endpoint: string, onRequest?: (request: StoreRequest) => void): Connection {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return connect({ endpoint, region: "us-east-1", credentials, onRequest, attemptTimeoutMs: 20_000 });
}

async function create({ client }: Connection, { name, key, indexes }: TableSpec): Promise<void> {
  const attributes = new Map([...key, ...indexes.flatMap((index) => index.key)].map((one) => [one.name, one.type]));
  const schema = (elements: TableSpec["key"]) =>
    elements.map((element) => ({ AttributeName: element.name, KeyType: element.role }));
  const projected = indexes.map(({ name: IndexName, key: indexKey, projection }) => ({
    IndexName,
    KeySchema: schema(indexKey),
    Projection:
      projection === "ALL"
        ? { ProjectionType: "ALL" as const }
        : { ProjectionType: "INCLUDE" as const, NonKeyAttributes: [...projection] },
  }));
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: schema(key),
      AttributeDefinitions: [...attributes].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      ...(projected.length === 0 ? {} : { GlobalSecondaryIndexes: projected }),
    }),
  );
}
