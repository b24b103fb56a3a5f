import { BatchError } from "./postgres-connection.ts";
import { retries, send, type Engine } from "./postgres-engine.ts";
import { expiresColumn, layoutOf, quote } from "./postgres-layout.ts";
import type { Reading } from "./postgres-pages.ts";
import { equals, ofTenant, statement, type Bind } from "./postgres-sql.ts";
import type { PossibleOperation } from "./postgres-writes.ts";

/**
 * Deletes the expired item that holds a unique value which the operation takes: nobody can see it any more.
 * @returns `held`: an item that is there has it. `gone`: nobody does, or only within the transaction that was tried.
 */
export async function freeExpired(
  engine: Engine,
  operation: PossibleOperation,
  unique: string,
  { tenant, now }: Reading,
): Promise<"freed" | "held" | "gone"> {
  const { table } = operation;
  const names = table.unique[unique];
  if (names === undefined || table.expires === undefined) return "held";
  const name = layoutOf(table).name;
  const holds = (bind: Bind): string =>
    [
      ofTenant(tenant, bind),
      ...names.map((attribute) => `${quote(attribute)} = ${taken(operation, attribute, tenant, bind)}`),
    ].join(" AND ");
  const free = statement(
    (bind) => `DELETE FROM ${name} WHERE ${holds(bind)} AND ${expiresColumn} <= ${bind(now)} RETURNING 1`,
  );
  const held = statement((bind) => `SELECT 1 FROM ${name} WHERE ${holds(bind)}`);
  const retry = retries(engine, (cause) => engine.connections.translate(cause));
  for (;;) {
    try {
      const [freed = [], holders = []] = await send(engine, "DELETE", { kind: "write", statements: [free, held] });
      if (holders.length > 0) return "held";
      return freed.length > 0 ? "freed" : "gone";
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
