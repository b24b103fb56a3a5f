import type { Requirement } from "../requirement.ts";

type Row = readonly [id: string, behaviour: string];

const rows: readonly Row[] = [
  ["generated", "The migrations lead to the declarations: a declaration that changed without one fails the build."],
  [
    "generated.additions",
    "Added tables, attributes, indexes, unique values, expiry and search become SQL that works on data.",
  ],
  [
    "generated.losses",
    "What would lose data is written as a comment that keeps the file from running until it is edited.",
  ],
  ["once", "Forty instances start together on an empty database: each migration runs once, and no start fails."],
  ["killed", "When the one that migrates is killed in the middle, the next goes on within a second."],
  ["waiting", "Who waits too long is told the holder's process id, since when and its name."],
  ["checksum", "A migration whose file changed after it was applied is refused, and nothing is changed."],
  ["gap", "A database that lacks a migration in between is refused, and nothing is changed."],
  ["newer", "A database that is newer than the code is refused, and nothing is changed."],
  ["failed", "A migration that fails is undone whole, is named, and the next try begins with it."],
  [
    "concurrently",
    "A file may say that it cannot run in a transaction, and waiting instances do not keep it from ending.",
  ],
  ["verify", "Opened to verify, a store that is not up to date is refused with the command that mends it."],
  ["commands", "`aloft store status` and `migrate` say what is there and what is done; `--dry-run` changes nothing."],
  ["production", "In production tables in DynamoDB come with the deployment: `migrate` makes none, unless told to."],
  ["commands.password", "Neither command shows a password."],
];

export const migrationRequirements: readonly Requirement[] = rows.map(([id, behaviour]) => ({
  id: `migrations.${id}`,
  source: "issue 4",
  behaviour,
}));
