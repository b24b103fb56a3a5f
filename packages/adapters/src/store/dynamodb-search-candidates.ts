import type { KeyValue } from "@aloft/core/tables/define-table";
import type { Posting } from "./dynamodb-search-codec.ts";
import { candidatesOf, scopesByHash, type Candidate } from "./dynamodb-search-entries.ts";
import { precedes, termList, type IndexReading, type TermList } from "./dynamodb-search-lists.ts";
import type { TermPlan } from "./dynamodb-search-terms.ts";

/** What the index knows of a search, read on as far as it is needed. */
export interface Candidates {
  /** Reads on. */
  readonly read: () => Promise<void>;
  /** All that were found and not told yet. */
  readonly take: () => Candidate[];
  /** Whether everything that comes before the candidate, in the direction of the search, was found. */
  readonly reaches: (candidate: Candidate) => boolean;
  readonly done: () => boolean;
}

export function candidatesFrom(
  reading: IndexReading,
  { groups, items }: TermPlan,
  scopes: readonly KeyValue[],
): Candidates {
  const lists = groups.map(({ terms, share }) => terms.map((term) => termList(reading, term, share)));
  const all = lists.flat();
  const byHash = scopesByHash(scopes);
  const { layout, ascending } = reading;
  const told = new Set<string>();
  let further = items;
  let depth: KeyValue | undefined = ascending ? undefined : reading.start;
  const done = (): boolean => all.every((list) => list.done());
  const advance = (): void => {
    const depths = all.filter((list) => !list.done()).map((list) => list.depth());
    depth = depths.reduce<KeyValue | undefined>((least, one, i) => {
      if (i === 0) return one;
      return one === undefined || least === undefined ? undefined : precedes(one, least, ascending) ? one : least;
    }, undefined);
  };
  return {
    read: async () => {
      await Promise.all(behindOthers(all, ascending).map((list) => list.read(further)));
      further *= 2;
      advance();
    },
    take: () => {
      const found = inEvery(lists, (posting) => byHash.has(posting.scope));
      const fresh = [...found].filter(([name]) => !told.has(name));
      for (const [name] of fresh) told.add(name);
      return fresh.flatMap(([, posting]) => candidatesOf(layout, posting, byHash));
    },
    reaches: ({ sort }) => {
      if (done()) return true;
      return layout.inOrder && depth !== undefined && precedes(sort[0] as KeyValue, depth, ascending);
    },
    done,
  };
}

/** The lists that hold the others up: those that were read least far. */
function behindOthers(lists: readonly TermList[], ascending: boolean): readonly TermList[] {
  const open = lists.filter((list) => !list.done());
  const lagging = open.filter((list) => {
    const depth = list.depth();
    return open.every((other) => {
      const far = other.depth();
      return depth === undefined || (far !== undefined && !precedes(far, depth, ascending));
    });
  });
  return lagging.length === 0 ? open : lagging;
}

/** The postings that are in one list of each group, by a text that tells them apart. */
function inEvery(
  groups: readonly (readonly TermList[])[],
  wanted: (posting: Posting) => boolean,
): Map<string, Posting> {
  const [first = [], ...others] = groups.map((lists) => {
    return lists.flatMap(({ postings }) => postings.filter(wanted));
  });
  const found = new Map(first.map((posting) => [nameOf(posting), posting]));
  for (const postings of others) {
    const names = new Set(postings.map(nameOf));
    for (const name of found.keys()) if (!names.has(name)) found.delete(name);
  }
  return found;
}

function nameOf({ newest, scope, rest }: Posting): string {
  return `${newest} ${scope} ${rest.length === 1 ? rest[0] : JSON.stringify(rest)}`;
}
