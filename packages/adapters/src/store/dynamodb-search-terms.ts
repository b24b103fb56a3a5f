import type { KeyValue } from "@aloft/core/tables/define-table";
import { scopeTerm } from "./dynamodb-search-entries.ts";
import type { SegmentSettings } from "./dynamodb-search-segments.ts";
import type { SearchState } from "./dynamodb-search-state.ts";
import type { Tail } from "./dynamodb-search-tail.ts";

/** Which lists to read, and how far. */
export interface TermPlan {
  /** An item has to be in one list of each group. */
  readonly groups: readonly TermGroup[];
  /** How many of the table's items, in the order of the search, are likely to hold a page. */
  readonly items: number;
  /** What part of the items that are in the lists is likely to have all of the words. */
  readonly passRate: number;
}

export interface TermGroup {
  readonly terms: readonly string[];
  /** What part of the table's items have one of the terms. */
  readonly share: number;
}

export interface TermQuestion {
  readonly words: readonly string[];
  readonly scopes: ReadonlySet<KeyValue>;
  /** How many items are sought. */
  readonly want: number;
}

/** What DynamoDB bills a unit for, eventually consistent. */
const bytesPerUnit = 8192;
const itemUnits = 0.5;
const requestUnits = 0.5;
const postingBytes = 7;
const sharedRowBytes = 700;
/** More scopes than these take too many requests to be lists of their own. */
const maxScopeLists = 2;
const maxWordsWeighed = 5;

/** The lists that are cheapest to read, going by how often the words are in what was written last. */
export function planTerms(
  tail: Tail,
  { words, scopes, want }: TermQuestion,
  { common, segments }: SearchState,
  settings: SegmentSettings,
): TermPlan {
  const total = segments.reduce((sum, { items }) => sum + items, 0);
  const shareOf = (count: number): number => (count + 0.3) / (tail.size() + 1);
  const within = (some: readonly string[]): number => shareOf(some.length === 0 ? 0 : tail.find(some, scopes).length);
  const all = within(words);
  const items = Math.min(total, Math.ceil(want / all));
  const groups = groupsOf(tail, words, scopes, shareOf);
  const costOf = (chosen: readonly WeighedGroup[]): number => {
    const reading = chosen.reduce((sum, { terms, share }) => {
      const bytes = terms.every((term) => common.has(term))
        ? items * share * postingBytes
        : (items / settings.segmentItems) * sharedRowBytes * terms.length;
      return sum + Math.max(requestUnits * terms.length, bytes / bytesPerUnit);
    }, 0);
    return reading + itemUnits * items * candidateShare(chosen, within);
  };
  const [best = []] = combinationsOf(groups).sort((a, b) => costOf(a) - costOf(b));
  return { groups: best, items, passRate: Math.min(1, Math.max(0.2, all / candidateShare(best, within))) };
}

interface WeighedGroup extends TermGroup {
  /** The word; undefined for the group of the scopes. */
  readonly word: string | undefined;
}

function groupsOf(
  tail: Tail,
  words: readonly string[],
  scopes: ReadonlySet<KeyValue>,
  shareOf: (count: number) => number,
): WeighedGroup[] {
  const byWord = words
    .map((word) => ({ word, terms: [word], share: shareOf(tail.count([word])) }))
    .sort((a, b) => a.share - b.share)
    .slice(0, maxWordsWeighed);
  if (scopes.size > maxScopeLists) return byWord;
  const terms = [...new Set([...scopes].map(scopeTerm))];
  const share = terms.reduce((sum, term) => sum + shareOf(tail.count([term])), 0);
  return [...byWord, { word: undefined, terms, share }];
}

/** One list or two. */
function combinationsOf(groups: readonly WeighedGroup[]): WeighedGroup[][] {
  const pairs = groups.flatMap((a, i) => groups.slice(i + 1).map((b) => [a, b]));
  return [...groups.map((group) => [group]), ...pairs].filter(
    (chosen) => chosen.reduce((sum, { terms }) => sum + terms.length, 0) <= 2,
  );
}

/** What part of all items is in all of the lists, and in scope. */
function candidateShare(chosen: readonly WeighedGroup[], within: (words: readonly string[]) => number): number {
  const words = chosen.flatMap(({ word }) => word ?? []);
  if (words.length > 0) return within(words);
  return chosen.reduce((least, { share }) => Math.min(least, share), 1);
}
