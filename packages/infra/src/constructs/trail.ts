import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Trail as CloudTrail } from "aws-cdk-lib/aws-cloudtrail";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";

export interface TrailProps {
  readonly name: string;
}

const kept = Duration.days(365);

/**
 * Who called which API of the account, in all regions, kept a year where nobody can change or delete it meanwhile without the right to
 * bypass the lock. The first trail's management events are free; S3 takes cents.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-user-guide.html
 */
export class Trail extends Construct {
  readonly bucket: Bucket;
  readonly trail: CloudTrail;

  constructor(scope: Construct, id: string, { name }: TrailProps) {
    super(scope, id);
    this.bucket = new Bucket(this, "Bucket", {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      objectLockDefaultRetention: ObjectLockRetention.governance(kept),
      lifecycleRules: [{ expiration: kept, noncurrentVersionExpiration: Duration.days(1) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.trail = new CloudTrail(this, "Trail", { trailName: name, bucket: this.bucket, enableFileValidation: true });
    acknowledge(this.bucket, {
      "AwsSolutions-S1": "It is where a log ends: the trail itself records who reads it.",
    });
  }
}
