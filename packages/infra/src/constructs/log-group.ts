import { RemovalPolicy } from "aws-cdk-lib";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";

export interface LogGroupProps {
  /** Default: CloudFormation makes one up, so that what was kept of an earlier deployment is in nobody's way. */
  readonly name?: string;
  readonly retentionDays: number;
  /** Whether its lines outlive its stack, for as long as they are retained. */
  readonly keep: boolean;
}

const year = 365;

/** Lines that are kept for so many days, encrypted by CloudWatch's own key. */
export function logGroup(scope: Construct, id: string, { name, retentionDays, keep }: LogGroupProps): LogGroup {
  const group = new LogGroup(scope, id, {
    ...(name === undefined ? {} : { logGroupName: name }),
    retention: retentionDays as RetentionDays,
    removalPolicy: keep ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  });
  acknowledge(group, {
    "CT.CLOUDWATCH.PR.3": "CloudWatch encrypts it with a key of its own; no secret and no message's text is in a log.",
    ...(retentionDays < year
      ? {
          "CT.CLOUDWATCH.PR.2": `${retentionDays} days are enough to look into what went wrong; logRetentionDays says otherwise.`,
        }
      : {}),
  });
  return group;
}
