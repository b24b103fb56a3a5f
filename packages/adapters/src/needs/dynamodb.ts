import type { Need } from "./need.ts";

export { searchTableNameOf } from "../store/dynamodb-search-index.ts";
export { dynamodbTableSpecs, type IndexSpec, type KeyElement, type TableSpec } from "../store/dynamodb-specs.ts";

/** `tables`: all of them; `indexes`: theirs; `word-tables`: those among them that are indexes of words. */
export type DynamodbKind = "tables" | "indexes" | "word-tables";
/** `meta`: the table about all the others. */
export type DynamodbMigrateKind = "tables" | "meta";

/**
 * What the store calls. A transaction is no action of its own: it needs those of its parts.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 */
export const dynamodbNeeds: readonly Need<DynamodbKind>[] = [
  {
    sid: "Tables",
    may: "read and write its tables, and see how they are made",
    actions: [
      "dynamodb:BatchGetItem",
      "dynamodb:ConditionCheckItem",
      "dynamodb:DeleteItem",
      "dynamodb:DescribeTable",
      "dynamodb:DescribeTimeToLive",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:Scan",
      "dynamodb:UpdateItem",
    ],
    on: ["tables"],
  },
  {
    sid: "Words",
    may: "write many words at once to the tables that searches go by",
    actions: ["dynamodb:BatchWriteItem"],
    on: ["word-tables"],
  },
  { sid: "Indexes", may: "read by the indexes of its tables", actions: ["dynamodb:Query"], on: ["indexes"] },
];

/** What `aloft store migrate` calls where the tables are made by a template: it looks at them and writes the schema's number. */
export const dynamodbMigrateNeeds: readonly Need<DynamodbMigrateKind>[] = [
  {
    sid: "TableShapes",
    may: "see how its tables are made",
    actions: ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"],
    on: ["tables"],
  },
  {
    sid: "SchemaVersion",
    may: "read and write the number of the schema",
    actions: ["dynamodb:GetItem", "dynamodb:UpdateItem"],
    on: ["meta"],
  },
];
