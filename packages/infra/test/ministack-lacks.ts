import type { Lack } from "./lacking.ts";

const unknown = "Unrecognized resource types";

/** What CloudFormation of ministack 1.5.33 cannot make, as of 2026-11-21; each is tried again in rehearsal-lacks.test.ts. */
export const ministackLacks: readonly Lack[] = [
  { type: "AWS::EC2::Instance", says: unknown },
  { type: "AWS::EC2::EIP", says: unknown },
  { type: "AWS::EC2::NatGateway", says: unknown },
  { type: "AWS::EC2::FlowLog", says: unknown },
  { type: "AWS::EC2::SecurityGroupIngress", says: unknown },
  { type: "AWS::EC2::SecurityGroupEgress", says: unknown },
  { type: "AWS::CloudFront::VpcOrigin", says: unknown },
  { type: "AWS::ApplicationAutoScaling::ScalableTarget", says: unknown },
  { type: "AWS::ApplicationAutoScaling::ScalingPolicy", says: unknown },
  { type: "AWS::Logs::QueryDefinition", says: unknown },
  { type: "AWS::Budgets::Budget", says: unknown },
  { type: "AWS::WAFv2::LoggingConfiguration", says: unknown },
  { type: "AWS::IAM::OIDCProvider", says: unknown },
  { type: "AWS::CloudTrail::Trail", says: unknown },
  { type: "AWS::GuardDuty::Detector", says: unknown },
  { type: "AWS::AccessAnalyzer::Analyzer", says: unknown },
  { type: "AWS::CloudWatch::Alarm", property: "Metrics", says: "(metric math) is not supported" },
  { type: "AWS::RDS::DBInstance", attribute: "MasterUserSecret.SecretArn", says: "does not exist in schema" },
];
