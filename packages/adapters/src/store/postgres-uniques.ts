import { BatchError } from "./postgres-connection.ts";
import { retries, send, type Engine } from "./postgres-engine.ts";
import { expiresColumn, layoutOf, quote } from "./postgres-layout.ts";
import type { Reading } from "./postgres-pages.ts";
import { equals, ofTenant, statement, type Bind } from "./postgres-sql.ts";
import type { PossibleOperation } from "./postgres-writes.ts";

/**
 * Looks who holds a unique value that the operation takes, and deletes it if it has expired: nobody can see it any more.
 * @returns `held`: another item has it. `freed`: trying again may go through, for it was an expired item or the item
 *   itself, made by somebody else at the same moment. `gone`: nobody has it, or only within the transaction that was tried.
 *   `ours`: an item has it that the transaction writes before this operation; if it came in between, it is to be written
 *   again first.
 */
export async function freeExpired(
  engine: Engine,
  operation: PossibleOperation,
  unique: string,
  { tenant, now }: Reading,
  writtenBefore: readonly PossibleOperation["key"][],
): Promise<"freed" | "held" | "gone" | "ours"> {
  const { table, key } = operation;
  const names = table.unique[unique];
  if (names === undefined) return "held";
  const { name } = layoutOf(table);
  const where = (bind: Bind): string => {
    const values = names.map((attribute) => `${quote(attribute)} = ${taken(operation, attribute, tenant, bind)}`);
    return [ofTenant(tenant, bind), ...values].join(" AND ");
  };
  const free = statement((bind) => {
    const expired = table.expires === undefined ? "false" : `${expiresColumn} <= ${bind(now)}`;
    return `DELETE FROM ${name} WHERE ${where(bind)} AND ${expired} RETURNING 1`;
  });
  const held = statement((bind) => {
    const is = (one: PossibleOperation["key"]): string => equals(table.key, one, bind).join(" AND ");
    const ours = writtenBefore.map((one) => ` WHEN ${is(one)} THEN 2`).join("");
    return `SELECT CASE WHEN ${is(key)} THEN 1${ours} ELSE 0 END FROM ${name} WHERE ${where(bind)}`;
  });
  const retry = retries(engine, (cause) => engine.connections.translate(cause));
  for (;;) {
    try {
      const [freed = [], holders = []] = await send(engine, "DELETE", { kind: "write", statements: [free, held] });
      if (holders.some(([whose]) => whose === 0)) return "held";
      if (holders.some(([whose]) => whose === 2)) return "ours";
      return freed.length + holders.length > 0 ? "freed" : "gone";
    } catch (error) {
      // Doing this again makes no difference, so it does not matter whether it was done.
      await retry.after(error instanceof BatchError ? new BatchError(error.index, error.cause, false) : error);
    }
  }
}

/** The value that the operation gives the attribute: of an update that leaves it, the one that the item has. */
function taken(operation: PossibleOperation, attribute: string, tenant: string, bind: Bind): string {
  const { table } = operation;
  const type = table.keyTypes[attribute] === "number" ? "double precision" : "text";
  if (operation.kind === "create" || operation.kind === "put") return `${bind(operation.item[attribute])}::${type}`;
  const set = operation.kind === "update" ? operation.change.set[attribute] : undefined;
  if (set !== undefined) return `${bind(set)}::${type}`;
  const where = [ofTenant(tenant, bind), ...equals(table.key, operation.key, bind)].join(" AND ");
  return `(SELECT ${quote(attribute)} FROM ${layoutOf(table).name} WHERE ${where})`;
}
