import type { Requirement } from "../requirement.ts";

type Row = readonly [id: string, behaviour: string];

/** What the DynamoDB engine promises beyond the store's contract. */
const engine: readonly Row[] = [
  ["layout.native", "Attributes are kept in DynamoDB's own types, with the keys and indexes of the declaration."],
  ["layout.specs", "What tables a set of declarations needs is data: keys, indexes, what they project, expiry."],
  ["layout.limit", "A declaration whose index has more attributes than DynamoDB takes is refused by name."],
  ["layout.expiry", "What expires is removed by DynamoDB itself, not before its time."],
  ["cost.single", "A write of one item without unique values is one request, never a transaction, also by transact."],
  ["cost.unique", "Unique values cost a transaction only where they are taken or freed."],
  ["cost.reads", "A read by key, of many keys, and a page are one request; an index over the whole table takes two."],
  ["cost.transact", "A transaction is one request."],
  ["no-scan", "Nothing scans a table but scan itself."],
  ["update.size", "An update that makes an item too large is refused, though no request reads what is small."],
  ["update.index-size", "So is one that makes the values of an index too long together."],
  ["update.sum", "A sum that DynamoDB cannot keep is `invalid`, and changes nothing."],
  ["unique.long", "Unique values may be as long as a key, whatever characters they have."],
  ["retry.throttled", "Throttling, by any name, is tried again with jitter."],
  ["retry.exhausted", "Throttling that lasts is `throttled` within the budget, with the table and what to do."],
  ["retry.reads", "Reads are tried again when the connection is cut or stalls, or the server errs."],
  ["retry.in-doubt", "A write that may have been done is not done again: `unavailable` says that nobody knows."],
  ["retry.token", "A transaction whose answer is lost is asked for again and has one effect."],
  ["transaction.conflict", "A transaction that met another is tried again."],
  ["transaction.order", "Of what refuses a transaction the first is told, whatever others do meanwhile."],
  ["transaction.contention", "One that keeps meeting others is a conflict, `contention`, with its place."],
  ["transaction.single-conflict", "A single write that a transaction is in the way of is tried again too."],
  ["transaction.throttled", "A transaction cancelled by throttling is tried again, then `throttled`."],
  ["batch.unprocessed", "Keys that DynamoDB leaves unprocessed are asked for again."],
  ["freeze.lost", "A freeze whose process is gone ends by itself; one that was lost says so when released."],
];

const setUp: readonly Row[] = [
  ["setup.create", "Opening makes the tables, indexes and expiry that are missing, and a second time changes nothing."],
  ["setup.together", "Many that start together make the tables once."],
  ["setup.index", "A new index of a table that has items is added, and finds them."],
  ["setup.older", "Tables of an older schema are raised to this one's."],
  ["setup.newer", "Tables of newer code are refused with the advice to upgrade, and left as they are."],
  ["setup.different", "A key or index that is there and not as declared is refused by name, and left as it is."],
  ["setup.verify", "Verifying names everything that is missing and the command that makes it, and changes nothing."],
  ["setup.prefix", "A prefix that no table has is told from one that is there, and those there are are named."],
  ["setup.status", "The status lists each table, index and expiry with what is to do, and changes nothing."],
];

const badInput: readonly Row[] = [
  ["error.credentials", "No credentials, and wrong, unknown or expired ones, are each told by what to set or run."],
  ["error.region", "No region, and one that does not exist, are told by the setting."],
  ["error.endpoint", "An endpoint where nothing listens is told by its address and the setting."],
  ["error.missing", "A table or index that is gone in the middle of work is named, with the command that makes it."],
  ["error.denied", "A denied permission names the action and the table, and the statement to add, for each action."],
  ["error.collection", "A partition that has reached its limit is `too_large`."],
  ["error.invalid", "What DynamoDB finds invalid is said in its words, with the table."],
];

const rows =
  (source: string) =>
  ([id, behaviour]: Row): Requirement => ({ id: `dynamodb.${id}`, source, behaviour });

export const dynamodbRequirements: readonly Requirement[] = [
  ...engine.map(rows("issue 4, stores")),
  ...setUp.map(rows("issue 4, migrations and moving")),
  ...badInput.map(rows("issue 4, bad input")),
];
