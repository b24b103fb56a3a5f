import { setTimeout as delay } from "node:timers/promises";
import { AloftError, ConflictError, ThrottledError, UnavailableError } from "@aloft/core/errors";
import { op, type Store } from "@aloft/core/ports/store";
import { defineTable } from "@aloft/core/tables/define-table";
import { z } from "zod";

export const notes = defineTable("notes", {
  item: z.object({ writer: z.string(), number: z.number().int() }),
  key: ["writer", "number"],
});
export const counters = defineTable("counters", {
  item: z.object({ id: z.string(), count: z.number().int() }),
  key: ["id"],
});
/** Each has one writer, so nobody else can make its condition fail. */
export const registers = defineTable("registers", {
  item: z.object({ id: z.string(), value: z.number().int() }),
  key: ["id"],
});
export const accounts = defineTable("accounts", {
  item: z.object({ id: z.string(), balance: z.number().int() }),
  key: ["id"],
});
export const transfers = defineTable("transfers", {
  item: z.object({ book: z.string(), id: z.string(), from: z.string(), to: z.string() }),
  key: ["book", "id"],
});
export const faultTables = [notes, counters, registers, accounts, transfers] as const;

const book = "b";
const counterIds = ["c0", "c1", "c2"];
const accountIds = ["a0", "a1", "a2", "a3"];

interface Tally {
  readonly acknowledged: Set<string>;
  readonly inDoubt: Set<string>;
}

/** What writers were told, to be held against what is stored. */
export interface LoadReport {
  readonly notes: Tally;
  readonly transfers: Tally;
  readonly counters: Record<string, { acknowledged: number; inDoubt: number }>;
  /** By id: what it may be now. */
  readonly registers: Map<string, { least: number; most: number }>;
  /** Answers that cannot be right, and errors that are not the port's. */
  readonly wrong: string[];
  readonly errors: Record<string, number>;
  slowestMs: number;
  writes: number;
}

export interface Load {
  readonly report: LoadReport;
  /** Ends the writers, each after what it does now. */
  stop(): Promise<void>;
}

export async function prepareLoad(store: Store, writers: number): Promise<void> {
  for (const id of counterIds) await store.create(counters, { id, count: 0 });
  for (const id of accountIds) await store.create(accounts, { id, balance: 0 });
  for (let i = 0; i < writers; i++) await store.create(registers, { id: `r${i}`, value: 0 });
}

