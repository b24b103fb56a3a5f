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
    const logOfLogs = "It is where a log ends: a log of who reads it would need one again.";
    acknowledge(this.bucket, {
      "AwsSolutions-S1": logOfLogs,
      "CT.S3.PR.2": logOfLogs,
      "CT.S3.PR.4": "Nothing has to happen when a file of the trail arrives.",
      "CT.S3.PR.10":
        "S3 encrypts it with its own keys. A key of the account costs a dollar a month and guards against nobody else.",
    });
    acknowledge(this.trail, {
      "CT.CLOUDTRAIL.PR.1":
        "S3 encrypts its files with its own keys; CloudTrail adds digests, which show a changed or missing file.",
      "CT.CLOUDTRAIL.PR.3":
        "Lines in CloudWatch cost 50 cents a gigabyte, and nobody is woken by them: GuardDuty reads the events itself.",
    });
  }
}
