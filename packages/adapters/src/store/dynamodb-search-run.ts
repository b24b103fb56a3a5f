import { compareKeys } from "@aloft/core/tables/compare";
import type { KeyValue } from "@aloft/core/tables/define-table";
import type { SearchPlan } from "@aloft/core/tables/pages";
import { expiryOf } from "@aloft/core/tables/validate";
import { candidatesFrom, segmentsFrom, type Candidates } from "./dynamodb-search-candidates.ts";
import { tokensOf, type Candidate, type SearchLayout } from "./dynamodb-search-entries.ts";
import type { DocTables } from "./dynamodb-search-docs.ts";
import type { DynamoEngine } from "./dynamodb-engine.ts";
import { precedes } from "./dynamodb-search-lists.ts";
import type { SearchMemory, Snapshot } from "./dynamodb-search-memory.ts";
import type { SearchRows } from "./dynamodb-search-rows.ts";
import type { SegmentSettings } from "./dynamodb-search-segments.ts";
import type { StoredItem } from "./dynamodb-values.ts";

export interface SearchParts {
  readonly engine: DynamoEngine;
  readonly layout: SearchLayout;
  readonly rows: SearchRows;
  readonly docs: DocTables;
  readonly memory: SearchMemory;
  readonly settings: SegmentSettings;
}

/** For so long after a segment was written its rows are read consistently. */
const freshRowsMs = 10_000;
const maxFetched = 100;
/** Of more words, the others are looked for in the items that are fetched. */
const maxLists = 2;
/** So many are read at once, as less would hardly cost less. */
const fewSegments = 4;

/** The items that are found, from the search's start in its direction, one more than its limit if there are as many. */
export async function runSearch(parts: SearchParts, plan: SearchPlan): Promise<StoredItem[]> {
  const { words, position, ascending } = plan;
  const scopes = new Set(plan.scopes);
  if (words.length === 0 || scopes.size === 0) return [];
  const snapshot = await parts.memory.current();
  const isAhead = ({ sort }: Candidate): boolean => {
    if (position === undefined) return true;
    const order = compareKeys(sort, position.values);
    return order === 0 ? position.inclusive : order > 0 === ascending;
  };
  const want = plan.limit + 1;
  const pool = new Map<string, Candidate>();
  const met = new Set<string>();
  const meet = (candidate: Candidate): void => {
    if (isAhead(candidate) && !met.has(candidate.id)) pool.set(candidate.id, candidate);
    met.add(candidate.id);
  };
  for (const candidate of parts.memory.tail.find(words, scopes)) meet(candidate);
  const indexed = indexedCandidates(parts, plan, snapshot, Math.max(1, want - pool.size));
  const found: StoredItem[] = [];
  while (found.length < want) {
    const missing = want - found.length;
    const ready = [...pool.values()].filter((one) => indexed === undefined || indexed.reaches(one));
    if (indexed !== undefined && ready.length < missing && !indexed.done()) {
      for (const candidate of await indexed.read()) {
        // What memory knows of an item is newer than what a segment says.
        if (parts.memory.tail.get(candidate.id) === undefined) meet(candidate);
      }
      continue;
    }
    if (ready.length === 0) break;
    ready.sort((a, b) => (ascending ? compareKeys(a.sort, b.sort) : compareKeys(b.sort, a.sort)));
    const batch = ready.slice(0, Math.min(maxFetched, missing));
    for (const { id } of batch) pool.delete(id);
    found.push(...(await fetchMatching(parts, batch, words, scopes)));
  }
  return found.slice(0, want);
}

/** What the index has to add to memory; undefined if nothing. */
function indexedCandidates(
  { layout, rows, docs, memory, settings }: SearchParts,
  { words, scopes, position, ascending }: SearchPlan,
  { state, floor }: Snapshot,
  want: number,
): Candidates | undefined {
  if (floor === undefined || state.segments.length === 0) return undefined;
  const from = layout.inOrder ? position?.values[0] : undefined;
  if (ascending && from !== undefined && precedes(floor, from, true)) return undefined;
  const known = !layout.inOrder || ascending ? undefined : floor;
  const start = known !== undefined && (from === undefined || precedes(from, known, false)) ? known : from;
  const segments = segmentsFrom(state, start, ascending);
  if (segments === undefined) return undefined;
  const consistent = Date.now() - state.savedAt < freshRowsMs;
  const reading = { layout, rows, docs, state, settings, ascending, segments, consistent };
  const { tail } = memory;
  const rarest = words
    .map((word) => [word, tail.count([word])] as const)
    .sort(([, a], [, b]) => a - b)
    .slice(0, maxLists)
    .map(([word]) => word);
  const matching = tail.find(words, new Set(scopes)).length;
  const items = segmentItemsFor(want, matching, tail.size());
  const likely = Math.max(fewSegments, Math.ceil(items / settings.segmentItems) + 1);
  return candidatesFrom(reading, { words: rarest, scopes, segments: likely, known });
}

/** How many items hold as many matches as are sought, going by the tail; rather too many than too few. */
function segmentItemsFor(want: number, matching: number, among: number): number {
  const atLeast = Math.max(0.3, matching - Math.sqrt(matching)) / (among + 1);
  return (want + Math.sqrt(want)) / atLeast;
}

/** Of the candidates, in their order, the items that are what is sought, as they are now. */
async function fetchMatching(
  { engine, layout, memory }: SearchParts,
  candidates: readonly Candidate[],
  words: readonly string[],
  scopes: ReadonlySet<KeyValue>,
): Promise<StoredItem[]> {
  const { table } = layout;
  const there = candidates.filter(({ id }) => {
    const write = memory.lately(id);
    return write === undefined || "item" in write;
  });
  if (there.length === 0) return [];
  const keys = there.map(({ key }) => key);
  const items = await engine.getRows(table, keys, { consistent: false });
  return there.flatMap((candidate, i) => {
    const item = newer(items[i], latelyWritten(memory, candidate.id));
    if (item === undefined || !scopes.has(item[layout.scope] as KeyValue)) return [];
    if ((expiryOf(table, item) ?? Infinity) <= engine.clock()) return [];
    const sort = layout.sort.map((name) => item[name] as KeyValue);
    if (compareKeys(sort, candidate.sort) !== 0) return [];
    const tokens = new Set(tokensOf(layout, item));
    return words.every((word) => tokens.has(word)) ? item : [];
  });
}

function latelyWritten(memory: SearchMemory, id: string): StoredItem | undefined {
  const write = memory.lately(id);
  return write !== undefined && "item" in write ? write.item : undefined;
}

function newer(read: StoredItem | undefined, wrote: StoredItem | undefined): StoredItem | undefined {
  if (read === undefined || wrote === undefined) return read ?? wrote;
  return wrote.version > read.version ? wrote : read;
}
