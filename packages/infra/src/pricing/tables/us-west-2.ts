import type { PriceTable } from "../price-row.ts";
import { from, sources } from "./sources.ts";

/** US West (Oregon). CloudFront by what its visitors on the same continent cost. */
export const usWest2: PriceTable = {
  ...from(sources.ec2, {
    "ec2.t3.micro": "0.0104",
    "ec2.t3.nano": "0.0052",
    "ec2.t3.small": "0.0208",
    "ec2.t4g.large": "0.0672",
    "ec2.t4g.medium": "0.0336",
    "ec2.t4g.micro": "0.0084",
    "ec2.t4g.nano": "0.0042",
    "ec2.t4g.small": "0.0168",
  }),
  ...from(sources.fargate, {
    "fargate.arm.vcpu": "0.03238",
    "fargate.arm.memory": "0.00356",
    "fargate.x86.vcpu": "0.04048",
    "fargate.x86.memory": "0.004445",
    "fargate.storage": "0.000111",
  }),
  ...from(sources.nat, { "nat.hour": "0.045", "nat.data": "0.045" }),
  ...from(sources.vpc, { "ipv4.hour": "0.005", "endpoint.hour": "0.01", "endpoint.data": "0.01" }),
  ...from(sources.dynamodb, {
    "dynamodb.read": "0.000000125",
    "dynamodb.write": "0.000000625",
    "dynamodb.storage": "0.25",
    "dynamodb.pitr": "0.2",
  }),
  ...from(sources.s3, { "s3.storage": "0.023", "s3.put": "0.000005", "s3.get": "0.0000004" }),
  ...from(sources.kms, { "kms.key": "1", "kms.request": "0.000003", "kms.signature": "0.000015" }),
  ...from(sources.cloudwatch, {
    "logs.ingest": "0.5",
    "logs.storage": "0.03",
    "logs.vended": "0.5",
    "alarm.metric": "0.1",
    "alarm.high-resolution": "0.3",
    "alarm.composite": "0.5",
    "metric.custom": "0.3",
  }),
  ...from(sources.waf, { "waf.acl": "5", "waf.rule": "1", "waf.request": "0.0000006" }),
  ...from(sources.guardduty, { "guardduty.event": "0.000004", "guardduty.data": "1" }),
  ...from(sources.cloudtrail, { "cloudtrail.data-event": "0.000001" }),
  ...from(sources.sns, { "sns.email": "0.00002" }),
  ...from(sources.cloudfrontRequests, { "cloudfront.request": "0.000001" }),
  ...from(sources.albPublished, { "alb.hour": "0.0225", "alb.lcu": "0.008" }),
  ...from(sources.ebsPublished, { "ebs.gp3": "0.08" }),
  ...from(sources.transferPublished, { "transfer.out": "0.09", "transfer.zones": "0.01" }),
  ...from(sources.cloudfrontData, { "cloudfront.data": "0.085" }),
  ...from(sources.ecrPublished, { "ecr.storage": "0.1" }),
};
