import type { Requirement } from "../requirement.ts";

const rows: readonly (readonly [id: string, behaviour: string])[] = [
  [
    "copy.same",
    "A copy gives the target every live item of the source as it is: version, expiry and odd values included.",
  ],
  ["copy.live", "While the source is written, a copy ends with the target equal to what the source had at the freeze."],
  [
    "copy.acknowledged",
    "Every write acknowledged before the freeze ends is in the target, and none is lost for the writer.",
  ],
  ["copy.unique", "Unique values that change hands while the source is written end where the source has them."],
  ["copy.lost-freeze", "A copy whose freeze was lost before it was released fails, for there may have been writes."],
  ["copy.hold", "A copy can keep the source frozen once the target is equal, until it is told to let go."],
  ["copy.no-freeze", "Without a freeze a copy ends only when a pass finds nothing changed."],
  [
    "copy.resume",
    "Killed at any moment, the same copy goes on and repeats no more than the pages that were in flight.",
  ],
  ["copy.patient", "While an engine throttles or is away, a copy tries again for a minute before it gives up."],
  ["copy.memory", "A copy's memory does not grow with the size of the items: about 75 bytes an item at most."],
  ["copy.not-empty", "A target that is not empty is refused with what is there and what to do; nothing is changed."],
  ["copy.itself", "A copy of a store onto itself is refused."],
  ["copy.journal", "A journal of another copy, or of another schema, is refused."],
  ["copy.schema", "A source or target of another schema version is refused with what to do."],
  ["copy.interrupted", "Ctrl-C leaves what was copied, and says how to go on."],
  [
    "copy.progress",
    "A copy shows phase, tables done, items, rate and time left: a bar on a terminal, lines elsewhere.",
  ],
  ["copy.postgres", "SQLite to PostgreSQL: resumed after three kills, the copy is verified equal."],
  ["copy.dynamodb", "SQLite to DynamoDB: resumed after three kills, the copy is verified equal."],
  ["copy.back", "What went to PostgreSQL and DynamoDB comes back as it was."],
  ["verify.equal", "Stores with the same items are equal, whatever order their engines give them in."],
  ["verify.differences", "Differences are listed by table and key: missing, extra, or different in which attributes."],
  ["verify.values", "No value of an item is shown, only keys and names of attributes."],
  ["verify.moving", "What differs only because it was being written is looked at again and not called different."],
  ["backup.consistent", "A backup holds what the store held at one moment, however it was written meanwhile."],
  ["backup.private", "A backup file appears whole or not at all, readable by its owner alone, and replaces nothing."],
  ["backup.full", "A disk that is full leaves no half of a backup, and the error says so."],
  ["restore.same", "What is restored is what was backed up."],
  ["restore.damaged", "A file that is cut, changed anywhere or not a backup is refused before anything is changed."],
  ["restore.not-empty", "A store that is not empty is not restored into."],
  ["restore.repeated", "A restore that was killed is repeated by the same command."],
  ["place.syntax", "A place that cannot be understood is refused with the ways to write one."],
  ["place.configured", "`configured` is the store that the server would use; what is wrong with it is told."],
  ["place.missing", "A place that holds no data, as a folder without a database, is refused by its name."],
  ["place.secret", "A password is shown nowhere, and can be kept out of the command line."],
  ["place.unreachable", "A database that is not there, or refuses the password, is named with what to check."],
];

/** Copying, verifying, backing up and restoring whole stores. */
export const movingRequirements: readonly Requirement[] = rows.map(([id, behaviour]) => ({
  id: `moving.${id}`,
  source: "issue 4, Migrations and moving",
  behaviour,
}));
