import type { Placed } from "../describe/references.ts";
import { at, type Design, literal, placeOf } from "./design.ts";
import type { Found, Rule } from "./rule.ts";

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
export const templateLimits = { resources: 500, bytes: 1_000_000, outputs: 200 } as const;

const evidence = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html";

/** Longest names, by type and property. */
const nameLimits: Readonly<Record<string, readonly [property: string, most: number]>> = {
  "AWS::ElasticLoadBalancingV2::LoadBalancer": ["Name", 32],
  "AWS::ElasticLoadBalancingV2::TargetGroup": ["Name", 32],
  "AWS::S3::Bucket": ["BucketName", 63],
  "AWS::IAM::Role": ["RoleName", 64],
  "AWS::IAM::ManagedPolicy": ["ManagedPolicyName", 128],
  "AWS::DynamoDB::Table": ["TableName", 255],
  "AWS::DynamoDB::GlobalTable": ["TableName", 255],
  "AWS::Lambda::Function": ["FunctionName", 64],
  "AWS::RDS::DBInstance": ["DBInstanceIdentifier", 63],
  "AWS::RDS::DBCluster": ["DBClusterIdentifier", 63],
  "AWS::ECR::Repository": ["RepositoryName", 256],
  "AWS::ECS::Cluster": ["ClusterName", 255],
  "AWS::ECS::Service": ["ServiceName", 255],
  "AWS::ECS::TaskDefinition": ["Family", 255],
  "AWS::SQS::Queue": ["QueueName", 80],
  "AWS::SNS::Topic": ["TopicName", 256],
  "AWS::Logs::LogGroup": ["LogGroupName", 512],
  "AWS::SecretsManager::Secret": ["Name", 512],
  "AWS::WAFv2::WebACL": ["Name", 128],
  "AWS::Budgets::Budget": ["Budget.BudgetName", 100],
  "AWS::CloudFront::OriginAccessControl": ["OriginAccessControlConfig.Name", 64],
};

/** Rules on what CloudFormation takes at all. */
export const limitRules: readonly Rule[] = [
  {
    id: "template-resources",
    level: "refusal",
    final: true,
    row: "template limits",
    fact: `A template has at most ${templateLimits.resources} resources.`,
    evidence,
    instead: "Add fewer by extend, or put them into a stack of their own: new Stack(stacks.Data.node.root, …).",
    find: ({ stacks }) =>
      stacks
        .map(({ name, template }) => ({ name, count: Object.keys(template.Resources ?? {}).length }))
        .filter(({ count }) => count > templateLimits.resources)
        .map(({ name, count }) => ({ where: name, what: `It has ${count} resources.` })),
  },
  {
    id: "template-size",
    level: "refusal",
    final: true,
    row: "template limits",
    fact: `A template has at most ${templateLimits.bytes} bytes.`,
    evidence,
    instead:
      "Move what is long out of it: dashboards, inline code and policies into files, resources into a further stack.",
    find: ({ stacks }) =>
      stacks
        .filter(({ bytes }) => bytes > templateLimits.bytes)
        .map(({ name, bytes }) => ({ where: name, what: `It has ${bytes} bytes.` })),
  },
  {
    id: "template-outputs",
    level: "refusal",
    final: true,
    row: "template limits",
    fact: `A template has at most ${templateLimits.outputs} outputs. What other stacks refer to is one of them each.`,
    evidence,
    instead: "Refer to fewer things across stacks, such as to tables by their prefix.",
    find: ({ stacks }) =>
      stacks
        .map(({ name, template }) => ({ name, count: Object.keys(template.Outputs ?? {}).length }))
        .filter(({ count }) => count > templateLimits.outputs)
        .map(({ name, count }) => ({ where: name, what: `It has ${count} outputs.` })),
  },
  {
    id: "name-too-long",
    level: "refusal",
    final: true,
    row: "template limits",
    fact: "AWS limits names, each service in its own way: 32 characters for load balancers and target groups, 63 for buckets.",
    evidence: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html",
    instead: "Leave the name out, and CloudFormation makes one, or shorten the app's name.",
    find: longNames,
  },
];

function longNames({ of, stacks }: Design): readonly Found[] {
  const long = (placed: Placed): readonly Found[] => {
    const [property = "", most = 0] = nameLimits[placed.resource.Type] ?? [];
    const name = literal(at(placed, property));
    if (name === undefined || name.length <= most) return [];
    return [{ where: placeOf(placed), what: `${name} has ${name.length} characters, and at most ${most} are taken.` }];
  };
  return [
    ...of(...Object.keys(nameLimits)).flatMap(long),
    ...stacks
      .filter(({ name }) => name.length > 128)
      .map(({ name }) => ({
        where: name,
        what: `The stack's name has ${name.length} characters, and at most 128 are taken.`,
      })),
  ];
}
