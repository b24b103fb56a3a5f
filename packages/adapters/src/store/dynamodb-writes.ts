import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type CancellationReason,
} from "@aws-sdk/client-dynamodb";
import { ConflictError, ThrottledError, TooLargeError } from "@aloft/core/errors";
import { storeLimits } from "@aloft/core/ports/store";
import type { CheckedOperation } from "@aloft/core/tables/transaction";
import { applyChange } from "@aloft/core/tables/change";
import { itemBytes } from "@aloft/core/tables/size";
import type { DynamoEngine } from "./dynamodb-engine.ts";
import {
  planAll,
  planOne,
  touchesUniques,
  type Knowledge,
  type Known,
  type Plan,
  type PlannedAction,
} from "./dynamodb-plan.ts";
import { holderOf, isSameKey, takenError, uniqueKey, uniqueValuesOf, type UniqueValue } from "./dynamodb-uniques.ts";
import { fromRow, itemOf, keyRowOf, type Row, type StoredItem } from "./dynamodb-values.ts";

/** How operations are done. */
export interface Writer {
  readonly engine: DynamoEngine;
  /** How long operations that others get in the way of are tried again. */
  readonly budgetMs: number;
  /** Resolves when a write may begin. */
  readonly admit: () => Promise<void>;
}

/** What is known, as it is learned. */
interface Learned {
  rows: Map<number, Known>;
  uniques: readonly (readonly [UniqueValue, Row | undefined])[];
  /** All of it was read at one moment. */
  complete: boolean;
}

/** What became of an action: done, or not, with the row that was in its way. */
interface Refusal {
  readonly code: string;
  readonly row: Row | undefined;
}
type Outcome = { readonly answer: Row | undefined } | { readonly refusals: readonly (Refusal | undefined)[] };

/**
 * Does the operations, all or none, in one request if nothing has to be known before.
 * @returns what each of them came to.
 * @throws {AloftError} one was refused, or others got in the way for too long.
 */
export async function perform(
  writer: Writer,
  operations: readonly CheckedOperation[],
): Promise<(StoredItem | undefined)[]> {
  const { engine, budgetMs } = writer;
  const until = performance.now() + budgetMs;
  const learned: Learned = { rows: new Map(), uniques: [], complete: false };
  await learn(engine, operations, learned);
  for (let attempt = 0; ; attempt++) {
    const plan = await planWith(engine, operations, learned);
    const outcome = await execute(writer, operations, plan).catch((error: unknown) => {
      if (!looksWrong(error, operations, learned)) throw error;
      return undefined;
    });
    if (outcome === undefined) {
      await readAll(engine, operations, learned);
      continue;
    }
    if ("answer" in outcome) return resultsOf(operations, plan, outcome.answer);
    judge(engine, operations, plan, outcome.refusals, learned);
    if (performance.now() > until) throw givenUp(engine, operations, plan, outcome.refusals, budgetMs);
    if (attempt > 0 || outcome.refusals.some((refusal) => refusal?.code === "TransactionConflict")) {
      await delay(Math.random() * Math.min(500, 10 * 2 ** attempt));
    }
  }
}

/** Reads what has to be known before: what holds unique values, and what is only checked. */
async function learn(engine: DynamoEngine, operations: readonly CheckedOperation[], learned: Learned): Promise<void> {
  const single = operations.length === 1;
  const needed = [...operations.entries()].filter(([, operation]) => {
    if (operation.key === undefined) return false;
    return operation.kind === "check" ? single : operation.kind !== "create" && touchesUniques(operation);
  });
  if (needed.length > 1) return readAll(engine, operations, learned);
  const [first] = needed;
  if (first !== undefined) learned.rows.set(first[0], { row: await readRow(engine, first[1]) });
}

async function readRow(engine: DynamoEngine, { table, key = [] }: CheckedOperation): Promise<Row | undefined> {
  const name = engine.tableName(table);
  const command = new GetItemCommand({ TableName: name, Key: keyRowOf(table, key), ConsistentRead: true });
  return (await engine.send(command, { table: name, idempotent: true })).Item;
}

