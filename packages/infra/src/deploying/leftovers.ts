import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { DescribeDBSnapshotsCommand, RDSClient } from "@aws-sdk/client-rds";
import { GetObjectLockConfigurationCommand, HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { knownPrices } from "../pricing/prices.ts";
import type { PriceKey } from "../pricing/price-row.ts";
import { isAbsent, translated } from "./aws-fault.ts";
import type { StackResource } from "./stack-state.ts";

/** Something that is still there after its stack, or that goes by itself later. */
export interface Leftover {
  readonly type: string;
  readonly id: string;
  readonly state: "kept" | "going";
  /** Why it is there, or when it goes. */
  readonly why: string;
  /** What it costs each month beside what it stores; undefined: that alone, by the gigabyte. */
  readonly monthlyUsd: number | undefined;
  /** What a month of a gigabyte in it costs. */
  readonly usdPerGb: number | undefined;
  /** What removes it for good. */
  readonly command: string;
}

interface Found {
  readonly state: Leftover["state"];
  readonly why: string;
  /** S3 keeps each version for a time, unless it is told to go all the same. */
  readonly locked?: boolean;
}

interface Kind {
  readonly find: (region: string, id: string) => Promise<Found | undefined>;
  readonly fixed?: PriceKey;
  readonly perGb?: PriceKey;
  readonly command: (id: string, region: string, locked: boolean) => string;
}

const kept: Found = { state: "kept", why: "It holds data, and is kept." };

const kinds: Readonly<Record<string, Kind>> = {
  "AWS::DynamoDB::Table": {
    async find(region, TableName) {
      const { Table } = await new DynamoDBClient({ region }).send(new DescribeTableCommand({ TableName }));
      if (Table?.TableStatus === "DELETING") return { state: "going", why: "It is being deleted." };
      return kept;
    },
    perGb: "dynamodb.storage",
    command: (id, region) => `aws dynamodb delete-table --table-name ${id} --region ${region}`,
  },
  "AWS::S3::Bucket": {
    async find(region, Bucket) {
      const forcePathStyle = process.env["AWS_ENDPOINT_URL"] !== undefined;
      const client = new S3Client({ region, forcePathStyle });
      await client.send(new HeadBucketCommand({ Bucket }));
      // A bucket without a lock has no such configuration.
      const lock = await client.send(new GetObjectLockConfigurationCommand({ Bucket })).catch(() => undefined);
      return { ...kept, locked: lock?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled" };
    },
    perGb: "s3.storage",
    command: bucketRemoval,
  },
  "AWS::KMS::Key": {
    async find(region, KeyId) {
      const { KeyMetadata } = await new KMSClient({ region }).send(new DescribeKeyCommand({ KeyId }));
      if (KeyMetadata?.KeyState !== "PendingDeletion") return kept;
      const until = KeyMetadata.DeletionDate?.toISOString().slice(0, 10) ?? "some days";
      return { state: "going", why: `It is deleted on ${until}, and costs nothing until then.` };
    },
    fixed: "kms.key",
    command: (id, region) => `aws kms schedule-key-deletion --key-id ${id} --region ${region}`,
  },
  "AWS::SecretsManager::Secret": {
    async find(region, SecretId) {
      const { DeletedDate } = await new SecretsManagerClient({ region }).send(new DescribeSecretCommand({ SecretId }));
      if (DeletedDate === undefined) return kept;
      return { state: "going", why: "It is deleted at the end of its recovery window, and costs nothing until then." };
    },
    fixed: "secret.month",
    command: (id, region) => `aws secretsmanager delete-secret --secret-id ${id} --region ${region}`,
  },
  "AWS::ECR::Repository": {
    async find(region, repositoryName) {
      await new ECRClient({ region }).send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
      return kept;
    },
    perGb: "ecr.storage",
    command: (id, region) => `aws ecr delete-repository --repository-name ${id} --force --region ${region}`,
  },
  "AWS::Logs::LogGroup": {
    async find(region, name) {
      const client = new CloudWatchLogsClient({ region });
      const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
      if (!logGroups.some(({ logGroupName }) => logGroupName === name)) return undefined;
      return { state: "kept", why: "What was logged is kept until it is too old." };
    },
    perGb: "logs.storage",
    command: (id, region) => `aws logs delete-log-group --log-group-name ${id} --region ${region}`,
  },
  "AWS::RDS::DBInstance": {
    async find(region, DBInstanceIdentifier) {
      const client = new RDSClient({ region });
      const { DBSnapshots = [] } = await client.send(new DescribeDBSnapshotsCommand({ DBInstanceIdentifier }));
      if (DBSnapshots.length === 0) return undefined;
      const names = DBSnapshots.map(({ DBSnapshotIdentifier }) => DBSnapshotIdentifier).join(", ");
      return { state: "kept", why: `Snapshots of the database: ${names}.` };
    },
    perGb: "rds.storage",
    command: (_id, region) => `aws rds delete-db-snapshot --db-snapshot-identifier <snapshot> --region ${region}`,
  },
};

/** Of what was in the app's stacks, what is still there, with what it costs by the price table. */
export async function leftovers(region: string, resources: readonly StackResource[]): Promise<readonly Leftover[]> {
  const prices = knownPrices();
  const priceOf = (key: PriceKey | undefined): number | undefined =>
    key === undefined ? undefined : Number(prices.find(region, key)?.usd);
  const found = await Promise.all(
    resources.map(async ({ type, physicalId }): Promise<Leftover | undefined> => {
      const kind = kinds[type];
      if (kind === undefined || physicalId === undefined) return undefined;
      const look = await lookFor(kind, region, physicalId);
      if (look === undefined) return undefined;
      const { locked = false, ...state } = look;
      const fixed = state.state === "going" ? 0 : priceOf(kind.fixed);
      const usdPerGb = priceOf(kind.perGb);
      const command = kind.command(physicalId, region, locked);
      return { type, id: physicalId, ...state, monthlyUsd: fixed, usdPerGb, command };
    }),
  );
  return found.filter((leftover) => leftover !== undefined);
}

/**
 * `aws s3 rb --force` leaves earlier versions, and a bucket with any is not removed.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html a thousand at a time
 */
function bucketRemoval(id: string, region: string, locked: boolean): string {
  const at = `--bucket ${id} --region ${region}`;
  const query = "{Objects: [Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}}";
  const list = `aws s3api list-object-versions ${at} --no-paginate --output json --query '${query}'`;
  const bypass = locked ? " --bypass-governance-retention" : "";
  return (
    `${list} | aws s3api delete-objects ${at}${bypass} --delete file:///dev/stdin, ` +
    `again until nothing is left in it, then aws s3api delete-bucket ${at}`
  );
}

async function lookFor({ find }: Kind, region: string, id: string): Promise<Found | undefined> {
  try {
    return await find(region, id);
  } catch (error) {
    // S3 says it by the status alone.
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (isAbsent(error) || status === 404) return undefined;
    throw translated(error, `looking for what is left of ${id}`);
  }
}
