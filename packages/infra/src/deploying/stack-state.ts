import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import { asking, ifThere } from "./aws-fault.ts";

/** A stack as CloudFormation has it. */
export interface StackState {
  readonly name: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  readonly terminationProtection: boolean;
  readonly updatedAt: Date | undefined;
}

export interface StackResource {
  readonly logicalId: string;
  readonly physicalId: string | undefined;
  readonly type: string;
  readonly status: string;
}

/** @returns undefined if there is no such stack, or nothing but a change set that nobody carried out. */
export async function stackState(region: string, name: string): Promise<StackState | undefined> {
  const client = new CloudFormationClient({ region });
  const found = await ifThere(`reading the state of ${name}`, () =>
    client.send(new DescribeStacksCommand({ StackName: name })),
  );
  const stack = found?.Stacks?.[0];
  if (stack?.StackStatus === undefined || /^(REVIEW_IN_PROGRESS|DELETE_COMPLETE)$/.test(stack.StackStatus))
    return undefined;
  return {
    name,
    status: stack.StackStatus,
    reason: stack.StackStatusReason,
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
    ),
    terminationProtection: stack.EnableTerminationProtection ?? false,
    updatedAt: stack.LastUpdatedTime ?? stack.CreationTime,
  };
}

/** Everything that a stack has made. Empty if there is no such stack. */
export async function stackResources(region: string, name: string): Promise<readonly StackResource[]> {
  const client = new CloudFormationClient({ region });
  const found = await ifThere(`listing what is in ${name}`, () =>
    client.send(new DescribeStackResourcesCommand({ StackName: name })),
  );
  return (found?.StackResources ?? []).map((resource) => ({
    logicalId: resource.LogicalResourceId ?? "",
    physicalId: resource.PhysicalResourceId,
    type: resource.ResourceType ?? "",
    status: resource.ResourceStatus ?? "",
  }));
}

/** Why the last operation on a stack failed: the first failures, which the others follow from. */
export async function stackFailures(region: string, name: string): Promise<readonly string[]> {
  const client = new CloudFormationClient({ region });
  const { StackEvents: events = [] } = await asking(`reading what happened to ${name}`, () =>
    client.send(new DescribeStackEventsCommand({ StackName: name })),
  );
  const failed = events.filter(
    ({ ResourceStatus, ResourceStatusReason }) =>
      ResourceStatus?.endsWith("_FAILED") === true && !/cancelled/i.test(ResourceStatusReason ?? ""),
  );
  return failed
    .slice(-3)
    .reverse()
    .map(
      ({ LogicalResourceId, ResourceType, ResourceStatusReason }) =>
        `${LogicalResourceId} (${ResourceType}): ${ResourceStatusReason ?? "no reason given"}`,
    );
}
