import type { PriceTable } from "../price-row.ts";
import { from, sources } from "./sources.ts";

/** EU (Ireland). CloudFront by what its visitors on the same continent cost. */
export const euWest1: PriceTable = {
  ...from(sources.ec2, {
    "ec2.t3.micro": "0.0114",
    "ec2.t3.nano": "0.0057",
    "ec2.t3.small": "0.0228",
    "ec2.t4g.large": "0.0736",
    "ec2.t4g.medium": "0.0368",
    "ec2.t4g.micro": "0.0092",
    "ec2.t4g.nano": "0.0046",
    "ec2.t4g.small": "0.0184",
  }),
  ...from(sources.fargate, {
    "fargate.arm.vcpu": "0.03238",
    "fargate.arm.memory": "0.00356",
    "fargate.x86.vcpu": "0.04048",
    "fargate.x86.memory": "0.004445",
    "fargate.storage": "0.000122",
  }),
  ...from(sources.nat, { "nat.hour": "0.048", "nat.data": "0.048" }),
  ...from(sources.vpc, { "ipv4.hour": "0.005", "endpoint.hour": "0.011", "endpoint.data": "0.01" }),
  ...from(sources.dynamodb, {
    "dynamodb.read": "0.0000001415",
    "dynamodb.write": "0.000000705",
    "dynamodb.storage": "0.283",
    "dynamodb.pitr": "0.22",
  }),
  ...from(sources.s3, { "s3.storage": "0.023", "s3.put": "0.000005", "s3.get": "0.0000004" }),
  ...from(sources.kms, { "kms.key": "1", "kms.request": "0.000003", "kms.signature": "0.000015" }),
  ...from(sources.cloudwatch, {
    "logs.ingest": "0.57",
    "logs.storage": "0.03",
    "logs.vended": "0.57",
    "alarm.metric": "0.1",
    "alarm.high-resolution": "0.3",
    "alarm.composite": "0.5",
    "metric.custom": "0.3",
  }),
  ...from(sources.waf, { "waf.acl": "5", "waf.rule": "1", "waf.request": "0.0000006" }),
  ...from(sources.guardduty, { "guardduty.event": "0.0000044", "guardduty.data": "1.1" }),
  ...from(sources.cloudtrail, { "cloudtrail.data-event": "0.000001" }),
  ...from(sources.sns, { "sns.email": "0.00002" }),
  ...from(sources.cloudfrontRequests, { "cloudfront.request": "0.0000012" }),
  ...from(sources.albBilled, { "alb.hour": "0.0252" }),
  ...from(sources.albPublished, { "alb.lcu": "0.008" }),
  ...from(sources.ebsPublished, { "ebs.gp3": "0.088" }),
  ...from(sources.transferPublished, { "transfer.out": "0.09", "transfer.zones": "0.01" }),
  ...from(sources.cloudfrontPublished, { "cloudfront.data": "0.085" }),
  ...from(sources.ecrPublished, { "ecr.storage": "0.1" }),
  ...from(sources.rdsBilled, { "rds.storage": "0.127", "rds.t4g.micro": "0.017", "rds.t4g.small": "0.035" }),
};
