import type { Requirement } from "../requirement.ts";

const rows: readonly (readonly [id: string, behaviour: string])[] = [
  [
    "writes",
    "Indexing takes at most 2 write units a message of 300 to 1,000 bytes, the unit of the index of recent writes apart.",
  ],
  [
    "reads",
    "A page of 10 found in 100,000 messages takes at most 5 requests and 10 read units, for one word or two, rare or common.",
  ],
  ["no-scan", "A search reads by keys alone: it scans nothing and filters nothing."],
  ["complete", "Whatever is in memory or in segments, every page, forth and back, has what is there and nothing else."],
  ["scopes", "A search in thousands of scopes finds what is in them, and no more."],
  ["killed", "Killed while it writes a segment, the index is finished by the next: nothing is lost, nothing doubled."],
  ["closed", "Closing stops a segment that is being written and lets others go on with it at once."],
  ["processes", "What one process writes the others find; of many that index at once one does."],
  ["changes", "What was changed, moved, deleted or has expired since it was indexed is found as it is now."],
  ["own-writes", "A process finds at once what it wrote, and no more what it deleted."],
  ["late", "What becomes visible only a while after it was written is found, and indexed."],
  ["backlog", "A process that would have to hold too much in memory indexes it first."],
  ["rebuilt", "An index made by other rules is built anew."],
  ["background", "Once started, a process indexes by itself; when that fails, it tries again."],
  ["contract", "The search keeps its contract while segments are written all the time."],
  ["postings", "What the index writes is read as it was, whatever keys a table has, and is small."],
];

/** What the search on DynamoDB promises beyond the store's contract. */
export const dynamodbSearchRequirements: readonly Requirement[] = rows.map(([id, behaviour]) => ({
  id: `dynamodb-search.${id}`,
  source: "issue 4, stores",
  behaviour,
}));
