import { type Examples, ref, resource, type Resources } from "./design.ts";

const bedrock = (defaultModel: string) => ({ config: { models: { provider: "bedrock", defaultModel } } });
const container = (properties: Readonly<Record<string, unknown>>) => ({
  resources: { Task: resource("AWS::ECS::TaskDefinition", { ContainerDefinitions: [properties] }) },
});
const budget = (NotificationsWithSubscribers?: readonly unknown[]) => ({
  resources: { Budget: resource("AWS::Budgets::Budget", { NotificationsWithSubscribers }) },
});
const endpoint = (VpcEndpointType: string) =>
  resource("AWS::EC2::VPCEndpoint", { VpcEndpointType, ServiceName: "com.amazonaws.us-east-1.kms" });
const nat = resource("AWS::EC2::NatGateway");
const secret = (properties: Readonly<Record<string, unknown>>) => ({
  resources: { Secret: resource("AWS::SecretsManager::Secret", properties) },
});
const many = (count: number): Resources =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`Topic${at}`, resource("AWS::SNS::Topic")]));
const named = (Name: string) => ({
  resources: { Group: resource("AWS::ElasticLoadBalancingV2::TargetGroup", { Name }) },
});

export const operationsDesigns: Readonly<Record<string, Examples>> = {
  "dated-model": {
    fails: [bedrock("anthropic.claude-sonnet-4-20250514-v1:0")],
    passes: [bedrock("anthropic.claude-sonnet-5-5")],
  },
  "x-ray-daemon": {
    fails: [
      container({ Image: "public.ecr.aws/xray/aws-xray-daemon:3.x" }),
      container({ Environment: [{ Name: "AWS_XRAY_DAEMON_ADDRESS", Value: "localhost:2000" }] }),
    ],
    passes: [container({ Image: "public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0" })],
  },
  "budget-tells-nobody": {
    fails: [budget(), budget([{ Notification: {}, Subscribers: [] }])],
    passes: [budget([{ Notification: {}, Subscribers: [{ Address: "ops@acme.dev" }] }])],
  },
  "endpoints-beside-nat": {
    fails: [
      { resources: { Nat: nat, Endpoint: endpoint("Interface") } },
      {
        resources: {
          Nat: resource("AWS::EC2::Instance", { SourceDestCheck: false }),
          Endpoint: endpoint("Interface"),
        },
      },
    ],
    passes: [
      { resources: { Endpoint: endpoint("Interface") } },
      { resources: { Nat: nat, Endpoint: endpoint("Gateway") } },
    ],
  },
  "secret-in-template": {
    fails: [
      secret({ SecretString: "hunter2" }),
      container({ Environment: [{ Name: "STRIPE_API_KEY", Value: "sk_live_1" }] }),
      { resources: { Database: resource("AWS::RDS::DBInstance", { MasterUserPassword: "hunter2" }) } },
      { resources: { Job: resource("AWS::Lambda::Function", { Environment: { Variables: { APP_SECRET: "x" } } }) } },
    ],
    passes: [
      secret({ GenerateSecretString: {} }),
      container({ Environment: [{ Name: "APP_SECRET", Value: ref("Secret") }] }),
      container({ Environment: [{ Name: "LOG_LEVEL", Value: "info" }] }),
      {
        resources: {
          Secret: resource("AWS::SecretsManager::Secret", { Name: "chat/dev/database" }),
          Task: resource("AWS::ECS::TaskDefinition", {
            ContainerDefinitions: [{ Environment: [{ Name: "DATABASE_SECRET", Value: "chat/dev/database" }] }],
          }),
        },
      },
      {
        resources: {
          Database: resource("AWS::RDS::DBInstance", {
            MasterUserPassword: "{{resolve:secretsmanager:a:SecretString}}",
          }),
        },
      },
    ],
  },
  "secure-parameter": {
    fails: [{ resources: { Parameter: resource("AWS::SSM::Parameter", { Type: "SecureString" }) } }],
    passes: [{ resources: { Parameter: resource("AWS::SSM::Parameter", { Type: "String" }) } }],
  },
  "template-resources": { fails: [{ resources: many(501) }], passes: [{ resources: many(500) }] },
  "template-size": { fails: [{ bytes: 1_000_001 }], passes: [{ bytes: 1_000_000 }] },
  "template-outputs": { fails: [{ outputs: 201 }], passes: [{ outputs: 200 }] },
  "name-too-long": {
    fails: [named("a".repeat(33)), { stackName: "a".repeat(129) }],
    passes: [named("a".repeat(32)), { stackName: "a".repeat(128) }],
  },
};
