import { arnOf, type Examples, policy, ref, resource } from "./design.ts";

const group = (libraries: string) => ({
  resources: { Group: resource("AWS::RDS::DBParameterGroup", { Parameters: { shared_preload_libraries: libraries } }) },
});
const index = (...keys: readonly string[]) => ({
  resources: {
    Table: resource("AWS::DynamoDB::Table", {
      GlobalSecondaryIndexes: [
        {
          IndexName: "by",
          KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? "HASH" : "RANGE" })),
        },
      ],
    }),
  },
});
const allow = (Action: string | readonly string[]) => ({
  resources: { Role: resource("AWS::IAM::Role"), Policy: policy({ Action, Resource: "*" }) },
});
const stream = (actions: readonly string[]) => ({
  resources: {
    Role: resource("AWS::IAM::Role"),
    Policy: policy({ Action: actions, Resource: "*" }),
    Transform: resource("AWS::Lambda::Function", { Role: arnOf("Role") }),
    Stream: resource("AWS::KinesisFirehose::DeliveryStream", {
      ExtendedS3DestinationConfiguration: {
        ProcessingConfiguration: { Processors: [{ Parameters: [{ ParameterValue: arnOf("Transform") }] }] },
      },
    }),
  },
});
const migrating = (environment: Readonly<Record<string, unknown>>, Command = ["aloft", "store", "migrate"]) => ({
  resources: {
    Proxy: resource("AWS::RDS::DBProxy"),
    Task: resource("AWS::ECS::TaskDefinition", {
      ContainerDefinitions: [
        { Name: "app", Command, Environment: Object.entries(environment).map(([Name, Value]) => ({ Name, Value })) },
      ],
    }),
  },
});
const proxied = { "Fn::GetAtt": ["Proxy", "Endpoint"] };

export const dataDesigns: Readonly<Record<string, Examples>> = {
  "pgvector-preloaded": {
    fails: [group("vector"), group("pg_stat_statements, vector")],
    passes: [group("pg_stat_statements"), group("pgvectorscale_other")],
  },
  "narrow-index": {
    fails: [index("status", "createdAt"), index("job_status", "dueAt"), index("isActive", "id")],
    passes: [index("statusShard", "dueAt"), index("organizationId", "createdAt"), index("estate", "id")],
  },
  "index-for-uniqueness": {
    fails: [index("email")],
    passes: [index("email", "createdAt"), index("organizationId")],
  },
  "transact-is-no-action": {
    fails: [allow("dynamodb:TransactWriteItems"), allow(["dynamodb:GetItem", "dynamodb:TransactGetItems"])],
    passes: [allow(["dynamodb:PutItem", "dynamodb:ConditionCheckItem"])],
  },
  "firehose-to-dynamodb": {
    fails: [
      stream(["dynamodb:PutItem"]),
      {
        resources: {
          Stream: resource("AWS::KinesisFirehose::DeliveryStream", { DynamoDBDestinationConfiguration: {} }),
        },
      },
    ],
    passes: [stream(["s3:PutObject"])],
  },
  "fifo-is-not-once": {
    fails: [{ resources: { Queue: resource("AWS::SQS::Queue", { FifoQueue: true }) } }],
    passes: [{ resources: { Queue: resource("AWS::SQS::Queue") } }],
  },
  "lock-through-a-proxy": {
    fails: [migrating({ DATABASE_HOST: proxied })],
    passes: [
      migrating({ DATABASE_HOST: proxied, DATABASE_DIRECT_URL: "postgres://direct" }),
      migrating({ DATABASE_HOST: "database.acme.dev" }),
      migrating({ DATABASE_HOST: proxied }, ["node", "server.js"]),
    ],
  },
  "batch-without-get": {
    fails: [allow("secretsmanager:BatchGetSecretValue")],
    passes: [
      allow(["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"]),
      {
        resources: {
          Role: resource("AWS::IAM::Role"),
          Policy: policy({ Action: "secretsmanager:BatchGetSecretValue", Resource: "*" }),
          Overflow: policy({ Action: "secretsmanager:GetSecretValue", Resource: "*" }),
        },
      },
    ],
  },
  "injected-secrets": {
    fails: [
      {
        resources: {
          Task: resource("AWS::ECS::TaskDefinition", {
            ContainerDefinitions: [{ Secrets: [{ Name: "AUTH_SECRET", ValueFrom: ref("Secret") }] }],
          }),
        },
      },
    ],
    passes: [{ resources: { Task: resource("AWS::ECS::TaskDefinition", { ContainerDefinitions: [{}] }) } }],
  },
};
