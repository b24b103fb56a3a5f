import type { PriceTable } from "../price-row.ts";
import { from, sources } from "./sources.ts";

/** Asia Pacific (Sydney). CloudFront by what its visitors on the same continent cost. */
export const apSoutheast2: PriceTable = {
  ...from(sources.ec2, {
    "ec2.t3.micro": "0.0132",
    "ec2.t3.nano": "0.0066",
    "ec2.t3.small": "0.0264",
    "ec2.t4g.large": "0.0848",
    "ec2.t4g.medium": "0.0424",
    "ec2.t4g.micro": "0.0106",
    "ec2.t4g.nano": "0.0053",
    "ec2.t4g.small": "0.0212",
  }),
  ...from(sources.fargate, {
    "fargate.arm.vcpu": "0.03885",
    "fargate.arm.memory": "0.00426",
    "fargate.x86.vcpu": "0.04856",
    "fargate.x86.memory": "0.00532",
    "fargate.storage": "0.000133",
  }),
  ...from(sources.nat, { "nat.hour": "0.059", "nat.data": "0.059" }),
  ...from(sources.vpc, { "ipv4.hour": "0.005", "endpoint.hour": "0.013", "endpoint.data": "0.01" }),
  ...from(sources.dynamodb, {
    "dynamodb.read": "0.0000001425",
    "dynamodb.write": "0.00000071",
    "dynamodb.storage": "0.285",
    "dynamodb.pitr": "0.228",
  }),
  ...from(sources.s3, { "s3.storage": "0.025", "s3.put": "0.0000055", "s3.get": "0.00000044" }),
  ...from(sources.kms, { "kms.key": "1", "kms.request": "0.000003", "kms.signature": "0.000015" }),
  ...from(sources.cloudwatch, {
    "logs.ingest": "0.67",
    "logs.storage": "0.033",
    "logs.vended": "0.67",
    "alarm.metric": "0.1",
    "alarm.high-resolution": "0.3",
    "alarm.composite": "0.5",
    "metric.custom": "0.3",
  }),
  ...from(sources.waf, { "waf.acl": "5", "waf.rule": "1", "waf.request": "0.0000006" }),
  ...from(sources.guardduty, { "guardduty.event": "0.0000046", "guardduty.data": "1.15" }),
  ...from(sources.cloudtrail, { "cloudtrail.data-event": "0.000001" }),
  ...from(sources.sns, { "sns.email": "0.00002" }),
  ...from(sources.cloudfrontRequests, { "cloudfront.request": "0.00000125" }),
  ...from(sources.albPublished, { "alb.hour": "0.0252", "alb.lcu": "0.008" }),
  ...from(sources.ebsPublished, { "ebs.gp3": "0.096" }),
  ...from(sources.transferPublished, { "transfer.out": "0.114", "transfer.zones": "0.01" }),
  ...from(sources.cloudfrontPublished, { "cloudfront.data": "0.114" }),
  ...from(sources.ecrPublished, { "ecr.storage": "0.1" }),
};
