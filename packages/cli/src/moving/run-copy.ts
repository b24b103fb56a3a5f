import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { journalFile, type JournalFile } from "@aloft/adapters/moving/journal-file";
import { sha256Words } from "@aloft/adapters/moving/hash";
import { copyStore, findItems, type CopyReport } from "@aloft/core/moving/copy";
import type { Store } from "@aloft/core/ports/store";
import { schemaVersion, tables } from "@aloft/core/tables";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";
import { interruptible } from "./interrupt.ts";
import { openExisting, openTarget } from "./open-place.ts";
import type { Place } from "./place.ts";
import { count, progressDisplay } from "./show-progress.ts";

export interface CopySettings {
  readonly from: Place;
  readonly to: Place;
  readonly journal: string | undefined;
  readonly hold: boolean;
  readonly freeze: boolean;
  readonly silent: boolean;
}

export type CopyOutcome =
  | { readonly interrupted: false; readonly report: CopyReport; readonly seconds: number; readonly resumed: boolean }
  | { readonly interrupted: true; readonly journal: string; readonly exitCode: number };

/** @throws {CliError} @throws {AloftError} what keeps it from beginning or ending, with what to do about it. */
export async function runCopy(io: Io, settings: CopySettings): Promise<CopyOutcome> {
  const { from, to } = settings;
  if (from.label === to.label) {
    throw new CliError("same_store", `${from.label} cannot be copied onto itself. Give another store with --to.`);
  }
  await using source = await openExisting(from);
  return await fillTarget(io, { ...settings, source, named: from.label });
}

export interface FillSettings extends Omit<CopySettings, "from"> {
  readonly source: Store;
  /** What the source is to a journal. */
  readonly named: string;
}

/** Copies a source that is open into a target, resuming by the journal. */
export async function fillTarget(io: Io, settings: FillSettings): Promise<CopyOutcome> {
  const { source, named, to, silent } = settings;
  const path = resolve(settings.journal ?? defaultJournal(named, to.label));
  const journal = journalFile(path, { from: named, to: to.label, schemaVersion });
  await using target = await openTarget(to);
  if (journal.state === undefined) await requireEmpty(target.store, to);
  const resumed = journal.state !== undefined;
  if (!silent) io.err.write(`${resumed ? "Going on by" : "Keeping"} the journal ${path}\n`);
  using interrupt = interruptible();
  const display = progressDisplay(io, { silent });
  const started = performance.now();
  try {
    const report = await copyStore({
      from: source,
      to: target.store,
      tables,
      hash: sha256Words,
      journal,
      freeze: settings.freeze,
      onProgress: display.show,
      signal: interrupt.signal,
      hold: settings.hold ? () => holdUntil(io, interrupt.signal, silent) : undefined,
    });
    return settle(journal, { report, seconds: (performance.now() - started) / 1000, resumed });
  } catch (error) {
    display.end();
    if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error;
    return { interrupted: true, journal: path, exitCode: interrupt.exitCode() };
  }
}

/** A copy whose target is not equal stays resumable. */
function settle(
  journal: JournalFile,
  done: { readonly report: CopyReport; readonly seconds: number; readonly resumed: boolean },
): CopyOutcome {
  if (done.report.differences.length === 0) journal.remove();
  return { interrupted: false, ...done };
}

function defaultJournal(from: string, to: string): string {
  const name = createHash("sha256").update(`${from}\n${to}`).digest("hex").slice(0, 10);
  return `aloft-copy-${name}.json`;
}

/** @throws {CliError} `target_not_empty`, with what is there. */
async function requireEmpty(store: Store, { label }: Place): Promise<void> {
  const found = await findItems(store, tables);
  if (found.length === 0) return;
  const list = found.map(({ table, items }) => `${table} ${count(items)}`).join(", ");
  throw new CliError(
    "target_not_empty",
    `${label} is not empty: about ${list}. Nothing was changed. Give an empty store, such as a new folder, database or ` +
      "table prefix. If an earlier copy was cut off, go on with it by its journal: --journal <file>.",
  );
}

async function holdUntil(io: Io, signal: AbortSignal, silent: boolean): Promise<void> {
  if (!silent) {
    io.err.write(
      "The target is equal to the source, which takes no writes as long as this runs. Start the servers on the target, " +
        "stop those on the source, then press Ctrl-C.\n",
    );
  }
  if (signal.aborted) return;
  // Nothing else may be left that keeps the process alive while it waits.
  const alive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  clearInterval(alive);
}
