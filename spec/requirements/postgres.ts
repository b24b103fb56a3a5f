import type { Requirement } from "../requirement.ts";

type Row = readonly [id: string, behaviour: string];

const rows: readonly Row[] = [
  [
    "requests",
    "Every call of the port is one round trip, transactions and searches included; a unique value that is taken, two.",
  ],
  ["requests.updates", "What SQL alone cannot say, as an update of half of a searched text, is one read more."],
  ["tenants", "A store sees, counts, changes, deletes and conflicts with nothing of another tenant's."],
  [
    "tenants.rows",
    "Raw SQL of a user who is no superuser sees the rows of the tenant it names, and none if it names none.",
  ],
  ["tenants.names", "A tenant's name that SQL could misread is refused."],
  ["search.index", "A search among 20,000 rows uses the index of words, for a user whom row security binds too."],
  ["keys.index", "Pages of the key and of every index use that index, for a user whom row security binds too."],
  ["keys.long", "Keys of random text beyond 2,600 bytes, which no index of PostgreSQL holds, are `too_large`."],
  ["misfits", "A loaded value that does not fit its column is kept, compared, changed and replaced like any other."],
  ["words.missing", "Items that a migration left without words are found after the next upkeep."],
  ["contention", "Deadlocks and serialization failures are tried again; no counter loses an addition."],
  ["lost.reads", "A read whose connection is cut is tried again and comes through."],
  [
    "lost.writes",
    "A write whose connection is cut is not sent again: the error says it is unknown whether it was done.",
  ],
  ["lost.stalled", "A connection that stalls ends in an error within seconds."],
  ["lost.heals", "After every connection was ended by the server the store works on, without being opened again."],
  ["errors.unreachable", "A wrong host, a wrong port and what is no URL are named, with the setting that mends them."],
  ["errors.sign-in", "A wrong password, an unknown user and an unknown database are named."],
  ["errors.privilege", "Lacking CREATE or SELECT is named with the GRANT that mends it."],
  ["errors.tls", "A server without encryption, and one that insists on it, are named with the setting that mends it."],
  ["errors.server", "Too many connections, a full disk and a read-only server are each told as what they are."],
  ["errors.password", "No message, cause or notice shows the password."],
  ["vectors.notice", "At opening it is said whether pgvector is there, and how to get it."],
];

/** What PostgreSQL adds to the contract of every store. */
export const postgresRequirements: readonly Requirement[] = rows.map(([id, behaviour]) => ({
  id: `postgres.${id}`,
  source: "issue 4",
  behaviour,
}));
