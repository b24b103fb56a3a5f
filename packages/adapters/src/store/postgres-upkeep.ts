import type { AnyTable } from "@aloft/core/tables/define-table";
import { isContention } from "./postgres-errors.ts";
import { BatchError } from "./postgres-connection.ts";
import { read, send, type Engine } from "./postgres-engine.ts";
import { expiresColumn, layoutOf, versionColumn, wordsColumn } from "./postgres-layout.ts";
import { codecOf, wordsOf } from "./postgres-rows.ts";
import { equals, ofTenant, statement } from "./postgres-sql.ts";
import { declaresVectors } from "./postgres-vectors.ts";

const sweepRows = 1000;
const indexRows = 200;

/**
 * Removes what has expired, works out the words of items that a migration has left without, and sees what indexes of
 * vectors there are by now.
 */
export async function maintain(engine: Engine): Promise<void> {
  if (declaresVectors(engine.tables)) await engine.vectors.refresh();
  for (const table of engine.tables) {
    if (table.expires !== undefined) while ((await sweep(engine, table)) === sweepRows);
    if (table.search !== undefined) while ((await indexWords(engine, table, table.search.text)) === indexRows);
  }
}

/** Rows that others hold at this moment are left for the next time. */
async function sweep(engine: Engine, table: AnyTable): Promise<number> {
  const { name } = layoutOf(table);
  const expired = statement((bind) => {
    const where = `${ofTenant(engine.tenant, bind)} AND ${expiresColumn} <= ${bind(engine.clock())}`;
    return (
      `DELETE FROM ${name} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${name} WHERE ${where} LIMIT ${sweepRows} ` +
      `FOR UPDATE SKIP LOCKED)) RETURNING 1`
    );
  });
  try {
    const [rows = []] = await send(engine, "DELETE", { kind: "write", statements: [expired] });
    return rows.length;
  } catch (error) {
    if (error instanceof BatchError && isContention(error.state)) return 0;
    throw engine.connections.translate(error);
  }
}

async function indexWords(engine: Engine, table: AnyTable, attributes: readonly string[]): Promise<number> {
  const { name } = layoutOf(table);
  const { read: columns, decode } = codecOf(table);
  const wordless = statement((bind) => {
    const where = `${ofTenant(engine.tenant, bind)} AND ${wordsColumn} IS NULL`;
    return `SELECT ${columns.join(", ")} FROM ${name} WHERE ${where} LIMIT ${indexRows}`;
  });
  const rows = await read(engine, { statements: [wordless] });
  if (rows.length === 0) return 0;
  const statements = rows.map(decode).map((item) =>
    statement((bind) => {
      const key = equals(
        table.key,
        table.key.map((attribute) => item[attribute] as string),
        bind,
      );
      const where = [ofTenant(engine.tenant, bind), ...key, `${versionColumn} = ${bind(item.version)}`];
      return `UPDATE ${name} SET ${wordsColumn} = ${bind(wordsOf(attributes, item))} WHERE ${where.join(" AND ")}`;
    }),
  );
  await send(engine, "UPDATE", { kind: "write", statements }).catch((error: unknown) => {
    throw engine.connections.translate(error);
  });
  return rows.length;
}
