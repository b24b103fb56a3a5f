import { setTimeout as delay } from "node:timers/promises";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  ListTablesCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  type AttributeDefinition,
  type GlobalSecondaryIndex,
  type GlobalSecondaryIndexDescription,
  type KeySchemaElement,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { AloftError, IncompatibleError, UnavailableError } from "@aloft/core/errors";
import type { Connection } from "./dynamodb-client.ts";
import { metaKey, metaTableNameOf, type IndexSpec, type KeyElement, type TableSpec } from "./dynamodb-specs.ts";

/** What tables are to be there. */
export interface Wanted {
  readonly specs: readonly TableSpec[];
  readonly tablePrefix: string;
  readonly schemaVersion: number;
}

/** One thing that is or should be there. */
export interface StatusLine {
  /** `table aloft_dev_users`, `index byUser of aloft_dev_sessions`, `expiry of …`, `schema version`. */
  readonly what: string;
  readonly state: "ready" | "missing" | "different" | "busy";
  /** What `migrate` would do, or why it can do nothing. Empty if there is nothing to do. */
  readonly action: string;
  /** Whether `migrate` can mend it. */
  readonly mendable: boolean;
}

interface Step extends StatusLine {
  readonly table: string;
  readonly run: () => Promise<void>;
}

const requestsAtOnce = 8;
const waitMs = 10 * 60_000;
const tellMs = 15_000;
const mend = "Run: aloft store migrate";

/** How what is there differs from what is wanted. Changes nothing. */
export async function inspect(connection: Connection, wanted: Wanted): Promise<Step[]> {
  const lines = await inOrder(wanted.specs, (spec) => inspectTable(connection, spec));
  const version = await schemaVersionOf(connection, wanted);
  return [...lines.flat(), ...versionSteps(connection, wanted, version)];
}

/**
 * Makes what is missing: tables, indexes one after the other, expiry.
 * @returns what was done.
 * @throws {IncompatibleError} newer code has been here, or something is there that is not as declared. Nothing was changed.
 */
export async function migrateTables(
  connection: Connection,
  wanted: Wanted,
  onProgress: (message: string) => void = nothingTold,
): Promise<StatusLine[]> {
  const steps = (await inspect(connection, wanted)).filter(({ state }) => state !== "ready");
  const hopeless = steps.filter(({ mendable }) => !mendable);
  if (hopeless.length > 0) throw new IncompatibleError(listed(hopeless, "Nothing was changed."));
  const byTable = Map.groupBy(steps, ({ table }) => table);
  const meta = metaTableNameOf(wanted.tablePrefix);
  const last = byTable.get(meta) ?? [];
  byTable.delete(meta);
  // Tables first: that is soon done, while an index takes as long as its table has items.
  for (const now of [isTable, (step: StatusLine): boolean => !isTable(step)]) {
    await inOrder([...byTable.values()], async (own) => {
      for (const step of own) if (now(step)) await perform(step, onProgress);
    });
  }
  for (const step of last) await perform(step, onProgress);
  return steps.map(({ what, state, action, mendable }) => ({ what, state, action, mendable }));
}

/** An index takes as long as its table has items: whoever waits is told that it is so. */
async function perform({ what, action, run }: Step, onProgress: (message: string) => void): Promise<void> {
  onProgress(`${what}: ${action}`);
  const began = performance.now();
  const tell = (): void =>
    onProgress(`${what}: still waiting, for ${Math.round((performance.now() - began) / 1000)} s`);
  const telling = setInterval(tell, tellMs);
  try {
    await run();
  } finally {
    clearInterval(telling);
  }
}

function nothingTold(): void {}

/**
 * @throws {IncompatibleError} with everything that is missing or different. Nothing was changed.
 */
export async function verifyTables(connection: Connection, wanted: Wanted): Promise<void> {
  const steps = await inspect(connection, wanted);
  const faults = steps.filter(({ state }) => state !== "ready");
  if (faults.length === 0) return;
  const none = steps.filter(isTable).every(({ state }) => state === "missing");
  if (none) throw new IncompatibleError(await noSuchPrefix(connection, wanted));
  throw new IncompatibleError(listed(faults, faults.some(({ mendable }) => mendable) ? `${mend}.` : ""));
}

function isTable({ what }: StatusLine): boolean {
  return what.startsWith("table ");
}

