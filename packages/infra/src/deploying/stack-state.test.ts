import type { StackEvent } from "@aws-sdk/client-cloudformation";
import { expect, test } from "vitest";
import { failuresIn, wasTakenBack } from "./stack-state.ts";

const StackId = "arn:aws:cloudformation:us-east-1:123456789012:stack/chat-dev-network/0c8f";
const event = (id: string, status: string, reason?: string): StackEvent => ({
  StackId,
  EventId: `${id}-${status}`,
  StackName: "chat-dev-network",
  Timestamp: new Date(0),
  LogicalResourceId: id,
  PhysicalResourceId: id === "chat-dev-network" ? StackId : id,
  ResourceType: id === "chat-dev-network" ? "AWS::CloudFormation::Stack" : "AWS::EC2::Thing",
  ResourceStatus: status as NonNullable<StackEvent["ResourceStatus"]>,
  ...(reason === undefined ? {} : { ResourceStatusReason: reason }),
});

test("[landing.compute.failures] only the last operation's failures are told, the first of them first", () => {
  const events = [
    event("chat-dev-network", "UPDATE_ROLLBACK_COMPLETE"),
    event("B", "UPDATE_FAILED", "Resource update cancelled"),
    event("Third", "UPDATE_FAILED", "three"),
    event("Second", "CREATE_FAILED", "two"),
    event("First", "CREATE_FAILED", "one"),
    event("chat-dev-network", "UPDATE_IN_PROGRESS", "User Initiated"),
    event("Old", "CREATE_FAILED", "of last week"),
    event("chat-dev-network", "CREATE_IN_PROGRESS", "User Initiated"),
  ];
  expect(failuresIn(events)).toEqual([
    "First (AWS::EC2::Thing): one",
    "Second (AWS::EC2::Thing): two",
    "Third (AWS::EC2::Thing): three",
  ]);
});

test.each([
  [
    "Delete canceled. Cannot delete export chat-dev-network:ExportsOutputX as it is in use by chat-dev-cluster.",
    "give aloft deploy --only cluster first, then aloft deploy",
  ],
  [
    "Export chat-dev-guard:ExportsOutputX cannot be deleted as it is in use by chat-dev-compute",
    "give aloft deploy --only compute first, then aloft deploy",
  ],
  [
    "Cannot update export chat-dev-guard:ExportsOutputX as it is in use by chat-dev-compute.",
    "take the setting out, give aloft deploy --only compute, then set the new one and give aloft deploy",
  ],
])("[landing.compute.failures] what another part still takes says which part goes first: %s", (reason, mend) => {
  const events = [
    event("chat-dev-network", "UPDATE_ROLLBACK_IN_PROGRESS", reason),
    event("chat-dev-network", "UPDATE_IN_PROGRESS", "User Initiated"),
  ];
  expect(failuresIn(events)).toEqual([expect.stringContaining(mend)]);
});

test("[landing.deploy.broken.protected] what protection keeps is told with how to lift it, also beside earlier failures", () => {
  const reason = "Cannot delete protected DB Instance, please disable deletion protection and try again.";
  const events = [
    { ...event("chat-db", "DELETE_FAILED", reason), ResourceType: "AWS::RDS::DBInstance" },
    ...["Third", "Second", "First"].map((id) => event(id, "CREATE_FAILED", "no")),
    event("chat-dev-network", "CREATE_IN_PROGRESS", "User Initiated"),
  ];
  const lift =
    "aws rds modify-db-instance --db-instance-identifier chat-db --no-deletion-protection --region us-east-1,";
  expect(failuresIn(events)).toHaveLength(4);
  expect(failuresIn(events)[3]).toContain(lift);
});

test("[landing.compute.begin-again] only what a failed first deployment left is taken over", () => {
  const states = ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE", "CREATE_COMPLETE"];
  expect(states.map((status) => wasTakenBack({ status }))).toEqual([true, true, false, false]);
  expect(wasTakenBack(undefined)).toBe(false);
});
