import { storeLimits } from "@aloft/core/ports/store";
import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import { shapeOf } from "@aloft/core/tables/shape";
import { itemBytes, maxOwnItemBytes } from "@aloft/core/tables/size";
import type { CheckedOperation } from "@aloft/core/tables/transaction";
import { expiryOf, type AnyItem } from "@aloft/core/tables/validate";
import {
  expiresColumn,
  layoutOf,
  quote,
  restColumn,
  tenantColumn,
  versionColumn,
  wordsColumn,
  type Column,
} from "./postgres-layout.ts";
import type { Statement } from "./postgres-connection.ts";
import type { Reading } from "./postgres-pages.ts";
import { codecOf, encodeValue, wordsOf } from "./postgres-rows.ts";
import { conditionSql, equals, isLive, ofTenant, statement, type Bind } from "./postgres-sql.ts";

/** Any operation but one whose key no item can have. */
export type PossibleOperation = CheckedOperation & { readonly key: readonly KeyValue[] };

/**
 * One operation as one statement. It gives a row if it was done, and none if it was refused: because of what is there,
 * never because of its size, for which it fails with a division by zero, as it does where the row has to be read first.
 */
export function operationSql(operation: PossibleOperation, reading: Reading, returning: readonly string[]): Statement {
  return statement((bind) => {
    switch (operation.kind) {
      case "create":
        return insertSql(operation.table, operation.item, reading, bind);
      case "put":
        return operation.if === undefined
          ? upsertSql(operation.table, operation.item, reading, bind)
          : replaceSql(operation, operation.item, reading, bind);
      case "update":
        return updateSql(operation, reading, bind, returning);
      case "delete":
        return `DELETE FROM ${layoutOf(operation.table).name} WHERE ${whereSql(operation, reading, bind)} RETURNING 1`;
      default:
        return `SELECT 1 FROM ${layoutOf(operation.table).name} WHERE ${whereSql(operation, reading, bind)} FOR SHARE`;
    }
  });
}

/** What a row must be for the operation to be about it. */
function whereSql(operation: PossibleOperation, { tenant, now }: Reading, bind: Bind): string {
  const { table, key } = operation;
  const condition = "if" in operation && operation.if !== undefined ? conditionSql(table, operation.if, bind) : [];
  return [ofTenant(tenant, bind), ...equals(table.key, key, bind), ...isLive(table, now, bind), ...condition].join(
    " AND ",
  );
}

function valuesSql(table: AnyTable, item: AnyItem, { tenant }: Reading, bind: Bind): string {
  const { written } = codecOf(table);
  const columns = [tenantColumn, versionColumn, ...written].join(", ");
  const values = codecOf(table).encode(item).map(bind).join(", ");
  return `INSERT INTO ${layoutOf(table).name} AS t (${columns}) VALUES (${bind(tenant)}, 1, ${values})`;
}

function insertSql(table: AnyTable, item: AnyItem, reading: Reading, bind: Bind): string {
  const insert = `${valuesSql(table, item, reading, bind)} ON CONFLICT ON CONSTRAINT ${layoutOf(table).keyConstraint}`;
  if (table.expires === undefined) return `${insert} DO NOTHING RETURNING 1`;
  const set = [...codecOf(table).written, versionColumn].map((name) => `${name} = excluded.${name}`).join(", ");
  return `${insert} DO UPDATE SET ${set} WHERE t.${expiresColumn} <= ${bind(reading.now)} RETURNING 1`;
}

function upsertSql(table: AnyTable, item: AnyItem, reading: Reading, bind: Bind): string {
  const insert = `${valuesSql(table, item, reading, bind)} ON CONFLICT ON CONSTRAINT ${layoutOf(table).keyConstraint}`;
  const next = `t.${versionColumn} + 1`;
  const version =
    table.expires === undefined ? next : `CASE WHEN t.${expiresColumn} <= ${bind(reading.now)} THEN 1 ELSE ${next} END`;
  const set = [...codecOf(table).written.map((name) => `${name} = excluded.${name}`), `${versionColumn} = ${version}`];
  return `${insert} DO UPDATE SET ${set.join(", ")} RETURNING ${versionColumn}`;
}

