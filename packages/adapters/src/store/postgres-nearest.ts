import type { Neighbor, Page } from "@aloft/core/ports/store";
import { nearestByPages, nearestOf, type NearestPlan } from "@aloft/core/tables/nearest";
import type { AnyQuery } from "@aloft/core/tables/pages";
import type { Row, Statement } from "./postgres-connection.ts";
import { read, type Engine } from "./postgres-engine.ts";
import { layoutOf, quote } from "./postgres-layout.ts";
import { bindList, type Reading } from "./postgres-pages.ts";
import { codecOf, type StoredItem } from "./postgres-rows.ts";
import { isLive, ofTenant, statement, type Bind } from "./postgres-sql.ts";
import { isIndexed, vectorColumn } from "./postgres-vectors.ts";

/** Scopes that have no more items than this are searched exactly. */
const fewItems = 1000;
/** What is asked for beyond the limit, as distances are told in single precision and ties go by the key. */
const spareRows = 10;
const minCandidates = 200;
const scanTimeoutMs = 60_000;

/** By the index of pgvector where there is one, else by reading every item of the scopes. */
export async function findNearest(
  engine: Engine,
  plan: NearestPlan,
  query: (query: AnyQuery) => Promise<Page<StoredItem>>,
): Promise<readonly Neighbor<StoredItem>[]> {
  if (plan.scopes.length === 0) return [];
  if (isIndexed(engine.vectors.status, plan.table, plan.vector)) {
    try {
      return await findByIndex(engine, plan);
    } catch (error) {
      await engine.vectors.refresh();
      if (isIndexed(engine.vectors.status, plan.table, plan.vector)) throw error;
    }
  }
  return nearestByPages(plan, query);
}

async function findByIndex(engine: Engine, plan: NearestPlan): Promise<readonly Neighbor<StoredItem>[]> {
  const { schema } = engine.vectors.status;
  const reading = { tenant: engine.tenant, now: engine.clock() };
  const wanted = plan.limit + spareRows;
  const first = await read(engine, { statements: nearestSql(plan, reading, schema) });
  // Some rows of the scopes may be too far apart in the index for it to get to them all.
  const gaveUp = first[0]?.at(-1) === "f" && itemsOf(plan, first).length < wanted;
  const rows = gaveUp
    ? await read(engine, { statements: [everySql(plan, reading, schema)], timeoutMs: scanTimeoutMs })
    : first;
  const { offer, found } = nearestOf<StoredItem>(plan);
  itemsOf(plan, rows).forEach(offer);
  return found();
}

/** There is a row without an item where nothing was found. */
function itemsOf({ table }: NearestPlan, rows: readonly Row[]): readonly StoredItem[] {
  return rows.map(codecOf(table).decode).filter(({ version }) => version !== null);
}

/**
 * The nearest, a few more than the limit, each followed by whether the scopes have so few items that this is exact.
 * @param schema where pgvector is.
 */
export function nearestSql(plan: NearestPlan, reading: Reading, schema: string): readonly Statement[] {
  const wanted = plan.limit + spareRows;
  const candidates = Math.max(minCandidates, 2 * wanted);
  const settings = statement(
    () =>
      `SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', '${candidates}', true)`,
  );
  const found = statement((bind) => {
    const { name, from, columns } = partsOf(plan, reading, bind);
    const few = "(SELECT yes FROM few)";
    return (
      `WITH few AS MATERIALIZED (SELECT count(*) <= ${fewItems} AS yes FROM (SELECT ${from} LIMIT ${fewItems + 1}) counted) ` +
      `SELECT ${columns.map((column) => `found.${column}`).join(", ")}, few.yes FROM few LEFT JOIN (` +
      `(${exactSql(plan, reading, schema, bind, few)}) UNION ALL ` +
      `(SELECT ${columns.join(", ")} ${from} AND NOT ${few} AND ${name} IS NOT NULL ` +
      `ORDER BY ${distanceSql(plan, schema, bind)} LIMIT ${wanted})) found ON true`
    );
  });
  return [settings, found];
}

/** The nearest of all, whatever there is to be compared. */
function everySql(plan: NearestPlan, reading: Reading, schema: string): Statement {
  return statement((bind) => exactSql(plan, reading, schema, bind));
}

function exactSql(plan: NearestPlan, reading: Reading, schema: string, bind: Bind, condition = "true"): string {
  const { name, from, columns } = partsOf(plan, reading, bind);
  // The sum is no order that an index has.
  const order = [`(${distanceSql(plan, schema, bind)}) + 0`, ...plan.table.key.map(quote)];
  return (
    `SELECT ${columns.join(", ")} ${from} AND ${condition} AND ${name} IS NOT NULL ` +
    `ORDER BY ${order.join(", ")} LIMIT ${plan.limit + spareRows}`
  );
}

interface Parts {
  readonly name: string;
  /** With the conditions that fence the search in. */
  readonly from: string;
  readonly columns: readonly string[];
}

function partsOf({ table, vector, scopes }: NearestPlan, { tenant, now }: Reading, bind: Bind): Parts {
  const where = [
    ofTenant(tenant, bind),
    `${quote(vector.scope)} = ANY(${bindList(table, vector.scope, scopes, bind)})`,
    ...isLive(table, now, bind),
  ];
  return {
    name: vectorColumn(vector.attribute),
    from: `FROM ${layoutOf(table).name} WHERE ${where.join(" AND ")}`,
    columns: codecOf(table).read,
  };
}

function distanceSql({ vector, to }: NearestPlan, schema: string, bind: Bind): string {
  return `${vectorColumn(vector.attribute)} OPERATOR(${schema}.<=>) ${bind(JSON.stringify(to))}::${schema}.vector`;
}
