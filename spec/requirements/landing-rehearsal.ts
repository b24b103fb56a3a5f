import type { Requirement } from "../requirement.ts";

const source = "issue 5, rehearsal";
const rows: readonly (readonly [string, string])[] = [
  ["data", "`aloft deploy` of an example makes its tables, bucket, keys and secrets in an emulator."],
  ["again", "Deployed a second time without a change, every stack is left alone."],
  ["secrets", "`aloft secrets push` fills the secrets that the template left empty."],
  ["migration", "The migration runs with the environment that the template gives it."],
  ["server", "The server works on the tables, bucket, keys and secrets that the template made."],
  ["destroy", "After `aloft destroy` the emulator is empty of what it said it would remove."],
  [
    "compute",
    "Network and cluster are deployed in an emulator, and with the cluster the migration is run; what no emulator can do is listed.",
  ],
  ["service", "What serves is asked from outside once it is deployed, and its image noted down with its version."],
  ["gone", "`aloft destroy` removes stacks in the order in which they stand on each other, the last made first."],
  ["library", "The topology without compute is deployed, filled, read by its own loader, and destroyed."],
  [
    "protected",
    "What is protected is removed when that is said: its protection is taken off first, by CloudFormation.",
  ],
  ["lacks", "What an emulator cannot make is left out by its type, and each such type is tried again."],
  [
    "relational",
    "A program of anybody's with its database is deployed whole by one call; migration and program run with the environment of their task definitions.",
  ],
  ["rows", "The program reads and writes rows as the user that the migration made, and cannot change tables."],
  ["rest", "After `aloft destroy` of a relational app nothing of it is left in the emulator."],
  ["whole", "One call deploys every part in its order, with events, record and outputs."],
  ["kept", "What stays after its stack, such as the bucket of a trail, is not emptied."],
  ["stopped", "Stopped in any part, the same call goes on to the end."],
  [
    "commands",
    "Service, load balancer and task are as declared, and status, logs, redeploy and rollback work on them.",
  ],
];

export const landingRehearsalRequirements: readonly Requirement[] = rows.map(([id, behaviour]) => ({
  id: `landing.rehearsal.${id}`,
  source,
  behaviour,
}));
