import type { PriceTable } from "../price-row.ts";
import { from, sources } from "./sources.ts";

/** EU (Frankfurt). CloudFront by what its visitors on the same continent cost. */
export const euCentral1: PriceTable = {
  ...from(sources.ec2, {
    "ec2.t3.micro": "0.012",
    "ec2.t3.nano": "0.006",
    "ec2.t3.small": "0.024",
    "ec2.t4g.large": "0.0768",
    "ec2.t4g.medium": "0.0384",
    "ec2.t4g.micro": "0.0096",
    "ec2.t4g.nano": "0.0048",
    "ec2.t4g.small": "0.0192",
  }),
  ...from(sources.fargate, {
    "fargate.arm.vcpu": "0.03725",
    "fargate.arm.memory": "0.00409",
    "fargate.x86.vcpu": "0.04656",
    "fargate.x86.memory": "0.00511",
    "fargate.storage": "0.000132",
  }),
  ...from(sources.nat, { "nat.hour": "0.052", "nat.data": "0.052" }),
  ...from(sources.vpc, { "ipv4.hour": "0.005", "endpoint.hour": "0.012", "endpoint.data": "0.01" }),
  ...from(sources.dynamodb, {
    "dynamodb.read": "0.0000001525",
    "dynamodb.write": "0.0000007625",
    "dynamodb.storage": "0.306",
    "dynamodb.pitr": "0.2448",
  }),
  ...from(sources.s3, { "s3.storage": "0.0245", "s3.put": "0.0000054", "s3.get": "0.00000043" }),
  ...from(sources.kms, { "kms.key": "1", "kms.request": "0.000003", "kms.signature": "0.000015" }),
  ...from(sources.cloudwatch, {
    "logs.ingest": "0.63",
    "logs.storage": "0.0324",
    "logs.vended": "0.63",
    "alarm.metric": "0.1",
    "alarm.high-resolution": "0.3",
    "alarm.composite": "0.5",
    "metric.custom": "0.3",
  }),
  ...from(sources.waf, { "waf.acl": "5", "waf.rule": "1", "waf.request": "0.0000006" }),
  ...from(sources.guardduty, { "guardduty.event": "0.0000046", "guardduty.data": "1.15" }),
  ...from(sources.cloudtrail, { "cloudtrail.data-event": "0.000001" }),
  ...from(sources.sns, { "sns.email": "0.00002" }),
  ...from(sources.cloudfrontRequests, { "cloudfront.request": "0.0000012" }),
  ...from(sources.albBilled2024, { "alb.hour": "0.027" }),
  ...from(sources.albPublished, { "alb.lcu": "0.008" }),
  ...from(sources.ebsPublished, { "ebs.gp3": "0.0952" }),
  ...from(sources.transferPublished, { "transfer.out": "0.09", "transfer.zones": "0.01" }),
  ...from(sources.cloudfrontPublished, { "cloudfront.data": "0.085" }),
  ...from(sources.ecrPublished, { "ecr.storage": "0.1" }),
  ...from(sources.rdsPublished, { "rds.storage": "0.137", "rds.t4g.micro": "0.019" }),
};
