import { dynamodbTableSpecs, searchTableNameOf, type KeyElement, type TableSpec } from "@aloft/adapters/needs/dynamodb";
import type { AnyTable } from "@aloft/core/tables/define-table";
import { CfnDeletionPolicy, Stack } from "aws-cdk-lib";
import { CfnTable } from "aws-cdk-lib/aws-dynamodb";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";

export interface TablesProps {
  readonly tables: readonly AnyTable[];
  /** Before each table's name. */
  readonly tablePrefix: string;
  /** They outlive their stack, and cannot be deleted by mistake. */
  readonly protectData: boolean;
  /** Default: keys that AWS owns. */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * The tables that the declarations need in DynamoDB, paid by the request, with 35 days to go back to. Their names are
 * known beforehand, so that whoever is allowed to use them needs nothing of this stack.
 *
 * CloudFormation makes any number of indexes with a table, but adds and removes one at a time afterwards.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
 */
export class Tables extends Construct {
  readonly specs: readonly TableSpec[];
  readonly tableArns: readonly string[];
  readonly indexArns: readonly string[];
  /** Of the tables that are indexes of words. */
  readonly wordTableArns: readonly string[];
  /** Of the table about all the others. */
  readonly metaTableArn: string;

  constructor(scope: Construct, id: string, props: TablesProps) {
    super(scope, id);
    this.specs = dynamodbTableSpecs(props.tables, props.tablePrefix);
    if (props.encryptionKey === undefined) {
      acknowledge(this, {
        "CT.DYNAMODB.PR.2": 'DynamoDB\'s own keys encrypt it, for free; encryption: "own" takes a key of the account.',
      });
    }
    for (const spec of this.specs) this.#add(spec, props);
    const arnOf = (resourceName: string): string =>
      Stack.of(this).formatArn({ service: "dynamodb", resource: "table", resourceName });
    this.tableArns = this.specs.map(({ name }) => arnOf(name));
    this.indexArns = this.specs.flatMap(({ name, indexes }) =>
      indexes.map((index) => arnOf(`${name}/index/${index.name}`)),
    );
    this.wordTableArns = props.tables
      .filter(({ search }) => search !== undefined)
      .map((table) => arnOf(searchTableNameOf(props.tablePrefix, table)));
    this.metaTableArn = this.tableArns.at(-1) ?? "";
  }

  #add(spec: TableSpec, { tablePrefix, protectData, encryptionKey }: TablesProps): void {
    const table = new CfnTable(this, spec.name.slice(tablePrefix.length), tableProps(spec, protectData, encryptionKey));
    // Deletion protection would keep a first deployment that fails from taking it back: it stays, and the next one takes it over.
    const policy = protectData ? CfnDeletionPolicy.RETAIN : CfnDeletionPolicy.DELETE;
    table.cfnOptions.deletionPolicy = policy;
    table.cfnOptions.updateReplacePolicy = policy;
  }
}

function tableProps(spec: TableSpec, protectData: boolean, encryptionKey: IKey | undefined) {
  const { name, key, indexes, ttlAttribute } = spec;
  const types = new Map([...key, ...indexes.flatMap((index) => index.key)].map((one) => [one.name, one.type]));
  return {
    tableName: name,
    billingMode: "PAY_PER_REQUEST",
    keySchema: key.map(keySchema),
    attributeDefinitions: [...types].map(([attributeName, attributeType]) => ({ attributeName, attributeType })),
    ...(indexes.length === 0 ? {} : { globalSecondaryIndexes: indexes.map(indexProps) }),
    ...(ttlAttribute === undefined ? {} : { timeToLiveSpecification: { enabled: true, attributeName: ttlAttribute } }),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtectionEnabled: protectData,
    ...(encryptionKey === undefined
      ? {}
      : { sseSpecification: { sseEnabled: true, sseType: "KMS", kmsMasterKeyId: encryptionKey.keyArn } }),
  };
}

function keySchema({ name, role }: KeyElement) {
  return { attributeName: name, keyType: role };
}

function indexProps({ name, key, projection }: TableSpec["indexes"][number]) {
  const some = projection !== "ALL" && projection.length > 0;
  return {
    indexName: name,
    keySchema: key.map(keySchema),
    projection: some
      ? { projectionType: "INCLUDE", nonKeyAttributes: [...projection] }
      : { projectionType: projection === "ALL" ? "ALL" : "KEYS_ONLY" },
  };
}
