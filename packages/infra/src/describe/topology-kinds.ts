import type { Resource } from "../synthesize.ts";

/** From those who call, to what holds data. */
export const tiers = ["people", "edge", "entry", "compute", "data"] as const;
export type Tier = (typeof tiers)[number];

export interface NodeKind {
  readonly tier: Tier;
  /** In plain words, one and many. Several of a kind that are many are one node. */
  readonly one: string;
  readonly many?: string;
  /** What is worth knowing of it. */
  readonly facts?: (resource: Resource) => readonly string[];
  /** It can be reached from the Internet. */
  readonly open?: (resource: Resource) => boolean;
}

const yes = (): boolean => true;

function property(resource: Resource, name: string): unknown {
  return resource.Properties?.[name];
}

function text(resource: Resource, name: string): string {
  const value = property(resource, name);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function aliases(resource: Resource): readonly string[] {
  const config = property(resource, "DistributionConfig");
  const given = typeof config === "object" && config !== null && "Aliases" in config ? config.Aliases : undefined;
  const names = Array.isArray(given) ? given.filter((one): one is string => typeof one === "string") : [];
  return names.length > 0 ? names : ["https at its own name"];
}

function scheme(resource: Resource): string {
  return property(resource, "Scheme") === "internal" ? "internal" : "public";
}

function aurora(resource: Resource): readonly string[] {
  const scaling = property(resource, "ServerlessV2ScalingConfiguration");
  if (typeof scaling !== "object" || scaling === null) return [];
  const { MinCapacity, MaxCapacity } = scaling as { MinCapacity?: number; MaxCapacity?: number };
  return [`${MinCapacity}–${MaxCapacity} capacity units`];
}

function instance(resource: Resource): readonly string[] {
  const size = [text(resource, "DBInstanceClass").replace(/^db\./, ""), `${text(resource, "AllocatedStorage")} GB`];
  return [size.join(", "), ...(property(resource, "MultiAZ") === true ? ["in two zones"] : [])];
}

/** Resources that the drawing shows; all others are how these hang together. */
export const nodeKinds: Readonly<Record<string, NodeKind>> = {
  "AWS::CloudFront::Distribution": { tier: "edge", one: "CloudFront", facts: aliases, open: yes },
  "AWS::ElasticLoadBalancingV2::LoadBalancer": {
    tier: "entry",
    one: "load balancer",
    facts: (resource) => [scheme(resource)],
    open: (resource) => scheme(resource) === "public",
  },
  "AWS::ApiGatewayV2::Api": { tier: "entry", one: "API Gateway", facts: (r) => [text(r, "ProtocolType")], open: yes },
  "AWS::ApiGateway::RestApi": { tier: "entry", one: "API Gateway", open: yes },
  "AWS::ECS::Service": { tier: "compute", one: "service" },
  "AWS::ECS::TaskDefinition": { tier: "compute", one: "task", facts: () => ["run once, when asked"] },
  "AWS::ECS::ExpressGatewayService": { tier: "compute", one: "Express service", open: yes },
  "AWS::Lambda::Function": { tier: "compute", one: "function", many: "functions" },
  "AWS::AppRunner::Service": { tier: "compute", one: "App Runner service", open: yes },
  "AWS::Amplify::App": { tier: "compute", one: "Amplify app", open: yes },
  "AWS::BedrockAgentCore::Runtime": { tier: "compute", one: "AgentCore Runtime" },
  "AWS::DynamoDB::GlobalTable": { tier: "data", one: "DynamoDB table", many: "DynamoDB tables" },
  "AWS::DynamoDB::Table": { tier: "data", one: "DynamoDB table", many: "DynamoDB tables" },
  "AWS::RDS::DBInstance": { tier: "data", one: "PostgreSQL", facts: instance },
  "AWS::RDS::DBCluster": { tier: "data", one: "Aurora PostgreSQL", facts: aurora },
  "AWS::RDS::DBProxy": { tier: "data", one: "RDS Proxy" },
  "AWS::S3::Bucket": { tier: "data", one: "S3 bucket", many: "S3 buckets" },
  "AWS::KMS::Key": { tier: "data", one: "KMS key", many: "KMS keys" },
  "AWS::SecretsManager::Secret": { tier: "data", one: "secret", many: "secrets" },
  "AWS::SSM::Parameter": { tier: "data", one: "parameter", many: "parameters" },
  "AWS::SQS::Queue": { tier: "data", one: "queue", many: "queues" },
  "AWS::ElastiCache::ServerlessCache": { tier: "data", one: "cache" },
  "AWS::ElastiCache::ReplicationGroup": { tier: "data", one: "cache" },
  "AWS::KinesisFirehose::DeliveryStream": { tier: "data", one: "Firehose stream", many: "Firehose streams" },
  "AWS::Cognito::UserPool": { tier: "data", one: "Cognito user pool", many: "Cognito user pools" },
};

/** Properties by which a resource hangs on another that stands before it: followed the other way round. */
export const towards: Readonly<Record<string, readonly string[]>> = {
  "AWS::ElasticLoadBalancingV2::Listener": ["LoadBalancerArn"],
  "AWS::ElasticLoadBalancingV2::ListenerRule": ["ListenerArn"],
  "AWS::ECS::Service": ["LoadBalancers"],
  "AWS::IAM::Policy": ["Roles"],
  "AWS::IAM::ManagedPolicy": ["Roles"],
  "AWS::ApiGatewayV2::Integration": ["ApiId"],
  "AWS::ApiGatewayV2::Route": ["ApiId"],
  "AWS::ApiGateway::Method": ["RestApiId"],
  "AWS::WAFv2::WebACLAssociation": ["ResourceArn"],
};

/** What everything shares: no way leads over it. */
export const shared: readonly string[] = [
  "AWS::EC2::VPC",
  "AWS::EC2::Subnet",
  "AWS::EC2::SecurityGroup",
  "AWS::EC2::SecurityGroupIngress",
  "AWS::EC2::SecurityGroupEgress",
  "AWS::ECS::Cluster",
  "AWS::Logs::LogGroup",
  "AWS::SNS::Topic",
];
