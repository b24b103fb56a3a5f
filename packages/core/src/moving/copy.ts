import { AloftError, ConflictError } from "../errors.ts";
import type { Store } from "../ports/store.ts";
import type { AnyTable } from "../tables/define-table.ts";
import { catchUp, checkTarget, readBack } from "./catch-up.ts";
import { digestsOf, type Digests, type Hash } from "./digests.ts";
import type { CopyState, Journal } from "./journal.ts";
import { loadTable } from "./load-table.ts";
import { patiently } from "./patiently.ts";
import { countPhase, type OnProgress } from "./progress.ts";
import type { Difference } from "./verify.ts";

export interface CopyOptions {
  readonly from: Store;
  /** Empty, but for what an earlier run of this copy has written. */
  readonly to: Store;
  readonly tables: readonly AnyTable[];
  readonly hash: Hash;
  readonly journal: Journal;
  /** Whether to hold back the source's writers for the last pass. Otherwise a pass must find nothing changed. */
  readonly freeze: boolean;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
  readonly now?: () => Date;
  /**
   * Keeps the source frozen once the target is found equal to it, until what this gives is settled: for switching over
   * to the target without losing a write.
   */
  readonly hold?: ((report: CopyReport) => Promise<void>) | undefined;
}

export interface TableReport {
  readonly table: string;
  readonly items: number;
  /** All its items' digests added up. */
  readonly digest: string;
}

export interface CopyReport {
  readonly tables: readonly TableReport[];
  readonly items: number;
  /** Items that were copied, changed or removed again because the source was written meanwhile. */
  readonly caughtUp: number;
  /** How long the source's writers were held back; undefined if they were not. */
  readonly frozenMs: number | undefined;
  /** Whether all of the target can be searched already; if not, its servers see to it by and by. */
  readonly searchUpToDate: boolean;
  /** What the target holds otherwise than the source did at the last pass: empty unless the copy failed. */
  readonly differences: readonly Difference[];
}

/** A pass that finds no more than this is followed by the last one. */
const fewChanges = 200;
const maxPasses = 8;
const maxMissed = 5;

/**
 * Copies every live item, as it is, while the source is written: all of it page by page, then what has changed until a
 * pass finds little, then once more while writers are held back. Then the target is read back and held against what the
 * source had at that moment.
 * @throws {ConflictError} without a freeze, the source was written all along.
 * @throws {ThrottledError} the source could not be frozen.
 * @throws {UnavailableError} the freeze was lost, or an engine. What was copied stays, and the same copy goes on.
 */
export async function copyStore(options: CopyOptions): Promise<CopyReport> {
  let known = await loadAll(options);
  const caughtUp = await approach(options, known);
  await bringSearchUpToDate(options);
  let report = await finish(options, known, caughtUp);
  if (report.differences.length > 0) {
    // An item that yielded its unique value to another while the source was written may have been counted as there.
    known = await readBack(options);
    report = await finish(options, known, report.caughtUp);
  }
  return report;
}

/** Loads what was not loaded yet, and gives what the target holds then. */
async function loadAll(options: CopyOptions): Promise<Digests[]> {
  const { from, to, tables, hash, journal, signal } = options;
  let state: CopyState = journal.state ?? { loaded: {} };
  journal.save(state);
  const total = await estimate(from, tables);
  const items = Object.values(state.loaded).reduce((sum, { items }) => sum + items, 0);
  const counter = countPhase("loading", { tables: tables.length, total, items }, options.onProgress);
  const known = tables.map((table) => digestsOf(table, hash));
  for (const digests of known) {
    const { table } = digests;
    counter.begin(table.name);
    await loadTable({
      from,
      to,
      table,
      progress: state.loaded[table.name],
      signal,
      onLoaded: (progress, loaded) => {
        state = { loaded: { ...state.loaded, [table.name]: progress } };
        journal.save(state);
        loaded.forEach(digests.set);
        counter.add(loaded.length);
      },
    });
    counter.end();
  }
  // What an earlier run has written is not known until it is read.
  return journal.state === undefined ? known : readBack(options);
}

/** Copies what has changed, until a pass finds little. */
async function approach(options: CopyOptions, known: readonly Digests[]): Promise<number> {
  let changes = 0;
  for (let pass = 1; pass <= maxPasses; pass++) {
    const found = await catchUp({ ...options, known, phase: "catching-up" });
    changes += found;
    if (found <= fewChanges) break;
  }
  return changes;
}

/** Whether it is: if the engine stays too busy for it, the servers of the target go on by themselves. */
async function bringSearchUpToDate({ to, tables, onProgress, signal }: CopyOptions): Promise<boolean> {
  countPhase("search", { tables: tables.length, total: undefined }, onProgress);
  try {
    await patiently(() => to.maintain(), signal);
    return true;
  } catch (error) {
    if (error instanceof AloftError && error.retryable) return false;
    throw error;
  }
}

/** The last pass, and what the target holds then. */
async function finish(options: CopyOptions, known: readonly Digests[], caughtUp: number): Promise<CopyReport> {
  const check = async (changes: number, frozenMs: number | undefined): Promise<CopyReport> => {
    const searchUpToDate = await bringSearchUpToDate(options);
    const differences = await checkTarget({ ...options, known });
    return { ...reportOn(known), caughtUp: caughtUp + changes, frozenMs, searchUpToDate, differences };
  };
  if (!options.freeze) return check(await untilStill(options, known), undefined);
  const freeze = await options.from.freeze();
  const started = performance.now();
  let changes: number;
  let frozenMs: number;
  try {
    changes = await catchUp({ ...options, known, phase: "frozen" });
    frozenMs = Math.round(performance.now() - started);
    if (options.hold !== undefined) {
      const report = await check(changes, frozenMs);
      if (report.differences.length === 0) await options.hold(report);
      return report;
    }
  } finally {
    await freeze.release();
  }
  return check(changes, frozenMs);
}

function reportOn(known: readonly Digests[]): Pick<CopyReport, "tables" | "items"> {
  const tables = known.map((digests) => ({ table: digests.table.name, items: digests.size, digest: digests.sum() }));
  return { tables, items: known.reduce((sum, { size }) => sum + size, 0) };
}

/** Passes until one finds nothing changed. Gives how much the others found. */
async function untilStill(options: CopyOptions, known: readonly Digests[]): Promise<number> {
  let changes = 0;
  for (let pass = 1; pass <= maxMissed; pass++) {
    const found = await catchUp({ ...options, known, phase: "catching-up" });
    changes += found;
    if (found === 0) return changes;
  }
  throw new ConflictError(
    "The source is being written, so the copy cannot end without a freeze. Stop what writes to it, or let it be frozen. " +
      "What was copied stays, and the same copy goes on from there.",
    { reason: "state", table: "" },
  );
}

/** What is in a store, by table, where there is anything: about how many items. */
export async function findItems(
  store: Store,
  tables: readonly AnyTable[],
): Promise<readonly { readonly table: string; readonly items: number }[]> {
  const found = await Promise.all(
    tables.map(async (table) => {
      const { items } = await store.scan(table, { limit: 1 });
      return items.length === 0 ? [] : [{ table: table.name, items: Math.max(1, await store.estimate(table)) }];
    }),
  );
  return found.flat();
}

async function estimate(store: Store, tables: readonly AnyTable[]): Promise<number> {
  const counts = await Promise.all(tables.map((table) => store.estimate(table)));
  return counts.reduce((sum, count) => sum + count, 0);
}