function listed(faults: readonly StatusLine[], end: string): string {
  const list = faults.map(({ what, state, action }) => `\n- ${what}: ${state}. ${action}`).join("");
  return `The tables in DynamoDB are not as this version needs them:${list}\n${end}`.trimEnd();
}

async function noSuchPrefix(connection: Connection, { tablePrefix, specs }: Wanted): Promise<string> {
  const region = await connection.region();
  const suffixes = specs.map(({ name }) => name.slice(tablePrefix.length));
  const others = new Set<string>();
  const names = await listTables(connection).catch(() => undefined);
  for (const name of names ?? []) {
    for (const suffix of suffixes) if (name.endsWith(suffix)) others.add(name.slice(0, -suffix.length));
  }
  const shortest = [...others].filter((one) => ![...others].some((other) => other !== one && one.startsWith(other)));
  const found =
    names === undefined
      ? "Which others are there could not be seen: check DYNAMODB_REGION and DYNAMODB_TABLE_PREFIX."
      : shortest.length === 0
        ? "No tables with names like ours are there at all: check DYNAMODB_REGION."
        : `Those with names like ours have the prefix ${shortest.map((one) => JSON.stringify(one)).join(", ")}: check ` +
          "DYNAMODB_TABLE_PREFIX.";
  return `No table with the prefix ${JSON.stringify(tablePrefix)} exists in ${region}. ${found} Or make the tables. ${mend}.`;
}

async function listTables({ send }: Connection): Promise<string[]> {
  const names: string[] = [];
  let start: string | undefined;
  do {
    const command = new ListTablesCommand(start === undefined ? {} : { ExclusiveStartTableName: start });
    const { TableNames = [], LastEvaluatedTableName } = await send(command, { table: "", idempotent: true });
    names.push(...TableNames);
    start = LastEvaluatedTableName;
  } while (start !== undefined);
  return names;
}

async function inspectTable(connection: Connection, spec: TableSpec): Promise<Step[]> {
  const table = await describe(connection, spec.name);
  const what = `table ${spec.name}`;
  if (table === undefined) {
    const line = { what, state: "missing", action: "Create it.", mendable: true, table: spec.name } as const;
    return [{ ...line, run: () => createTable(connection, spec) }];
  }
  const key = keyText(table.KeySchema, table.AttributeDefinitions);
  if (key !== wantedKeyText(spec.key)) {
    const action = `Its key is ${key}, not ${wantedKeyText(spec.key)}; a key cannot be changed. Use another prefix.`;
    return [{ what, state: "different", action, mendable: false, table: spec.name, run: never }];
  }
  const active = table.TableStatus === "ACTIVE" || table.TableStatus === "UPDATING";
  const self: Step = active
    ? { what, state: "ready", action: "", mendable: true, table: spec.name, run: nothing }
    : {
        what,
        state: "busy",
        action: `It is ${table.TableStatus}: wait for it.`,
        mendable: true,
        table: spec.name,
        run: () => untilActive(connection, spec.name),
      };
  const indexes = spec.indexes.map((index) => inspectIndex(connection, spec, index, table));
  return [self, ...indexes, ...(await inspectExpiry(connection, spec))];
}

function inspectIndex(connection: Connection, spec: TableSpec, index: IndexSpec, table: TableDescription): Step {
  const what = `index ${index.name} of ${spec.name}`;
  const found = table.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index.name);
  const line = { what, table: spec.name, mendable: true };
  if (found === undefined) {
    return { ...line, state: "missing", action: "Add it.", run: () => addIndex(connection, spec, index) };
  }
  const deleting = found.IndexStatus === "DELETING";
  const difference = deleting ? undefined : differenceOf(index, found, table.AttributeDefinitions);
  if (difference !== undefined) {
    const action = `${difference} Delete the index, then migrate.`;
    return { ...line, mendable: false, state: "different", action, run: never };
  }
  if (found.IndexStatus === "ACTIVE") return { ...line, state: "ready", action: "", run: nothing };
  const action = `It is ${found.IndexStatus}: wait for it${deleting ? ", then add it" : ""}.`;
  const run = (): Promise<void> => (deleting ? addIndex(connection, spec, index) : untilActive(connection, spec.name));
  return { ...line, state: "busy", action, run };
}