/** Reads every row that the operations are about at one moment, those of the unique values they take included. */
async function readAll(engine: DynamoEngine, operations: readonly CheckedOperation[], learned: Learned): Promise<void> {
  const rows = [...operations.entries()].filter(([, { key }]) => key !== undefined);
  learned.complete = false;
  const [only] = rows;
  if (operations.length === 1 && only !== undefined && !touchesUniques(only[1])) {
    learned.rows = new Map([[0, { row: await readRow(engine, only[1]) }]]);
    learned.complete = true;
    return;
  }
  for (let attempt = 0; !learned.complete; attempt++) {
    const values = takenValues(engine, operations, learned);
    const gets = [
      ...rows.map(([, { table, key = [] }]) => ({ TableName: engine.tableName(table), Key: keyRowOf(table, key) })),
      ...values.map((value) => ({ TableName: value.name, Key: uniqueKey(value) })),
    ];
    const read = gets.length === 0 ? [] : await readTogether(engine, gets);
    learned.rows = new Map(rows.map(([i], at) => [i, { row: read[at] }]));
    learned.uniques = values.map((value, i) => [value, read[rows.length + i]]);
    // What was read may take other values than what was known before.
    const known = new Set(values.map(identityOf));
    const unread = takenValues(engine, operations, learned).filter((value) => !known.has(identityOf(value)));
    learned.complete = unread.length === 0 || attempt === lookAttempts;
  }
}

function identityOf({ name, id }: UniqueValue): string {
  return JSON.stringify([name, id]);
}

/** The unique values that the operations take, as far as what is known tells. */
function takenValues(
  { tablePrefix, clock }: DynamoEngine,
  operations: readonly CheckedOperation[],
  learned: Learned,
): UniqueValue[] {
  const values = operations.flatMap((operation, i) => {
    const { table } = operation;
    if (operation.kind === "create" || operation.kind === "put")
      return uniqueValuesOf(tablePrefix, table, operation.item);
    const before = fromRow(learned.rows.get(i)?.row, clock());
    if (operation.kind !== "update" || before === undefined || !touchesUniques(operation)) return [];
    try {
      return uniqueValuesOf(tablePrefix, table, applyChange(table, before, operation.change, itemBytes(before)));
    } catch {
      return [];
    }
  });
  return [...new Map(values.map((value) => [identityOf(value), value])).values()];
}

const lookAttempts = 8;

async function readTogether(
  engine: DynamoEngine,
  gets: readonly { readonly TableName: string; readonly Key: Row }[],
): Promise<(Row | undefined)[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      const command = new TransactGetItemsCommand({ TransactItems: gets.map((get) => ({ Get: get })) });
      const { Responses = [] } = await engine.send(command, { table: gets[0]?.TableName ?? "", idempotent: true });
      return Responses.map(({ Item }) => Item);
    } catch (error) {
      if (!isCancelled(error) || attempt === lookAttempts) throw error;
      await delay(Math.random() * 20 * 2 ** attempt);
    }
  }
}

/** Plans by what is known; what would refuse an operation is looked at closely first, if others may come before it. */
async function planWith(
  engine: DynamoEngine,
  operations: readonly CheckedOperation[],
  learned: Learned,
): Promise<Plan> {
  try {
    return planAll(engine, operations, knowledgeOf(learned), engine.clock());
  } catch (error) {
    const [{ key } = {}, ...others] = operations;
    const surely = others.length === 0 && (key === undefined || learned.rows.size > 0);
    if (learned.complete || surely) throw error;
  }
  await readAll(engine, operations, learned);
  return planAll(engine, operations, knowledgeOf(learned), engine.clock());
}

function knowledgeOf({ rows, uniques }: Learned): Knowledge {
  return { rows, uniques };
}

async function execute(
  { engine, admit }: Writer,
  operations: readonly CheckedOperation[],
  { actions }: Plan,
): Promise<Outcome> {
  const [first] = actions;
  if (first === undefined || (operations.length === 1 && first.action.ConditionCheck !== undefined)) {
    return { answer: undefined };
  }
  if (actions.length === 1 && first.action.ConditionCheck === undefined) return executeAlone({ engine, admit }, first);
  if (actions.length > storeLimits.maxTransactionItems) {
    throw new TooLargeError(
      `The transaction touches ${actions.length} items, unique values counted; at most ` +
        `${storeLimits.maxTransactionItems} can be.`,
    );
  }
  const table = engine.tableName((operations[0] as CheckedOperation).table);
  const command = new TransactWriteItemsCommand({
    TransactItems: actions.map(({ action }) => action),
    ClientRequestToken: randomUUID(),
  });
  try {
    await engine.send(command, { table, idempotent: true, admit });
    return { answer: undefined };
  } catch (error) {
    if (!isCancelled(error)) throw error;
    return { refusals: (error.CancellationReasons ?? []).map(refusalOf) };
  }
}

