import { ConflictError, NotFoundError } from "@aloft/core/errors";
import { applyChange } from "@aloft/core/tables/change";
import { conditionHolds } from "@aloft/core/tables/condition";
import type { CheckedOperation } from "@aloft/core/tables/transaction";
import type { AnyItem } from "@aloft/core/tables/validate";
import { BatchError, type Row, type Statement } from "./postgres-connection.ts";
import { read, retries, send, type Engine } from "./postgres-engine.ts";
import { constraintOf, sqlStates } from "./postgres-errors.ts";
import { layoutOf } from "./postgres-layout.ts";
import { getSql, type Reading } from "./postgres-pages.ts";
import { codecOf, type StoredItem } from "./postgres-rows.ts";
import { freeExpired } from "./postgres-uniques.ts";
import {
  deleteExpired,
  deleteInTransaction,
  lockSql,
  mustRead,
  operationSql,
  orFail,
  type PossibleOperation,
} from "./postgres-writes.ts";

/** What takes the place of an operation that could not be said in SQL: worked out here, from the item as it was read. */
type Substitute =
  | { readonly refused: true }
  | { readonly refused: false; readonly operation: PossibleOperation; readonly item: AnyItem | undefined };

/** What is known of one operation from one attempt to the next. */
interface Step {
  readonly operation: CheckedOperation;
  readonly index: number;
  substitute: Substitute | undefined;
  /**
   * Its unique value was taken, and then by nobody, or by an item that an earlier operation writes: somebody else may have
   * come in between. If that is so twice, an earlier operation has taken it.
   */
  doubted: boolean;
}

/** Does one operation in one statement, and gives the item as it is then stored. */
export async function performOne(engine: Engine, operation: CheckedOperation): Promise<StoredItem | undefined> {
  const step: Step = { operation, index: 0, substitute: undefined, doubted: false };
  const [rows = []] = await attempt(engine, [step], (reading) => {
    const statement = statementOf(step, reading, codecOf(operation.table).read);
    return [{ step, statement }];
  });
  return storedItem(step, rows);
}

/** Does all of the operations in one transaction, which is one round trip. */
export async function performAll(engine: Engine, operations: readonly CheckedOperation[]): Promise<void> {
  const steps = operations.map((operation, index): Step => ({
    operation,
    index,
    substitute: undefined,
    doubted: false,
  }));
  await attempt(engine, steps, (reading) => [
    ...lockSql(operations.filter(isPossible), reading).map((statement) => ({ step: undefined, statement })),
    ...steps.flatMap((step) => {
      const { operation } = step;
      if (operation.kind === "delete" && operation.if === undefined) {
        const statements = isPossible(operation) ? deleteInTransaction(operation, reading) : [];
        return statements.map((statement) => ({ step, statement }));
      }
      const done = effective(step);
      const expired = done === undefined ? [] : deleteExpired(done, reading);
      return [orFail(statementOf(step, reading, ["1"])), ...expired].map((statement) => ({ step, statement }));
    }),
  ]);
}

interface Sent {
  readonly step: Step | undefined;
  readonly statement: Statement;
}

const words = { create: "INSERT", put: "INSERT", update: "UPDATE", delete: "DELETE", check: "SELECT" } as const;

/** Tries until it is done, or is refused for a reason that trying again would not change. */
async function attempt(
  engine: Engine,
  steps: readonly Step[],
  plan: (reading: Reading) => readonly Sent[],
): Promise<Row[][]> {
  const [first] = steps as readonly [Step];
  const retry = retries(engine, (cause) => contention(first.operation, cause));
  const single = steps.length === 1;
  for (;;) {
    const reading = { tenant: engine.tenant, now: engine.clock() };
    for (const step of steps) {
      const { operation, substitute } = step;
      if (substitute === undefined && isPossible(operation) && operation.kind === "update" && mustRead(operation)) {
        await substituteFor(engine, step, operation, reading);
      }
    }
    const sent = plan(reading);
    try {
      const name = single ? words[first.operation.kind] : "COMMIT";
      const results = await send(engine, name, { kind: "write", statements: sent.map(({ statement }) => statement) });
      if (!single || !wasRefused(first, results[0] ?? [])) return results;
      refuse(first);
    } catch (error) {
      const step = error instanceof BatchError ? sent[error.index]?.step : undefined;
      const failed = step === undefined ? undefined : { step, steps, error: error as BatchError };
      if (failed === undefined || !(await overcome(engine, failed, reading))) await retry.after(error);
    }
  }
}

interface Failed {
  readonly step: Step;
  /** All of the transaction. */
  readonly steps: readonly Step[];
  readonly error: BatchError;
}

