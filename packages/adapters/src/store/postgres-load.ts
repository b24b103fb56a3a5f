import type { AnyTable } from "@aloft/core/tables/define-table";
import type { LoadedItem } from "@aloft/core/tables/load";
import { ConflictError } from "@aloft/core/errors";
import type { Statement } from "./postgres-connection.ts";
import { BatchError } from "./postgres-connection.ts";
import { retries, send, type Engine } from "./postgres-engine.ts";
import { layoutOf, quote, tenantColumn, versionColumn } from "./postgres-layout.ts";
import { codecOf } from "./postgres-rows.ts";
import { ofTenant, statement, type Bind } from "./postgres-sql.ts";

const timeoutMs = 60_000;

/** Puts the items there as they are, in the place of whatever has their keys or their unique values. */
export async function loadItems(engine: Engine, table: AnyTable, loaded: readonly LoadedItem[]): Promise<void> {
  if (loaded.length === 0) return;
  const statements = [
    ...Object.values(table.unique).flatMap((names) => freeSql(table, names, loaded, engine.tenant)),
    upsertSql(table, loaded, engine.tenant),
  ];
  const retry = retries(engine, (cause) => {
    const details = { reason: "contention" as const, table: table.name };
    return new ConflictError(`Others kept changing the same items of "${table.name}". Try again.`, details, { cause });
  });
  for (;;) {
    try {
      await send(engine, "INSERT", { kind: "write", statements, timeoutMs });
      return;
    } catch (error) {
      // Loading again makes no difference, so it does not matter whether it was done.
      await retry.after(error instanceof BatchError ? new BatchError(error.index, error.cause, false) : error);
    }
  }
}

/** Deletes other items that hold one of the unique values. */
function freeSql(
  table: AnyTable,
  names: readonly string[],
  loaded: readonly LoadedItem[],
  tenant: string,
): readonly Statement[] {
  const holders = loaded.filter(({ item }) => names.every((name) => item[name] !== undefined));
  if (holders.length === 0) return [];
  const free = statement((bind) => {
    const lists = [...names, ...table.key].map((name) => {
      const type = table.keyTypes[name] === "number" ? "double precision" : "text";
      return `${bind(holders.map(({ item }) => item[name]))}::${type}[]`;
    });
    const columns = lists.map((_, i) => `c${i}`);
    const equal = names.map((name, i) => `t.${quote(name)} = u.c${i}`).join(" AND ");
    const same = table.key.map((name, i) => `t.${quote(name)} = u.c${names.length + i}`).join(" AND ");
    return (
      `DELETE FROM ${layoutOf(table).name} t USING unnest(${lists.join(", ")}) AS u(${columns.join(", ")}) ` +
      `WHERE t.${ofTenant(tenant, bind)} AND ${equal} AND NOT (${same})`
    );
  });
  return [free];
}

/** All of the items in one statement, a list of values for each column. */
function upsertSql(table: AnyTable, loaded: readonly LoadedItem[], tenant: string): Statement {
  const { written, types, encode } = codecOf(table);
  const { name, keyConstraint } = layoutOf(table);
  return statement((bind: Bind) => {
    const rows = loaded.map(({ item }) => encode(item));
    const lists = types.map((type, i) => `${bind(rows.map((row) => row[i]))}::text[]::${type}[]`);
    const versions = `${bind(loaded.map(({ version }) => version))}::bigint[]`;
    const columns = [...types.map((_, i) => `c${i}`), "version"];
    const set = [...written, versionColumn].map((column) => `${column} = excluded.${column}`).join(", ");
    return (
      `INSERT INTO ${name} (${[tenantColumn, ...written, versionColumn].join(", ")}) ` +
      `SELECT ${bind(tenant)}, ${columns.join(", ")} FROM unnest(${[...lists, versions].join(", ")}) AS u(${columns.join(", ")}) ` +
      `ON CONFLICT ON CONSTRAINT ${keyConstraint} DO UPDATE SET ${set}`
    );
  });
}
