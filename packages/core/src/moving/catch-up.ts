import type { Store } from "../ports/store.ts";
import type { AnyTable } from "../tables/define-table.ts";
import { digestsOf, type Digests, type Hash } from "./digests.ts";
import { load } from "./load-table.ts";
import { countPhase, type OnProgress, type Phase } from "./progress.ts";
import { patiently } from "./patiently.ts";
import { scanPages } from "./reading.ts";
import { keyTexts, missingItems, type Difference } from "./verify.ts";

interface Moving {
  readonly from: Store;
  readonly to: Store;
  readonly tables: readonly AnyTable[];
  readonly hash: Hash;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
  readonly now?: () => Date;
}

interface Known extends Moving {
  /** What the target holds. */
  readonly known: readonly Digests[];
}

/** What the target holds, read from it. */
export async function readBack({ to, tables, hash, onProgress, signal }: Moving): Promise<Digests[]> {
  const counter = countPhase("reading-back", { tables: tables.length, total: undefined }, onProgress);
  const known = tables.map((table) => digestsOf(table, hash));
  for (const digests of known) {
    counter.begin(digests.table.name);
    for await (const { items } of scanPages(to, digests.table, { signal })) {
      items.forEach(digests.set);
      counter.add(items.length);
    }
    counter.end();
  }
  return known;
}

/**
 * One pass over the source: what the target does not have, or has otherwise, is copied; what the source no longer has is
 * removed. Gives how many items that was.
 */
export async function catchUp(options: Known & { readonly phase: Phase }): Promise<number> {
  const { known, phase, onProgress } = options;
  const total = known.reduce((sum, { size }) => sum + size, 0);
  const counter = countPhase(phase, { tables: known.length, total }, onProgress);
  let changes = 0;
  for (const digests of known) {
    counter.begin(digests.table.name);
    changes += await copyChanges(options, digests, counter.add);
    changes += await removeVanished(options, digests);
    counter.end();
  }
  return changes;
}

async function copyChanges(
  { from, to, signal }: Moving,
  digests: Digests,
  onRead: (items: number) => void,
): Promise<number> {
  const { table } = digests;
  let changes = 0;
  digests.begin();
  for await (const { items } of scanPages(from, table, { signal })) {
    const changed = items.filter((item) => digests.meet(item) !== "same");
    await load(to, table, { items: changed, signal });
    changed.forEach(digests.set);
    changes += changed.length;
    onRead(items.length);
  }
  return changes;
}

/** The digests do not hold keys: those of vanished items are found by going through the target. */
async function removeVanished({ to, signal, now }: Moving, digests: Digests): Promise<number> {
  if (digests.unmet((now?.() ?? new Date()).getTime()) === 0) return 0;
  const { table } = digests;
  let removed = 0;
  for await (const { items } of scanPages(to, table, { signal })) {
    const vanished = items.filter((item) => {
      const slot = digests.find(item);
      return slot !== undefined && !digests.isMet(slot);
    });
    for (const item of vanished) {
      await patiently(() => to.delete(table, keyTexts(table, item)), signal);
      digests.remove(item);
      removed++;
    }
  }
  return removed;
}

/** Holds the target against what it is known to have been given. */
export async function checkTarget(options: Known): Promise<Difference[]> {
  const { to, known, onProgress, signal } = options;
  const total = known.reduce((sum, { size }) => sum + size, 0);
  const counter = countPhase("verifying", { tables: known.length, total }, onProgress);
  const differences: Difference[] = [];
  for (const digests of known) {
    const { table } = digests;
    counter.begin(table.name);
    digests.begin();
    for await (const { items } of scanPages(to, table, { signal })) {
      for (const item of items) {
        const found = digests.meet(item);
        if (found === "absent") differences.push({ table: table.name, key: keyTexts(table, item), kind: "extra" });
        if (found === "different")
          differences.push({ table: table.name, key: keyTexts(table, item), kind: "different" });
      }
      counter.add(items.length);
    }
    const unmet = digests.unmet((options.now?.() ?? new Date()).getTime());
    if (unmet > 0) differences.push(...(await missingItems(options.from, digests, { unmet, signal })));
    counter.end();
  }
  return differences;
}