/** Looks why a statement failed. True: it may go through now. False: it failed for another reason than the data. */
async function overcome(engine: Engine, { step, steps, error }: Failed, reading: Reading): Promise<boolean> {
  const { operation } = step;
  if (error.state === sqlStates.invalidText) refuse(step);
  else if (error.state === sqlStates.divisionByZero && isPossible(operation)) {
    await substituteFor(engine, step, operation, reading);
  } else if (error.state === sqlStates.uniqueViolation && isPossible(operation)) {
    const unique = layoutOf(operation.table).uniques.get(constraintOf(error.cause)) ?? "";
    const outcome = await freeExpired(engine, operation, unique, reading, writtenBefore(step, steps));
    const doubtful = outcome === "gone" || outcome === "ours";
    if (outcome === "held" || (doubtful && step.doubted)) throw uniqueTaken(step, unique);
    step.doubted = doubtful;
  } else return false;
  return true;
}

/** Keys of the operation's table that earlier operations of its transaction write. */
function writtenBefore({ operation: { table }, index }: Step, steps: readonly Step[]): PossibleOperation["key"][] {
  return steps.flatMap(({ operation, index: at }) => {
    const writes = at < index && operation.table === table && operation.kind !== "check" && isPossible(operation);
    return writes ? [operation.key] : [];
  });
}

function wasRefused({ operation, substitute }: Step, rows: readonly Row[]): boolean {
  if (rows.length > 0) return false;
  return substitute !== undefined || operation.kind !== "delete" || operation.if !== undefined;
}

/** @throws what the refusal means, unless it was only that the item changed after it was read. */
function refuse(step: Step): void {
  if (step.substitute?.refused === false) step.substitute = undefined;
  else throw refusal(step);
}

const never: Statement = { text: "SELECT 1 WHERE false", values: [] };

function statementOf(step: Step, reading: Reading, returning: readonly string[]): Statement {
  const operation = effective(step);
  return operation === undefined ? never : operationSql(operation, reading, returning);
}

/** What is sent; undefined if it is known to be refused. */
function effective({ operation, substitute }: Step): PossibleOperation | undefined {
  if (substitute?.refused === true || !isPossible(operation)) return undefined;
  return substitute?.operation ?? operation;
}

/** Reads the item and works the operation out here. What comes of it is only stored if the item is still the same. */
async function substituteFor(
  engine: Engine,
  step: Step,
  operation: PossibleOperation,
  reading: Reading,
): Promise<void> {
  const { table, key } = operation;
  const [row] = await read(engine, { statements: [getSql(table, key, reading)] });
  const before = row === undefined ? undefined : codecOf(table).decode(row);
  const condition = "if" in operation ? operation.if : undefined;
  if (before === undefined || (condition !== undefined && !conditionHolds(condition, before))) {
    step.substitute = { refused: true };
    return;
  }
  const unchanged = { version: before.version };
  if (operation.kind !== "update") {
    const item = operation.kind === "put" ? operation.item : undefined;
    step.substitute = { refused: false, operation: { ...operation, if: unchanged } as PossibleOperation, item };
    return;
  }
  const { version: _, ...stored } = before;
  const item = applyChange(table, stored, operation.change, Number.POSITIVE_INFINITY);
  const replacing = { kind: "put" as const, table, key, bytesAtMost: 0, item, if: unchanged };
  step.substitute = { refused: false, operation: replacing, item };
}

function storedItem({ operation, substitute }: Step, rows: readonly Row[]): StoredItem | undefined {
  const [row] = rows;
  if (row === undefined || operation.kind === "delete" || operation.kind === "check") return undefined;
  if (operation.kind === "create") return { ...operation.item, version: 1 };
  const replaced =
    operation.kind === "put" ? operation.item : substitute?.refused === false ? substitute.item : undefined;
  return replaced === undefined ? codecOf(operation.table).decode(row) : { ...replaced, version: row[0] as number };
}

function isPossible(operation: CheckedOperation): operation is PossibleOperation {
  return operation.key !== undefined;
}

function refusal({ operation, index }: Step): Error {
  const { name } = operation.table;
  const details = { table: name, operation: index };
  if (operation.kind === "create") {
    return new ConflictError(`There is already an item of "${name}" with this key.`, { reason: "exists", ...details });
  }
  if (operation.kind === "update" && operation.if === undefined) {
    return new NotFoundError(`There is no item of "${name}" with this key.`);
  }
  const message = `The item of "${name}" was not changed: it is not there, or the condition does not hold.`;
  return new ConflictError(message, { reason: "condition", ...details });
}

function uniqueTaken({ operation: { table }, index }: Step, unique: string): ConflictError {
  const names = (table.unique[unique] ?? []).join(", ");
  const message = `Another item of "${table.name}" has this ${names}.`;
  return new ConflictError(message, { reason: "unique", table: table.name, operation: index, unique });
}

function contention({ table }: CheckedOperation, cause: unknown): ConflictError {
  const message = `Others kept changing the same items of "${table.name}". Try again.`;
  return new ConflictError(message, { reason: "contention", table: table.name }, { cause });
}
