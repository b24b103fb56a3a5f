import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import type { Template } from "@aloft/infra/synthesize";
import { service } from "../../../test/support/services.ts";

export interface LocalTables {
  /** What makes a program use them. */
  readonly env: Readonly<Record<string, string>>;
}

interface TableProperties extends CreateTableCommandInput {
  readonly TableName: string;
  readonly TimeToLiveSpecification?: { readonly AttributeName: string; readonly Enabled: boolean };
}

/** Makes the tables of a template in DynamoDB Local, from the properties that CloudFormation would take. */
export async function tablesInDynamoDbLocal(template: Template): Promise<LocalTables> {
  const { url } = await service("dynamodb");
  const client = new DynamoDBClient({ endpoint: url });
  for (const { Type, Properties } of Object.values(template.Resources)) {
    if (Type !== "AWS::DynamoDB::Table") continue;
    const { TableName, KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode, TimeToLiveSpecification } =
      Properties as unknown as TableProperties;
    const indexes = GlobalSecondaryIndexes === undefined ? {} : { GlobalSecondaryIndexes };
    await client.send(new CreateTableCommand({ TableName, KeySchema, AttributeDefinitions, BillingMode, ...indexes }));
    await client.send(new DescribeTableCommand({ TableName }));
    if (TimeToLiveSpecification === undefined) continue;
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  }
  return { env: { AWS_ENDPOINT_URL_DYNAMODB: url } };
}