function differenceOf(
  index: IndexSpec,
  found: GlobalSecondaryIndexDescription,
  definitions: AttributeDefinition[] | undefined,
): string | undefined {
  const key = keyText(found.KeySchema, definitions);
  if (key !== wantedKeyText(index.key)) return `Its key is ${key}, not ${wantedKeyText(index.key)}.`;
  const { ProjectionType = "", NonKeyAttributes = [] } = found.Projection ?? {};
  if (ProjectionType === "ALL") return undefined;
  const has = [...NonKeyAttributes].sort().join(", ");
  const needs = index.projection === "ALL" ? "ALL" : [...index.projection].sort().join(", ");
  return has === needs ? undefined : `It holds ${has === "" ? "keys alone" : has}, not ${needs}.`;
}

async function inspectExpiry({ send }: Connection, spec: TableSpec): Promise<Step[]> {
  const { ttlAttribute, name } = spec;
  if (ttlAttribute === undefined) return [];
  const { TimeToLiveDescription: found } = await send(new DescribeTimeToLiveCommand({ TableName: name }), {
    table: name,
    idempotent: true,
  });
  const line = { what: `expiry of ${name}`, table: name, mendable: true };
  const status = found?.TimeToLiveStatus ?? "DISABLED";
  if (status === "DISABLED") {
    const run = (): Promise<void> => enableExpiry({ send }, name, ttlAttribute);
    return [{ ...line, state: "missing", action: `Turn on time to live by ${ttlAttribute}.`, run }];
  }
  if (found?.AttributeName !== ttlAttribute) {
    const action = `Time to live goes by ${found?.AttributeName}, not ${ttlAttribute}. Turn it off, then migrate.`;
    return [{ ...line, mendable: false, state: "different", action, run: never }];
  }
  return [{ ...line, state: "ready", action: "", run: nothing }];
}

async function nothing(): Promise<void> {}

async function never(): Promise<void> {
  throw new Error("There is nothing that could be done.");
}