function replaceSql(operation: PossibleOperation, item: AnyItem, reading: Reading, bind: Bind): string {
  const { table } = operation;
  const values = codecOf(table).encode(item);
  const set = codecOf(table).written.map((name, i) => `${name} = ${bind(values[i])}`);
  set.push(`${versionColumn} = ${versionColumn} + 1`);
  const where = whereSql(operation, reading, bind);
  return `UPDATE ${layoutOf(table).name} SET ${set.join(", ")} WHERE ${where} RETURNING ${versionColumn}`;
}

type Update = PossibleOperation & { readonly kind: "update" };

/** Whether the row has to be read before the change can be made: it cannot be said in SQL alone. */
export function mustRead({ table, change }: Update): boolean {
  const { column } = layoutOf(table);
  if (Object.keys(change.add).some((attribute) => column.get(attribute)?.type !== "double precision")) return true;
  const text = table.search?.text ?? [];
  const named = namedBy(change);
  return text.some((attribute) => named.has(attribute)) && !text.every((attribute) => named.has(attribute));
}

function namedBy({ set, remove, add }: Update["change"]): ReadonlySet<string> {
  return new Set([...Object.keys(set), ...remove, ...Object.keys(add)]);
}

function updateSql(operation: Update, reading: Reading, bind: Bind, returning: readonly string[]): string {
  const { table, change } = operation;
  const { column, name } = layoutOf(table);
  const set: string[] = [];
  const columnOf = (attribute: string): Column => column.get(attribute) as Column;
  for (const [attribute, value] of Object.entries(change.set)) {
    set.push(`${quote(attribute)} = ${bind(encodeValue(columnOf(attribute), value))}`);
  }
  for (const attribute of change.remove) set.push(`${quote(attribute)} = NULL`);
  const sums = Object.entries(change.add).map(([attribute, amount]) => {
    const sum = `(COALESCE(${quote(attribute)}, 0) + ${bind(amount)})`;
    set.push(`${quote(attribute)} = ${sum}`);
    return sum;
  });
  const named = namedBy(change);
  if (table.expires !== undefined && named.has(table.expires)) {
    set.push(`${expiresColumn} = ${bind(expiryOf(table, change.set) ?? null)}`);
  }
  if (table.search?.text.some((attribute) => named.has(attribute)) === true) {
    set.push(`${wordsColumn} = ${bind(wordsOf(table.search.text, change.set))}`);
  }
  const guard = [
    `${restColumn} IS NULL`,
    ...sums.map((sum) => `(${sum} = 0 OR abs(${sum}) BETWEEN 1e-130 AND 9.99e125)`),
    ...keyGuards(table, change),
    sizeGuard(table, change),
  ];
  set.push(`${versionColumn} = ${versionColumn} + 1 / (CASE WHEN ${guard.join(" AND ")} THEN 1 ELSE 0 END)`);
  const where = whereSql(operation, reading, bind);
  return `UPDATE ${name} SET ${set.join(", ")} WHERE ${where} RETURNING ${returning.join(", ")}`;
}

const numberBytes = 22;

/** At least as many bytes as DynamoDB would count, and hardly more: where it is too many, the item is counted. */
function sizeGuard(table: AnyTable, change: Update["change"]): string {
  const named = namedBy(change);
  let fixed = itemBytes(change.set) + numberBytes * Object.keys(change.add).length;
  const counted: string[] = [];
  for (const { attribute, name, type } of layoutOf(table).columns) {
    fixed += Buffer.byteLength(attribute);
    if (named.has(attribute)) continue;
    if (type === "double precision") fixed += numberBytes;
    else if (type === "text") counted.push(`COALESCE(octet_length(${name}), 0)`);
    else counted.push(`COALESCE(2 * octet_length(${name}::text) + 3, 0)`);
  }
  return [fixed, ...counted].join(" + ") + ` <= ${maxOwnItemBytes}`;
}

