import { compareKeys } from "@aloft/core/tables/compare";
import type { KeyValue } from "@aloft/core/tables/define-table";
import type { SearchPlan } from "@aloft/core/tables/pages";
import { expiryOf } from "@aloft/core/tables/validate";
import { candidatesFrom, type Candidates } from "./dynamodb-search-candidates.ts";
import { tokensOf, type Candidate, type SearchLayout } from "./dynamodb-search-entries.ts";
import type { DynamoEngine } from "./dynamodb-engine.ts";
import { precedes } from "./dynamodb-search-lists.ts";
import type { SearchMemory, Snapshot } from "./dynamodb-search-memory.ts";
import type { SearchRows } from "./dynamodb-search-rows.ts";
import type { SegmentSettings } from "./dynamodb-search-segments.ts";
import { planTerms } from "./dynamodb-search-terms.ts";
import type { StoredItem } from "./dynamodb-values.ts";

export interface SearchParts {
  readonly engine: DynamoEngine;
  readonly layout: SearchLayout;
  readonly rows: SearchRows;
  readonly memory: SearchMemory;
  readonly settings: SegmentSettings;
}

/** For so long after a segment was written its rows are read consistently. */
const freshRowsMs = 10_000;
const maxFetched = 100;

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
  for (const candidate of parts.memory.tail.find(words, scopes)) {
    if (isAhead(candidate)) pool.set(candidate.id, candidate);
  }
  const indexed = indexedCandidates(parts, plan, snapshot, scopes);
  const passRate = indexed?.passRate ?? 1;
  const found: StoredItem[] = [];
  while (found.length < want) {
    const missing = want - found.length;
    const ready = [...pool.values()].filter((one) => indexed === undefined || indexed.candidates.reaches(one));
    if (indexed !== undefined && ready.length < missing && !indexed.candidates.done()) {
      await indexed.candidates.read();
      for (const candidate of indexed.candidates.take()) {
        const isKnown = pool.has(candidate.id) || parts.memory.tail.get(candidate.id) !== undefined;
        if (!isKnown && isAhead(candidate)) pool.set(candidate.id, candidate);
      }
      continue;
    }
    if (ready.length === 0) break;
    ready.sort((a, b) => (ascending ? compareKeys(a.sort, b.sort) : compareKeys(b.sort, a.sort)));
    const batch = ready.slice(0, Math.min(maxFetched, Math.ceil(missing / passRate)));
    for (const { id } of batch) pool.delete(id);
    found.push(...(await fetchMatching(parts, batch, words, scopes)));
  }
  return found.slice(0, want);
}

interface Indexed {
  readonly candidates: Candidates;
  readonly passRate: number;
}

/** What the index has to add to memory; undefined if nothing. */
function indexedCandidates(
  { layout, rows, memory, settings }: SearchParts,
  { words, position, ascending, limit }: SearchPlan,
  { state, floor }: Snapshot,
  scopes: ReadonlySet<KeyValue>,
): Indexed | undefined {
  if (floor === undefined || state.segments.length === 0) return undefined;
  const from = layout.inOrder ? position?.values[0] : undefined;
  if (ascending && from !== undefined && precedes(floor, from, true)) return undefined;
  const start = !layout.inOrder || ascending ? from : from === undefined || precedes(floor, from, false) ? from : floor;
  const terms = planTerms(memory.tail, { words, scopes, want: limit + 1 }, state, settings);
  const consistent = Date.now() - state.savedAt < freshRowsMs;
  const reading = { layout, rows, state, settings, ascending, start, consistent };
  return { candidates: candidatesFrom(reading, terms, [...scopes]), passRate: terms.passRate };
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