/** As many writers of each kind, until they are stopped. */
export function startLoad(store: Store, writers: number, random: () => number): Load {
  const report = emptyReport();
  const stopping = new AbortController();
  const attempt = async (write: () => Promise<unknown>): Promise<"done" | "in doubt" | ConflictError> => {
    const started = performance.now();
    try {
      await write();
      report.writes++;
      return "done";
    } catch (error) {
      return judge(report, error);
    } finally {
      report.slowestMs = Math.max(report.slowestMs, performance.now() - started);
    }
  };
  const loop = async (one: (round: number) => Promise<boolean>): Promise<void> => {
    for (let round = 1; !stopping.signal.aborted; round++) if (!(await one(round))) await delay(10 + 40 * random());
  };
  const kinds = [noteWriter, counterWriter, registerWriter, transferWriter];
  const running = kinds.flatMap((kind) =>
    Array.from({ length: writers }, (_, i) => loop(kind({ store, report, attempt, random, number: i }))),
  );
  return {
    report,
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

interface WriterOptions {
  readonly store: Store;
  readonly report: LoadReport;
  readonly attempt: (write: () => Promise<unknown>) => Promise<"done" | "in doubt" | ConflictError>;
  readonly random: () => number;
  readonly number: number;
}
/** @returns whether to go on at once. */
type Writer = (round: number) => Promise<boolean>;

function noteWriter({ store, report, attempt, number }: WriterOptions): Writer {
  const writer = `w${number}`;
  let next = 1;
  let doubted = false;
  return async () => {
    const id = `${writer}/${next}`;
    const answer = await attempt(() => store.create(notes, { writer, number: next }));
    if (answer === "in doubt") {
      report.notes.inDoubt.add(id);
      doubted = true;
      return false;
    }
    // What was in doubt may be there; what nobody has tried cannot.
    if (answer !== "done" && !doubted) report.wrong.push(`create of ${id}: ${answer.reason}`);
    if (answer === "done") report.notes.acknowledged.add(id);
    next++;
    doubted = false;
    return true;
  };
}

function counterWriter({ store, report, attempt, random }: WriterOptions): Writer {
  return async () => {
    const id = pick(counterIds, random);
    const counter = (report.counters[id] ??= { acknowledged: 0, inDoubt: 0 });
    const answer = await attempt(() => store.update(counters, { id }, { add: { count: 1 } }));
    if (answer === "done") counter.acknowledged++;
    else if (answer === "in doubt") counter.inDoubt++;
    else if (answer.reason !== "contention") report.wrong.push(`add to ${id}: ${answer.reason}`);
    return answer === "done";
  };
}

function registerWriter({ store, report, attempt, number }: WriterOptions): Writer {
  const id = `r${number}`;
  const state = { least: 0, most: 0 };
  let unsure = false;
  report.registers.set(id, state);
  return async () => {
    if (unsure && !(await lookUp(store, id, state, report))) return false;
    unsure = false;
    const value = state.least;
    const answer = await attempt(() =>
      store.update(registers, { id }, { set: { value: value + 1 } }, { if: { value } }),
    );
    // From here on what was in doubt before cannot happen any more: its condition fails.
    if (answer === "done") state.least = state.most = value + 1;
    else if (answer === "in doubt") state.most = value + 1;
    else if (answer.reason !== "contention" && state.most === value) {
      report.wrong.push(`${id} from ${value}: ${answer.reason}`);
    }
    unsure = answer !== "done";
    return answer === "done";
  };
}

/** After a write in doubt: how far it is for sure. The server may yet do what it was sent over a connection that is gone. */
async function lookUp(
  store: Store,
  id: string,
  state: { least: number; most: number },
  report: LoadReport,
): Promise<boolean> {
  try {
    const value = (await store.get(registers, { id }))?.value ?? Number.NaN;
    if (value >= state.least && value <= state.most) state.least = value;
    else report.wrong.push(`${id} is ${value}, not ${state.least} to ${state.most}`);
    return true;
  } catch (error) {
    judge(report, error);
    return false;
  }
}

function transferWriter({ store, report, attempt, random, number }: WriterOptions): Writer {
  return async (round) => {
    const id = `t${number}-${round}`;
    const from = pick(accountIds, random);
    const to = pick(
      accountIds.filter((other) => other !== from),
      random,
    );
    const answer = await attempt(() =>
      store.transact([
        op.update(accounts, { id: from }, { add: { balance: -1 } }),
        op.update(accounts, { id: to }, { add: { balance: 1 } }),
        op.create(transfers, { book, id, from, to }),
      ]),
    );
    if (answer === "done") report.transfers.acknowledged.add(id);
    else if (answer === "in doubt") report.transfers.inDoubt.add(id);
    else if (answer.reason !== "contention") report.wrong.push(`transfer ${id}: ${answer.reason}`);
    return answer === "done";
  };
}

/** What an error says about the write. */
function judge(report: LoadReport, error: unknown): "in doubt" | ConflictError {
  const name = error instanceof Error ? error.name : typeof error;
  report.errors[name] = (report.errors[name] ?? 0) + 1;
  if (error instanceof ConflictError) return error;
  const typed = error instanceof UnavailableError || error instanceof ThrottledError;
  if (!typed) {
    const code = error instanceof AloftError ? error.code : "";
    report.wrong.push(`${name} ${code}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return "in doubt";
}

function emptyReport(): LoadReport {
  const tally = (): Tally => ({ acknowledged: new Set(), inDoubt: new Set() });
  return {
    notes: tally(),
    transfers: tally(),
    counters: {},
    registers: new Map(),
    wrong: [],
    errors: {},
    slowestMs: 0,
    writes: 0,
  };
}

function pick<T>(of: readonly T[], random: () => number): T {
  const one = of[Math.floor(random() * of.length)];
  if (one === undefined) throw new Error("nothing to pick from");
  return one;
}

/** What is stored, compared with what writers were told. Everything empty: it is as it must be. */
export interface Verdict {
  readonly lost: readonly string[];
  readonly neverWritten: readonly string[];
  readonly doubled: readonly string[];
  readonly halves: readonly string[];
}

/** Reads everything. To be asked through a store of its own, past whatever disturbs the one under load. */
export async function judgeLoad(store: Store, report: LoadReport): Promise<Verdict> {
  const noteKeys = await allOf(store, report.notes);
  const moved = await allTransfers(store);
  const verdict = {
    lost: [] as string[],
    neverWritten: [] as string[],
    doubled: [] as string[],
    halves: [] as string[],
  };
  compare(noteKeys, report.notes, verdict);
  compare(new Set(moved.map(({ id }) => id)), report.transfers, verdict);
  for (const [id, { acknowledged, inDoubt }] of Object.entries(report.counters)) {
    const count = (await store.get(counters, { id }))?.count ?? Number.NaN;
    if (!(count >= acknowledged)) verdict.lost.push(`${id} is ${count} of ${acknowledged}`);
    if (count > acknowledged + inDoubt) verdict.doubled.push(`${id} is ${count}, at most ${acknowledged + inDoubt}`);
  }
  for (const [id, { least, most }] of report.registers) {
    const value = (await store.get(registers, { id }))?.value ?? Number.NaN;
    if (!(value >= least)) verdict.lost.push(`${id} is ${value} of ${least}`);
    if (value > most) verdict.doubled.push(`${id} is ${value}, at most ${most}`);
  }
  for (const id of accountIds) {
    const balance = (await store.get(accounts, { id }))?.balance ?? Number.NaN;
    const sum = moved.reduce((total, { from, to }) => total + Number(to === id) - Number(from === id), 0);
    if (balance !== sum) verdict.halves.push(`${id} has ${balance}, its transfers say ${sum}`);
  }
  return verdict;
}

function compare(
  found: ReadonlySet<string>,
  { acknowledged, inDoubt }: Tally,
  verdict: { lost: string[]; neverWritten: string[] },
) {
  for (const id of acknowledged) if (!found.has(id)) verdict.lost.push(id);
  for (const id of found) if (!acknowledged.has(id) && !inDoubt.has(id)) verdict.neverWritten.push(id);
}

async function allOf(store: Store, { acknowledged, inDoubt }: Tally): Promise<ReadonlySet<string>> {
  const writers = new Set([...acknowledged, ...inDoubt].map((id) => id.split("/")[0] ?? ""));
  const found = new Set<string>();
  for (const writer of writers) {
    let cursor: string | undefined;
    do {
      const page = await store.query(notes, { where: { writer }, limit: 1000, cursor });
      for (const { number } of page.items) found.add(`${writer}/${number}`);
      cursor = page.next;
    } while (cursor !== undefined);
  }
  return found;
}

async function allTransfers(store: Store): Promise<{ id: string; from: string; to: string }[]> {
  const found: { id: string; from: string; to: string }[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query(transfers, { where: { book }, limit: 1000, cursor });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}
