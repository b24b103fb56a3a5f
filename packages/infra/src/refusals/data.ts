import type { Placed } from "../describe/references.ts";
import { allows, at, type Design, list, literal, placeOf, record, type Statement } from "./design.ts";
import type { Found, Rule } from "./rule.ts";

const found = (placed: Placed, what: string): Found => ({ where: placeOf(placed), what });

/** Rules on what keeps data, and on what moves it. */
export const dataRules: readonly Rule[] = [
  {
    id: "pgvector-preloaded",
    level: "refusal",
    row: "pgvector",
    fact: "RDS takes libraries of a list of its own in shared_preload_libraries. vector is not among them, and needs no preloading.",
    evidence:
      "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Extensions.html",
    instead: "Leave the parameter out, and run CREATE EXTENSION vector; a migration does.",
    find: ({ of }) =>
      of("AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup")
        .filter((group) =>
          /(^|,)\s*(pg)?vector\s*(,|$)/.test(
            literal(record(at(group, "Parameters"))["shared_preload_libraries"]) ?? "",
          ),
        )
        .map((group) => found(group, "It preloads vector.")),
  },
  {
    id: "narrow-index",
    level: "refusal",
    row: "job index",
    fact: "An index by a key of few values is one hot partition: 1000 writes a second, and a throttled index throttles its table.",
    evidence: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-uniform-load.html",
    instead: "Shard the key (pending#0 … pending#15), or index by who owns the item; defineTable does it with shards.",
    find: ({ of }) =>
      of(...tableTypes).flatMap((table) =>
        keysOfIndexes(table)
          .filter(({ key }) => isNarrow(key))
          .map(({ index, key }) => found(table, `Its index ${index} is partitioned by ${key}.`)),
      ),
  },
  {
    id: "index-for-uniqueness",
    level: "warning",
    row: "uniqueness and TTL",
    fact: "An index of DynamoDB does not make a value unique: two writers at once both succeed.",
    evidence: "https://aws.amazon.com/blogs/database/simulating-amazon-dynamodb-unique-constraints-using-transactions/",
    instead: "Declare the value unique in defineTable: a sentinel item in the same transaction holds it.",
    find: ({ of }) =>
      of(...tableTypes).flatMap((table) =>
        keysOfIndexes(table)
          .filter(({ key, alone }) => alone && /^(e_?mail|user_?name|handle|slug|phone|invite_?code)$/i.test(key))
          .map(({ index, key }) => found(table, `Its index ${index} is by ${key} alone.`)),
      ),
  },
  {
    id: "transact-is-no-action",
    level: "refusal",
    row: "DynamoDB IAM",
    fact: "IAM has no TransactWriteItems or TransactGetItems: a transaction needs what is in it, ConditionCheckItem too.",
    evidence: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html",
    instead: "Allow PutItem, UpdateItem, DeleteItem, ConditionCheckItem and GetItem on the tables.",
    find: ({ statements }) =>
      statements
        .filter(({ actions }) => actions.some((action) => /^dynamodb:transact(write|get)items$/.test(action)))
        .map((one) => found(one.in, `It names ${one.actions.filter((a) => a.includes("transact")).join(", ")}.`)),
  },
  {
    id: "firehose-to-dynamodb",
    level: "refusal",
    row: "metering",
    fact: "Firehose has no way into DynamoDB. A function that writes there while it transforms counts again with every retry, and enforces no limit.",
    evidence: "https://docs.aws.amazon.com/firehose/latest/dev/create-destination.html",
    instead:
      "Count in a transaction where usage happens (reserve, then settle), and stream to S3 for the archive alone.",
    find: firehoseToDynamodb,
  },
  {
    id: "fifo-is-not-once",
    level: "warning",
    row: "SQS",
    fact: "SQS delivers at least once: a FIFO queue drops repeated sends for five minutes, and delivers again what was not deleted in time.",
    evidence:
      "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html",
    instead: "Make consumers idempotent: an effect is written with its message's id, if that is absent.",
    find: ({ of }) =>
      of("AWS::SQS::Queue")
        .filter((queue) => at(queue, "FifoQueue") === true)
        .map((queue) => found(queue, "It is a FIFO queue.")),
  },
  {
    id: "lock-through-a-proxy",
    level: "refusal",
    row: "migrations",
    fact: "A session's advisory lock pins its connection in RDS Proxy, and a pool by transactions loses it: two migrations run at once.",
    evidence: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html",
    instead: "Give the program that migrates DATABASE_DIRECT_URL with the database's own endpoint.",
    find: locksThroughProxies,
  },
  {
    id: "batch-without-get",
    level: "refusal",
    row: "secrets",
    fact: "BatchGetSecretValue gives values only of secrets that GetSecretValue is allowed for as well; alone it gives errors.",
    evidence: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_batch.html",
    instead: "Allow secretsmanager:GetSecretValue on the secrets beside it.",
    find: batchWithoutGet,
  },
  {
    id: "injected-secrets",
    level: "warning",
    row: "secrets",
    fact: "ECS reads a container's secrets when it starts: a rotated one reaches no running task.",
    evidence: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
    instead:
      "Let the program read them (aloft exec, or Aloft's server, which looks again), or redeploy after a rotation.",
    find: ({ of }) =>
      of("AWS::ECS::TaskDefinition").flatMap((task) =>
        list(at(task, "ContainerDefinitions"))
          .map((container) => list(at(container, "Secrets")).map((secret) => literal(at(secret, "Name")) ?? "?"))
          .filter((names) => names.length > 0)
          .map((names) => found(task, `ECS puts in ${names.join(", ")}.`)),
      ),
  },
];