function refusalOf({ Code, Item }: CancellationReason): Refusal | undefined {
  return Code === undefined || Code === "None" ? undefined : { code: Code, row: Item };
}

async function executeAlone(
  { engine, admit }: Pick<Writer, "engine" | "admit">,
  { action }: PlannedAction,
): Promise<Outcome> {
  const { Put, Update, Delete } = action;
  const table = Put?.TableName ?? Update?.TableName ?? Delete?.TableName ?? "";
  const options = { table, idempotent: false, admit };
  try {
    if (Put !== undefined) await engine.send(new PutItemCommand(Put), options);
    if (Delete !== undefined) await engine.send(new DeleteItemCommand(Delete), options);
    if (Update === undefined) return { answer: undefined };
    const command = new UpdateItemCommand({ ...Update, ReturnValues: "ALL_NEW" });
    return { answer: (await engine.send(command, options)).Attributes };
  } catch (error) {
    if (error instanceof ConflictError) return { refusals: [{ code: "TransactionConflict", row: undefined }] };
    if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error;
    return { refusals: [{ code: "ConditionalCheckFailed", row: "Item" in error ? (error.Item as Row) : undefined }] };
  }
}

function isCancelled(error: unknown): error is Error & { readonly CancellationReasons?: CancellationReason[] } {
  return error instanceof Error && error.name === "TransactionCanceledException";
}

/** DynamoDB does not add to what is no number, nor beyond its numbers. What is wrong shows when the item is read. */
function looksWrong(error: unknown, operations: readonly CheckedOperation[], learned: Learned): boolean {
  if (learned.complete || !(error instanceof Error) || error.name !== "ValidationException") return false;
  return operations.some((operation) => operation.kind === "update");
}

/**
 * Learns from what was in the way.
 * @throws {AloftError} the first operation that was refused for good.
 */
function judge(
  engine: DynamoEngine,
  operations: readonly CheckedOperation[],
  { actions }: Plan,
  refusals: readonly (Refusal | undefined)[],
  learned: Learned,
): void {
  learned.complete = false;
  learned.uniques = [];
  const now = engine.clock();
  let sure = true;
  for (const [index, operation] of operations.entries()) {
    for (const [i, planned] of actions.entries()) {
      const refusal = refusals[i];
      if (planned.operation !== index || refusal === undefined) continue;
      const verdict = verdictOn(engine, operation, planned, refusal, now);
      if (verdict instanceof Error) {
        if (sure) throw verdict;
        continue;
      }
      sure = false;
      if (verdict !== undefined) learned.rows.set(index, verdict);
    }
  }
}

/** The error that the refusal means, or what it tells of the operation's row; undefined if it tells nothing. */
function verdictOn(
  engine: DynamoEngine,
  operation: CheckedOperation,
  { operation: index, unique }: PlannedAction,
  { code, row }: Refusal,
  now: number,
): Error | Known | undefined {
  if (code !== "ConditionalCheckFailed") return undefined;
  if (unique !== undefined) {
    const holder = holderOf(row, now);
    if (unique.heldBy !== undefined || holder === undefined || isSameKey(holder, operation.key ?? [])) return undefined;
    return takenError(unique.value, index);
  }
  try {
    planOne(engine, operation, index, { row }, now);
    return { row };
  } catch (error) {
    return error as Error;
  }
}

function resultsOf(
  operations: readonly CheckedOperation[],
  { results }: Plan,
  answer: Row | undefined,
): (StoredItem | undefined)[] {
  if (answer === undefined) return [...results];
  const [operation] = operations;
  const stored = itemOf(answer);
  return operation?.kind === "put" ? [{ ...operation.item, version: stored.version }] : [stored];
}

function givenUp(
  engine: DynamoEngine,
  operations: readonly CheckedOperation[],
  { actions }: Plan,
  refusals: readonly (Refusal | undefined)[],
  budgetMs: number,
): Error {
  const at = refusals.findIndex((refusal) => refusal !== undefined);
  const index = actions[at]?.operation ?? 0;
  const { table } = operations[index] as CheckedOperation;
  const code = refusals[at]?.code ?? "";
  if (/Throttl|Throughput|RequestLimit/.test(code)) {
    return new ThrottledError(
      `DynamoDB still throttled a transaction on ${engine.tableName(table)} after ${budgetMs} ms.`,
    );
  }
  return new ConflictError(
    `Other writers kept changing what the transaction is about, for ${budgetMs} ms. Try again.`,
    {
      reason: "contention",
      table: table.name,
      operation: index,
    },
  );
}
