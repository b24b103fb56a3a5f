import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  type StackEvent,
  type StackResourceSummary,
} from "@aws-sdk/client-cloudformation";
import { asking, ifThere } from "./aws-fault.ts";

/** What CDK hands from one stack to another: nobody reads it. */
const betweenStacks = /^(?:Exports|Publish)Output/;

/** A stack as CloudFormation has it. */
export interface StackState {
  readonly name: string;
  readonly status: string;
  readonly reason: string | undefined;
  /** Those that are for people. */
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
      (stack.Outputs ?? [])
        .filter(({ OutputKey = "" }) => !betweenStacks.test(OutputKey))
        .map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
    ),
    terminationProtection: stack.EnableTerminationProtection ?? false,
    updatedAt: stack.LastUpdatedTime ?? stack.CreationTime,
  };
}

/**
 * Whether its first deployment failed and was taken back. What is protected is left then, such as tables: the next deployment
 * has to take them over, since their names are taken.
 */
export function wasTakenBack(state: Pick<StackState, "status"> | undefined): boolean {
  return state !== undefined && /^ROLLBACK_(COMPLETE|FAILED)$/.test(state.status);
}

/** Everything that a stack has made. Empty if there is no such stack. */
export async function stackResources(region: string, name: string): Promise<readonly StackResource[]> {
  const client = new CloudFormationClient({ region });
  const found = await ifThere(`listing what is in ${name}`, async () => {
    const all: StackResourceSummary[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListStackResourcesCommand({ StackName: name, NextToken }));
      all.push(...(page.StackResourceSummaries ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return all;
  });
  return (found ?? []).map((resource) => ({
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
  return failuresIn(events);
}

/**
 * Failures of the last operation, the first of them first; those of earlier operations are among the events as well.
 * @param events the newest first, as CloudFormation gives them.
 */
export function failuresIn(events: readonly StackEvent[]): readonly string[] {
  const began = events.findIndex(isBeginning);
  const latest = began === -1 ? events : events.slice(0, began);
  const failed = latest.filter(
    ({ ResourceStatus, ResourceStatusReason = "" }) =>
      inUse.test(ResourceStatusReason) ||
      (ResourceStatus?.endsWith("_FAILED") === true && !/cancelled/i.test(ResourceStatusReason)),
  );
  return failed
    .filter((event, index) => index >= failed.length - 3 || isProtected(event))
    .reverse()
    .map((event) => {
      const { LogicalResourceId, ResourceType, ResourceStatusReason = "no reason given" } = event;
      const mend = isProtected(event) ? unprotecting(event) : mendOf(ResourceStatusReason);
      return `${LogicalResourceId} (${ResourceType}): ${ResourceStatusReason}${mend}`;
    });
}

function isBeginning({ ResourceType, StackId, PhysicalResourceId, ResourceStatus }: StackEvent): boolean {
  const ofStack = ResourceType === "AWS::CloudFormation::Stack" && StackId === PhysicalResourceId;
  return ofStack && /^(CREATE|UPDATE|DELETE|IMPORT)_IN_PROGRESS$/.test(ResourceStatus ?? "");
}

/** What RDS says where it is to delete what is protected. */
function isProtected({ ResourceType, ResourceStatusReason = "" }: StackEvent): boolean {
  return ResourceType === "AWS::RDS::DBInstance" && /deletion ?protection/i.test(ResourceStatusReason);
}

function unprotecting({ PhysicalResourceId, StackId = "" }: StackEvent): string {
  const region = StackId.split(":")[3] ?? "";
  return (
    ` Run aws rds modify-db-instance --db-instance-identifier ${PhysicalResourceId} --no-deletion-protection ` +
    `--region ${region}, then give the same command again.`
  );
}

/** What CloudFormation says of a value that it keeps for another stack. */
const inUse = /\bexport\b.* in use by ([\w-]+)/i;

/** A stack does not let go of what another one takes from it: that one has to be deployed without it first. */
function mendOf(reason: string): string {
  const found = inUse.exec(reason);
  if (found === null) return "";
  const [, consumer = ""] = found;
  const only = `aloft deploy --only ${consumer.slice(consumer.lastIndexOf("-") + 1)}`;
  return /cannot (be )?update/i.test(reason)
    ? `. ${consumer} still has it: take the setting out, give ${only}, then set the new one and give aloft deploy.`
    : `. ${consumer} still has it: give ${only} first, then aloft deploy.`;
}
