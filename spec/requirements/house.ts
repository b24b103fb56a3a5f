import type { Requirement } from "../requirement.ts";

export const houseRequirements: readonly Requirement[] = [
  {
    id: "house.requirements.cited",
    source: "HOUSE",
    behaviour: "A requirement that no test cites fails the suite.",
  },
  {
    id: "house.requirements.known",
    source: "HOUSE",
    behaviour: "A test that cites an unknown requirement, or a requirement id used twice, fails the suite.",
  },
  {
    id: "house.start.ready",
    source: "issue 3",
    behaviour:
      "`npm start -- --json --port 0 --data DIR` prints one line of JSON when ready: ready, url, signInUrl, dataDir; everything else goes to standard error.",
  },
  { id: "house.start.link", source: "issue 3", behaviour: "The printed link signs the owner in, once." },
  {
    id: "house.start.stop",
    source: "issue 3",
    behaviour: "SIGTERM ends a start gracefully, with exit code 0 and the folder free for the next.",
  },
  {
    id: "house.start.second",
    source: "issue 3",
    behaviour: "A second start on the same data folder finds everything there, and is ready within 600 ms.",
  },
  {
    id: "house.start.port",
    source: "issue 3",
    behaviour: "A port in use is refused with the port, the way out, and nothing lost.",
  },
  {
    id: "house.start.folder-in-use",
    source: "issue 3",
    behaviour:
      "A second server on the same data folder is refused with the first one's process id and address; the first goes on.",
  },
  {
    id: "house.start.folder-unusable",
    source: "issue 3",
    behaviour: "A data folder that cannot be made, written to or is full is refused with its path and the reason.",
  },
  {
    id: "house.start.disk-fills",
    source: "issue 3",
    behaviour:
      "When the disk fills up, writes are refused as such, none that was acknowledged is lost, and once there is space they work again.",
  },
  {
    id: "house.start.corrupt",
    source: "issue 3",
    behaviour: "A damaged database is refused with its path and what to do, and is left as it was, byte for byte.",
  },
  {
    id: "house.start.newer",
    source: "issue 3",
    behaviour: "A database that newer code wrote is refused, and is left as it was.",
  },
  {
    id: "house.start.old-node",
    source: "issue 3",
    behaviour: "Node older than 20.19 is told so in a sentence.",
  },
  {
    id: "house.start.aws-free",
    source: "issue 3",
    behaviour:
      "Starting on a laptop, signing in and talking to an agent loads no module of an AWS SDK or of a model provider.",
  },
  {
    id: "house.walls",
    source: "HOUSE",
    behaviour:
      "An import against the direction console → client, cli → server → adapters → core is refused by the linter.",
  },
  {
    id: "house.pack",
    source: "issue 3",
    behaviour:
      "core and adapters work from `npm pack` in a blank project: a TypeScript program that declares a table and stores items compiles against the emitted types and runs on the emitted JavaScript.",
  },
  {
    id: "house.crash.writes",
    source: "issue 3",
    behaviour: "After kill -9 at any moment under load, every acknowledged write is there exactly once.",
  },
  {
    id: "house.crash.idempotent",
    source: "issue 3",
    behaviour:
      "A request whose answer was lost to kill -9, sent again with its Idempotency-Key, happens once and answers the same.",
  },
  {
    id: "house.crash.turns",
    source: "issue 3",
    behaviour:
      "After kill -9 no turn hangs: each message is answered, or its reply is marked as failed and says so; sequences have no gaps.",
  },
  {
    id: "house.tests.skips",
    source: "HOUSE",
    behaviour:
      "A test run ends with what it skipped and why; with REQUIRE_ADAPTERS=all nothing is skipped, and a skip without a reason is a failure.",
  },
  {
    id: "house.test.services",
    source: "issue 4",
    behaviour:
      "DynamoDB Local, PostgreSQL 16 and 18 and the AWS emulators are started once a run, by the first test that asks, on free ports of this machine only, and are stopped at its end.",
  },
  {
    id: "costs.table",
    source: "issue 4, Stores",
    behaviour:
      "For every operation of the API docs/costs.md shows the requests and units it takes on DynamoDB and the round trips on PostgreSQL, as measured.",
  },
  {
    id: "costs.turn",
    source: "issue 4, Stores",
    behaviour:
      "A chat turn (a page of history, the user's message, the reply), with all that a crash needs, is 4 requests, at most 4 read and 5 write units on DynamoDB.",
  },
  { id: "costs.page", source: "issue 4, Stores", behaviour: "A page of 50 messages is one request on DynamoDB." },
];
