import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";

export interface BlobsProps {
  /** Before the account and the region in the bucket's name. */
  readonly prefix: string;
  readonly protectData: boolean;
  /** Default: S3's own keys. */
  readonly encryptionKey?: IKey | undefined;
}

/** What was deleted or overwritten can be had back for so long, where data is protected. */
export const noncurrentDays = 30;

/** A private bucket for files. Nothing empties it but who is asked to: CloudFormation refuses to delete it while it holds anything. */
export class Blobs extends Construct {
  readonly bucketName: string;
  readonly bucketArn: string;

  constructor(scope: Construct, id: string, { prefix, protectData, encryptionKey }: BlobsProps) {
    super(scope, id);
    const { account, region, partition } = Stack.of(this);
    this.bucketName = `${prefix}-blobs-${account}-${region}`;
    this.bucketArn = `arn:${partition}:s3:::${this.bucketName}`;
    const bucket = new Bucket(this, "Bucket", {
      bucketName: this.bucketName,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      ...(encryptionKey === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
      versioned: protectData,
      lifecycleRules: [
        { id: "unfinished", abortIncompleteMultipartUploadAfter: Duration.days(1) },
        ...(protectData ? [{ id: "deleted", noncurrentVersionExpiration: Duration.days(noncurrentDays) }] : []),
      ],
      removalPolicy: protectData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    const unlogged =
      "Only the program reads it, and who may is in its role; access logs would cost more than the files. The trail can record it.";
    acknowledge(bucket, {
      "AwsSolutions-S1": unlogged,
      "CT.S3.PR.2": unlogged,
      "CT.S3.PR.4": "The program puts the files there itself: nobody has to be told of them.",
      "CT.S3.PR.9": "People may delete their files, and the law asks for it: a lock would keep them.",
      ...(encryptionKey === undefined
        ? { "CT.S3.PR.10": 'S3\'s own keys encrypt it, for free; encryption: "own" takes a key of the account.' }
        : {}),
      ...(protectData
        ? {}
        : { "CT.S3.PR.11": "What an environment without protectData has is not to be kept after it was deleted." }),
    });
  }
}
