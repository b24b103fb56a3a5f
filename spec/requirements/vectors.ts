import type { Requirement } from "../requirement.ts";

type Row = readonly [id: string, behaviour: string];

const rows: readonly Row[] = [
  [
    "declared",
    "A declaration of vectors in what is no list of numbers, or within a scope that no order can be paged by, throws.",
  ],
  [
    "order",
    "The nearest come first, by their cosine distance, which is told; of equally near ones by the table's key.",
  ],
  [
    "scopes",
    "Nothing outside of the scopes is found, within an index or the key, and everything in thousands of them.",
  ],
  ["limit", "At most as many as asked for are found, up to 100; by default 10."],
  ["exact", "Among hundreds of items, over many pages, exactly those are found that comparing all of them finds."],
  ["optional", "Items that have no vector, or no scope, are not found, and are otherwise as any."],
  ["follows", "Changes, deletions, moves to another scope and refused transactions count at once."],
  ["expiry", "From the millisecond of its expiry an item is not found."],
  ["checked", "A vector of another length, of no length or of what are no numbers is not stored, with its path."],
  ["refused", "A query by vectors that are not declared, or by what is none of them, is refused."],
  ["loaded", "A loaded item whose vector does not fit the declaration is kept, and not found by it."],
  ["reopened", "Another process finds the same."],
  ["tenants", "Nothing of another tenant's is found, however near, and however few of the nearest are one's own."],
  [
    "index",
    "With pgvector, the nearest of 5,000 items are found by its index, for a user whom row security binds too.",
  ],
  ["recall", "Of the ten nearest among 5,000 vectors of 64 dimensions its index finds at least 95 %, in one request."],
  ["small", "Scopes of up to 1,000 items are searched exactly with pgvector too."],
  ["sparse", "Where the index gives up before it has found enough within the scopes, all of them are read."],
  ["extension", "Opening makes the extension where the user may, and works without it where it cannot."],
  [
    "later",
    "Once the extension is there the next opening builds the index, and what runs already finds by it after its upkeep.",
  ],
  ["gone", "When the extension is dropped, the same calls go on without it."],
  ["changed", "Other dimensions than before, and vectors that are no longer declared, are put right at opening."],
  [
    "optional-index",
    "An opening does not wait long while another builds an index of vectors, and goes on, telling why, if that fails.",
  ],
  ["notice", "It is said once, at opening, that vectors are searched one by one, and how that can be mended."],
  [
    "large",
    "More than 2,000 dimensions, which pgvector's index cannot hold, are searched one by one, and that is said.",
  ],
];

/** Finding what is nearest to a vector. */
export const vectorRequirements: readonly Requirement[] = rows.map(([id, behaviour]) => ({
  id: `vectors.${id}`,
  source: "issue 4",
  behaviour,
}));
