import { expect, test } from "vitest";
import type { Resource, SynthesizedStack } from "../synthesize.ts";
import { topologyOf } from "./topology.ts";

const resource = (Type: string, Properties: Readonly<Record<string, unknown>> = {}): Resource => ({ Type, Properties });

function stack(
  name: string,
  Resources: Readonly<Record<string, Resource>>,
  outputs: Readonly<Record<string, unknown>> = {},
) {
  const Outputs = Object.fromEntries(
    Object.entries(outputs).map(([key, Value]) => [key, { Value, Export: { Name: `${name}:${key}` } }]),
  );
  return {
    part: "Data",
    name,
    region: "us-east-1",
    template: { Resources, Outputs },
    bytes: 0,
    after: [],
  } satisfies SynthesizedStack;
}

/** `from → to`, by titles. */
function arrows(...stacks: readonly SynthesizedStack[]): readonly string[] {
  const { nodes, edges } = topologyOf(stacks);
  const title = (id: string) => nodes.find((node) => node.id === id)?.title ?? id;
  return edges.map(([from, to]) => `${title(from)} → ${title(to)}`).toSorted();
}

const balancer = resource("AWS::ElasticLoadBalancingV2::LoadBalancer", { Scheme: "internal" });
const listener = resource("AWS::ElasticLoadBalancingV2::Listener", {
  LoadBalancerArn: { Ref: "Balancer" },
  DefaultActions: [{ TargetGroupArn: { Ref: "Group" } }],
});
const group = resource("AWS::ElasticLoadBalancingV2::TargetGroup", { VpcId: { Ref: "Vpc" } });
const service = resource("AWS::ECS::Service", {
  LoadBalancers: [{ TargetGroupArn: { Ref: "Group" } }],
  TaskDefinition: { Ref: "ServerTask" },
});
const task = resource("AWS::ECS::TaskDefinition", { TaskRoleArn: { "Fn::GetAtt": ["Role", "Arn"] } });
const role = resource("AWS::IAM::Role");
const policy = (Resource: unknown) =>
  resource("AWS::IAM::Policy", {
    Roles: [{ Ref: "Role" }],
    PolicyDocument: { Statement: [{ Effect: "Allow", Action: "*", Resource }] },
  });
const program = {
  Balancer: balancer,
  Listener: listener,
  Group: group,
  Service: service,
  ServerTask: task,
  Role: role,
};

test("[landing.plan.drawing] arrows follow listeners, references and policies, over stacks and by names", () => {
  const data = stack(
    "data",
    {
      Key: resource("AWS::KMS::Key"),
      Users: resource("AWS::DynamoDB::Table", { TableName: "chat-dev_users" }),
      Messages: resource("AWS::DynamoDB::Table", { TableName: "chat-dev_messages" }),
      Other: resource("AWS::SecretsManager::Secret", { Name: "other/dev/auth" }),
      Secret: resource("AWS::SecretsManager::Secret", { Name: "chat/dev/auth" }),
      Unread: resource("AWS::SQS::Queue"),
    },
    { KeyArn: { "Fn::GetAtt": ["Key", "Arn"] } },
  );
  const prefix = { "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":dynamodb:us-east-1:1:table/chat-dev_*"]] };
  const compute = stack("compute", {
    ...program,
    Policy: policy([
      { "Fn::ImportValue": "data:KeyArn" },
      prefix,
      "arn:aws:secretsmanager:us-east-1:1:secret:chat/dev/auth-??????",
    ]),
  });
  const { nodes } = topologyOf([data, compute]);
  expect(arrows(data, compute)).toEqual([
    "load balancer → service",
    "service → 2 DynamoDB tables",
    "service → 2 secrets",
    "service → KMS key",
  ]);
  expect(nodes.map(({ title }) => title)).not.toContain("queue");
});

test("[landing.plan.drawing] who can call from the Internet, and the way out, are seen in the templates", () => {
  const inside = stack("one", { ...program, Balancer: { ...balancer, Properties: { Scheme: "internet-facing" } } });
  expect(arrows(inside)).toEqual(["load balancer → service", "the Internet → load balancer"]);
  const outward = stack("two", {
    ...program,
    Service: { ...service, Properties: { ...service.Properties, NetworkConfiguration: { AwsvpcConfiguration: {} } } },
    Nat: resource("AWS::EC2::NatGateway"),
    Nat2: resource("AWS::EC2::NatGateway"),
    Edge: resource("AWS::CloudFront::Distribution", { DistributionConfig: { Origins: [{ a: { Ref: "VpcOrigin" } }] } }),
    VpcOrigin: resource("AWS::CloudFront::VpcOrigin", { Arn: { Ref: "Balancer" } }),
  });
  expect(arrows(outward)).toEqual([
    "CloudFront → load balancer",
    "load balancer → service",
    "service → 2 NAT gateways",
    "the Internet → CloudFront",
  ]);
});
