import type { Lack } from "./lacking.ts";

/**
 * What CloudFormation of moto 5.2.5 cannot make of the parts that are deployed there, as of 2026-11-21; each is tried again in
 * rehearsal-lacks.test.ts. It answers with a page of HTML where it fails inside.
 */
export const motoLacks: readonly Lack[] = [
  { type: "AWS::CloudFront::ResponseHeadersPolicy", says: "passed over" },
  { type: "AWS::CloudFront::VpcOrigin", says: "passed over" },
  { type: "AWS::CloudFront::Distribution", says: "passed over" },
  { type: "AWS::ApplicationAutoScaling::ScalableTarget", says: "passed over" },
  { type: "AWS::ApplicationAutoScaling::ScalingPolicy", says: "passed over" },
  { type: "AWS::EC2::SecurityGroupIngress", says: "mismatched tags <html>" },
  { type: "AWS::EC2::SecurityGroupEgress", says: "passed over" },
  {
    type: "AWS::ElasticLoadBalancingV2::TargetGroup",
    attribute: "TargetGroupFullName",
    tried: { TargetType: "lambda" },
    says: "mismatched tags <html>",
  },
];