/** @returns the version that is written there; undefined if none is, null if there is no table to hold it. */
async function schemaVersionOf({ send }: Connection, { tablePrefix }: Wanted): Promise<number | null | undefined> {
  const table = metaTableNameOf(tablePrefix);
  const command = new GetItemCommand({ TableName: table, Key: versionKey, ConsistentRead: true });
  try {
    const { Item } = await send(command, { table, idempotent: true });
    return Item?.["value"]?.N === undefined ? undefined : Number(Item["value"].N);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const versionKey = { [metaKey]: { S: "schemaVersion" } };

function versionSteps(connection: Connection, wanted: Wanted, version: number | null | undefined): Step[] {
  const { schemaVersion, tablePrefix } = wanted;
  const table = metaTableNameOf(tablePrefix);
  const line = { what: "schema version", table, mendable: true };
  if (version === schemaVersion) return [{ ...line, state: "ready", action: "", run: nothing }];
  const run = (): Promise<void> => writeVersion(connection, wanted);
  if (version === null || version === undefined) {
    return [{ ...line, state: "missing", action: `Write ${schemaVersion} to ${table}.`, run }];
  }
  if (version < schemaVersion) {
    return [{ ...line, state: "different", action: `Raise it from ${version} to ${schemaVersion}.`, run }];
  }
  const action = `The tables are of schema ${version}, newer than this version's ${schemaVersion}. Upgrade, or use another prefix.`;
  return [{ ...line, mendable: false, state: "different", action, run: never }];
}

/** Never lowers it, whoever else writes it now. */
async function writeVersion({ send }: Connection, { tablePrefix, schemaVersion }: Wanted): Promise<void> {
  const table = metaTableNameOf(tablePrefix);
  const command = new UpdateItemCommand({
    TableName: table,
    Key: versionKey,
    UpdateExpression: "SET #value = :version",
    ConditionExpression: "attribute_not_exists(#value) OR #value <= :version",
    ExpressionAttributeNames: { "#value": "value" },
    ExpressionAttributeValues: { ":version": { N: String(schemaVersion) } },
  });
  try {
    await send(command, { table, idempotent: true });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error;
    const message = `Newer code raised the schema version while this was at work. Upgrade from ${schemaVersion}.`;
    throw new IncompatibleError(message, { cause: error });
  }
}

async function createTable(connection: Connection, spec: TableSpec): Promise<void> {
  const elements = [...spec.key, ...spec.indexes.flatMap(({ key }) => key)];
  const command = new CreateTableCommand({
    TableName: spec.name,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: keySchema(spec.key),
    AttributeDefinitions: definitionsOf(elements),
    ...(spec.indexes.length === 0 ? {} : { GlobalSecondaryIndexes: spec.indexes.map(indexInput) }),
  });
  await changing(connection, spec.name, command);
  if (spec.ttlAttribute !== undefined) await enableExpiry(connection, spec.name, spec.ttlAttribute);
}

/** One index can be added at a time. */
async function addIndex(connection: Connection, spec: TableSpec, index: IndexSpec): Promise<void> {
  await untilActive(connection, spec.name);
  const command = new UpdateTableCommand({
    TableName: spec.name,
    AttributeDefinitions: definitionsOf([...spec.key, ...index.key]),
    GlobalSecondaryIndexUpdates: [{ Create: indexInput(index) }],
  });
  await changing(connection, spec.name, command);
}

/** Somebody else may be doing the same. */
async function changing(
  connection: Connection,
  table: string,
  command: CreateTableCommand | UpdateTableCommand,
): Promise<void> {
  try {
    if (command instanceof CreateTableCommand) {
      const { TableDescription } = await connection.send(command, { table, idempotent: true });
      if (TableDescription?.TableStatus === "ACTIVE") return;
    } else await connection.send(command, { table, idempotent: true });
  } catch (error) {
    if (!hasCause(error, "ResourceInUseException") && !/already exists/i.test(String(error))) throw error;
  }
  await untilActive(connection, table);
}

async function enableExpiry({ send }: Pick<Connection, "send">, table: string, attribute: string): Promise<void> {
  const command = new UpdateTimeToLiveCommand({
    TableName: table,
    TimeToLiveSpecification: { Enabled: true, AttributeName: attribute },
  });
  try {
    await send(command, { table, idempotent: true });
  } catch (error) {
    if (!/already enabled/i.test(String(error))) throw error;
  }
}

async function untilActive(connection: Connection, name: string): Promise<void> {
  const until = performance.now() + waitMs;
  for (let wait = 50; ; wait = Math.min(2000, wait * 2)) {
    const table = await describe(connection, name);
    const indexes = table?.GlobalSecondaryIndexes ?? [];
    if (table?.TableStatus === "ACTIVE" && indexes.every(({ IndexStatus }) => IndexStatus === "ACTIVE")) return;
    if (performance.now() > until) {
      throw new UnavailableError(`The table ${name} was still ${table?.TableStatus} after ${waitMs / 60_000} minutes.`);
    }
    await delay(wait);
  }
}

async function describe({ send }: Connection, name: string): Promise<TableDescription | undefined> {
  try {
    return (await send(new DescribeTableCommand({ TableName: name }), { table: name, idempotent: true })).Table;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return hasCause(error, "ResourceNotFoundException");
}

function hasCause(error: unknown, name: string): boolean {
  return error instanceof AloftError && error.cause instanceof Error && error.cause.name === name;
}

function indexInput({ name, key, projection }: IndexSpec): GlobalSecondaryIndex {
  const keysAlone = projection !== "ALL" && projection.length === 0;
  return {
    IndexName: name,
    KeySchema: keySchema(key),
    Projection:
      projection === "ALL" || keysAlone
        ? { ProjectionType: keysAlone ? "KEYS_ONLY" : "ALL" }
        : { ProjectionType: "INCLUDE", NonKeyAttributes: [...projection] },
  };
}

function keySchema(key: readonly KeyElement[]): KeySchemaElement[] {
  return key.map(({ name, role }) => ({ AttributeName: name, KeyType: role }));
}

function definitionsOf(elements: readonly KeyElement[]): AttributeDefinition[] {
  const types = new Map(elements.map(({ name, type }) => [name, type]));
  return [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}

function wantedKeyText(key: readonly KeyElement[]): string {
  return key.map(({ name, role, type }) => `${name} (${role}, ${type})`).join(", ");
}

function keyText(schema: KeySchemaElement[] = [], definitions: AttributeDefinition[] = []): string {
  const types = new Map(definitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]));
  return schema
    .map(({ AttributeName, KeyType }) => `${AttributeName} (${KeyType}, ${types.get(AttributeName)})`)
    .join(", ");
}

/** Does it for all, a few at once, and gives the results in order. */
async function inOrder<T, R>(all: readonly T[], run: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = [...all.entries()];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) results[next[0]] = await run(next[1]);
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, worker));
  return results;
}