/** That the keys the change makes are not too long. */
function keyGuards(table: AnyTable, change: Update["change"]): string[] {
  return shapeOf(table).keyGroups.flatMap(({ attributes, kind }) => {
    if (!attributes.some((attribute) => typeof change.set[attribute] === "string")) return [];
    const limit = kind === "partition" ? storeLimits.maxPartitionKeyBytes : storeLimits.maxSortKeyBytes;
    const parts = attributes.map((attribute) => {
      const value = change.set[attribute];
      if (typeof value === "string") return String(Buffer.byteLength(value));
      if (table.keyTypes[attribute] === "number") return String(numberBytes);
      return change.remove.includes(attribute) ? "NULL::integer" : `octet_length(${quote(attribute)})`;
    });
    return [`COALESCE(${parts.join(" + ")} + ${attributes.length - 1} <= ${limit}, true)`];
  });
}

/** Fails with `invalid_text_representation` where the statement gives no row, so that the transaction ends there. */
export function orFail({ text, values }: Statement): Statement {
  return {
    text: `WITH done AS (${text}) SELECT CASE WHEN count(*) = 0 THEN CAST('refused ' || count(*) AS integer) END FROM done`,
    values,
  };
}

/**
 * Deletes the item if it is there. If not, keeps others from making it until the transaction ends: else it could be
 * told after one that made it and yet leave it there.
 */
export function deleteInTransaction({ table, key }: PossibleOperation, { tenant }: Reading): readonly Statement[] {
  const { name, keyConstraint } = layoutOf(table);
  const remove = (bind: Bind): string =>
    `DELETE FROM ${name} WHERE ${[ofTenant(tenant, bind), ...equals(table.key, key, bind)].join(" AND ")}`;
  const hold = statement((bind) => {
    const columns = [tenantColumn, versionColumn, expiresColumn, ...table.key.map(quote)].join(", ");
    const types = table.key.map((attribute) => (table.keyTypes[attribute] === "number" ? "double precision" : "text"));
    const values = key.map((value, i) => `${bind(value)}::${types[i]}`).join(", ");
    return (
      `WITH gone AS (${remove(bind)} RETURNING 1) INSERT INTO ${name} AS t (${columns}) ` +
      `SELECT ${bind(tenant)}, 0, 0, ${values} WHERE NOT EXISTS (SELECT FROM gone) ` +
      `ON CONFLICT ON CONSTRAINT ${keyConstraint} DO UPDATE SET ${versionColumn} = t.${versionColumn}`
    );
  });
  return [hold, statement(remove)];
}

/**
 * Deletes the item if the operation has left it with an expiry that is past already: to what follows in the transaction
 * its unique values are free.
 */
export function deleteExpired(operation: PossibleOperation, { tenant, now }: Reading): readonly Statement[] {
  const { table, key, kind } = operation;
  if (kind === "delete" || kind === "check" || Object.keys(table.unique).length === 0) return [];
  const expires = expiryOf(table, kind === "update" ? operation.change.set : operation.item);
  if (expires === undefined || expires > now) return [];
  return [
    statement((bind) => {
      const where = [ofTenant(tenant, bind), ...equals(table.key, key, bind)].join(" AND ");
      return `DELETE FROM ${layoutOf(table).name} WHERE ${where}`;
    }),
  ];
}

/** Locks the rows that a transaction will change or check, in an order that all transactions share. */
export function lockSql(operations: readonly PossibleOperation[], { tenant }: Reading): readonly Statement[] {
  const held = operations.filter(({ kind }) => kind !== "create");
  if (held.length < 2) return [];
  const sorted = held.toSorted((a, b) => compareText(a.table.name, b.table.name) || compareText(idOf(a), idOf(b)));
  if (sorted.every((operation, i) => operation === operations[i])) return [];
  return sorted.map(({ table, key, kind }) =>
    statement((bind) => {
      const where = [ofTenant(tenant, bind), ...equals(table.key, key, bind)].join(" AND ");
      return `SELECT FROM ${layoutOf(table).name} WHERE ${where} FOR ${kind === "check" ? "SHARE" : "UPDATE"}`;
    }),
  );
}

function idOf({ key }: PossibleOperation): string {
  return JSON.stringify(key);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
