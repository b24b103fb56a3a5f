import type { Store } from "../ports/store.ts";
import type { AnyTable, KeyValue } from "../tables/define-table.ts";
import { canonicalItem, differingAttributes } from "./canonical.ts";
import { digestsOf, type Digests, type Hash } from "./digests.ts";
import { countPhase, type OnProgress, type PhaseCounter } from "./progress.ts";
import { patiently } from "./patiently.ts";
import { scanPages, type StoredItem } from "./reading.ts";

/** One item that two stores do not have alike. */
export interface Difference {
  readonly table: string;
  /** By the table's key attributes. */
  readonly key: Readonly<Record<string, KeyValue>>;
  /** Seen from the second store: it lacks the item, has one more, or has it otherwise. */
  readonly kind: "missing" | "extra" | "different";
  /** Of `different`: which attributes, `version` among them. */
  readonly attributes?: readonly string[];
}

export interface TableComparison {
  readonly table: string;
  readonly from: { readonly items: number; readonly digest: string };
  readonly to: { readonly items: number; readonly digest: string };
  readonly differences: number;
}

export interface Comparison {
  readonly equal: boolean;
  readonly tables: readonly TableComparison[];
  /** The first of each table. */
  readonly differences: readonly Difference[];
}

export interface VerifyOptions {
  readonly from: Store;
  readonly to: Store;
  readonly tables: readonly AnyTable[];
  readonly hash: Hash;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
  /** How many differences of a table are listed; all are counted. Default 1,000. */
  readonly listed?: number;
}

/**
 * Holds two stores against each other, item by item, by counts and digests. What differs is looked at once more, by its
 * key, so that an item that was being written meanwhile is not called different.
 */
export async function verifyStores(options: VerifyOptions): Promise<Comparison> {
  const { tables, from, to } = options;
  const counts = await Promise.all(tables.flatMap((table) => [from.estimate(table), to.estimate(table)]));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const counter = countPhase("verifying", { tables: tables.length, total }, options.onProgress);
  const compared: TableComparison[] = [];
  const differences: Difference[] = [];
  for (const table of tables) {
    counter.begin(table.name);
    const { comparison, found } = await compareTable(options, table, counter);
    compared.push(comparison);
    differences.push(...found);
    counter.end();
  }
  return { equal: compared.every((table) => table.differences === 0), tables: compared, differences };
}

async function compareTable(
  options: VerifyOptions,
  table: AnyTable,
  counter: PhaseCounter,
): Promise<{ comparison: TableComparison; found: Difference[] }> {
  const { from, to, hash, signal, listed = 1000 } = options;
  const [left, right] = [digestsOf(table, hash), digestsOf(table, hash)];
  for await (const { items } of scanPages(from, table, { signal })) {
    items.forEach(left.set);
    counter.add(items.length);
  }
  const found: Difference[] = [];
  let differences = 0;
  const lookAgain = async (item: StoredItem): Promise<void> => {
    const difference = await compareItem(options, table, item);
    if (difference === undefined) return;
    differences++;
    if (found.length < listed) found.push(difference);
  };
  left.begin();
  for await (const { items } of scanPages(to, table, { signal })) {
    for (const item of items) {
      right.set(item);
      if (left.meet(item) !== "same") await lookAgain(item);
    }
    counter.add(items.length);
  }
  if (left.unmet(Date.now()) > 0) {
    for await (const item of unmetItems(from, left, signal)) await lookAgain(item);
  }
  const comparison = {
    table: table.name,
    from: { items: left.size, digest: left.sum() },
    to: { items: right.size, digest: right.sum() },
    differences,
  };
  return { comparison, found };
}

/** How the two stores differ in the item with this key, as they are now. */
async function compareItem(
  { from, to, signal }: VerifyOptions,
  table: AnyTable,
  item: StoredItem,
): Promise<Difference | undefined> {
  const key = keyTexts(table, item);
  const read = async (store: Store): Promise<StoredItem | undefined> => patiently(() => store.get(table, key), signal);
  const [left, right] = await Promise.all([read(from), read(to)]);
  if (left === undefined && right === undefined) return undefined;
  if (right === undefined) return { table: table.name, key, kind: "missing" };
  if (left === undefined) return { table: table.name, key, kind: "extra" };
  if (canonicalItem(table, left) === canonicalItem(table, right)) return undefined;
  return { table: table.name, key, kind: "different", attributes: differingAttributes(table, left, right) };
}

/** The items that were not met in this pass, found by going through the store that has them. */
async function* unmetItems(
  store: Store,
  digests: Digests,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredItem> {
  for await (const { items } of scanPages(store, digests.table, { signal })) {
    for (const item of items) {
      const slot = digests.find(item);
      if (slot !== undefined && !digests.isMet(slot)) yield item;
    }
  }
}

/**
 * The items that were not met, as missing, by the keys that the store has for them; one that it no longer has either is
 * missing without its key.
 */
export async function missingItems(
  store: Store,
  digests: Digests,
  { unmet, signal }: { readonly unmet: number; readonly signal: AbortSignal | undefined },
): Promise<Difference[]> {
  const { table } = digests;
  const missing: Difference[] = [];
  for await (const item of unmetItems(store, digests, signal)) {
    missing.push({ table: table.name, key: keyTexts(table, item), kind: "missing" });
  }
  while (missing.length < unmet) missing.push({ table: table.name, key: {}, kind: "missing" });
  return missing;
}

export function keyTexts(table: AnyTable, item: StoredItem): Record<string, KeyValue> {
  return Object.fromEntries(table.key.map((attribute) => [attribute, item[attribute] as KeyValue]));
}