const tableTypes = ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"] as const;

interface IndexKey {
  readonly index: string;
  readonly key: string;
  /** Nothing sorts within the key, and no further attribute partitions. */
  readonly alone: boolean;
}

/** Of indexes that one attribute partitions. */
function keysOfIndexes(table: Placed): readonly IndexKey[] {
  return list(at(table, "GlobalSecondaryIndexes")).flatMap((index) => {
    const schema = list(at(index, "KeySchema"));
    const hash = schema.filter((key) => at(key, "KeyType") === "HASH").map((key) => literal(at(key, "AttributeName")));
    const [key] = hash;
    if (key === undefined || hash.length > 1) return [];
    return [{ index: literal(at(index, "IndexName")) ?? "?", key, alone: schema.length === 1 }];
  });
}

/** Names that can only mean a few values; others, such as `role`, may have many. */
const fewValues: readonly string[] = "status state type kind enabled active pending deleted done".split(" ");

/** By the attribute's last word: `jobStatus`, `job_status`; or because it is a yes or no: `isActive`. */
function isNarrow(attribute: string): boolean {
  const words = attribute.split(/[_\-.]|(?<=[a-z0-9])(?=[A-Z])/).map((word) => word.toLowerCase());
  const last = words.at(-1) ?? "";
  return fewValues.includes(last) || (words.length > 1 && ["is", "has"].includes(words[0] ?? ""));
}

function firehoseToDynamodb(design: Design): readonly Found[] {
  return design.of("AWS::KinesisFirehose::DeliveryStream").flatMap((stream) => {
    const text = JSON.stringify(stream.resource.Properties ?? {});
    const named =
      /dynamodb/i.test(Object.keys(stream.resource.Properties ?? {}).join(" ")) || /https?:\/\/dynamodb\./.test(text);
    const functions = design
      .references(stream.resource.Properties, stream)
      .filter(({ resource }) => resource.Type === "AWS::Lambda::Function");
    const writing = functions.filter((one) => writesDynamodb(design, one));
    return [
      ...(named ? [found(stream, "Its destination is DynamoDB.")] : []),
      ...writing.map((one) => found(stream, `${placeOf(one)} writes to DynamoDB while it transforms.`)),
    ];
  });
}

function writesDynamodb(design: Design, program: Placed): boolean {
  const roles = design.references(at(program, "Role"), program);
  return design.statements.some(
    (one) =>
      ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"].some((action) => allows(one, action)) &&
      (roles.includes(one.in) || design.references(at(one.in, "Roles"), one.in).some((role) => roles.includes(role))),
  );
}

function locksThroughProxies(design: Design): readonly Found[] {
  return design.of("AWS::ECS::TaskDefinition", "AWS::Lambda::Function").flatMap((program) => {
    const containers = list(at(program, "ContainerDefinitions"));
    return containers.flatMap((container) => {
      const settings = [...list(at(container, "Environment")), ...list(at(container, "Secrets"))];
      const names = settings.map((setting) => literal(at(setting, "Name")));
      const proxied = settings.some((setting) =>
        design.references(at(setting, "Value"), program).some(({ resource }) => resource.Type === "AWS::RDS::DBProxy"),
      );
      const migrates = /migrate|aloft/.test(
        JSON.stringify([at(container, "Command"), at(container, "EntryPoint"), at(container, "Name")]),
      );
      const direct = names.some((name) => name?.startsWith("DATABASE_DIRECT_") === true);
      return proxied && migrates && !direct ? [found(program, "It migrates over an RDS Proxy.")] : [];
    });
  });
}

/** What a role may is spread over its policies: CDK begins another one when the first is full. */
function batchWithoutGet({ statements, references }: Design): readonly Found[] {
  const holders = (one: Statement): readonly Placed[] => {
    const roles = references([at(one.in, "Roles"), at(one.in, "Users"), at(one.in, "Groups")], one.in);
    return roles.length > 0 ? roles : [one.in];
  };
  const gets = new Set(statements.filter((one) => allows(one, "secretsmanager:GetSecretValue")).flatMap(holders));
  return statements
    .filter((one) => one.allows && one.actions.includes("secretsmanager:batchgetsecretvalue"))
    .filter((one) => !holders(one).some((holder) => gets.has(holder)))
    .map((one) => found(one.in, "It allows BatchGetSecretValue without GetSecretValue."));
}
