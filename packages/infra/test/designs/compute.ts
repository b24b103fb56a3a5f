import { arnOf, type Examples, ref, resource } from "./design.ts";

const task = (container: Readonly<Record<string, unknown>>) => ({
  resources: { Task: resource("AWS::ECS::TaskDefinition", { ContainerDefinitions: [container] }) },
});
const scaling = (metric: Readonly<Record<string, unknown>>) => ({
  resources: {
    Policy: resource("AWS::ApplicationAutoScaling::ScalingPolicy", {
      TargetTrackingScalingPolicyConfiguration: { CustomizedMetricSpecification: metric, TargetValue: 10 },
    }),
  },
});
const api = (ProtocolType: string) => resource("AWS::ApiGatewayV2::Api", { ProtocolType });
const authorizer = (AuthorizerType: string) =>
  resource("AWS::ApiGatewayV2::Authorizer", { ApiId: ref("Api"), AuthorizerType });
const runtime = (properties: Readonly<Record<string, unknown>>) =>
  resource("AWS::BedrockAgentCore::Runtime", properties);
const jwt = { AuthorizerConfiguration: { CustomJWTAuthorizer: { DiscoveryUrl: "https://chat.acme.dev" } } };
const listener = (properties: Readonly<Record<string, unknown>>) => ({
  resources: { Listener: resource("AWS::ElasticLoadBalancingV2::Listener", properties) },
});
const balancer = (Scheme: string) => resource("AWS::ElasticLoadBalancingV2::LoadBalancer", { Scheme });
const distribution = (origin: Readonly<Record<string, unknown>>, policy = "b689b0a8-53d0-40ab-baf2-68738e2966ac") => ({
  resources: {
    Balancer: balancer("internal"),
    Edge: resource("AWS::CloudFront::Distribution", {
      DistributionConfig: {
        Origins: [{ Id: "app", DomainName: { "Fn::GetAtt": ["Balancer", "DNSName"] }, ...origin }],
        DefaultCacheBehavior: { TargetOriginId: "app", OriginRequestPolicyId: policy },
      },
    }),
  },
});
const allViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3";
const amplify = (platform: string, name: string, value: unknown) => ({
  resources: {
    Database: resource("AWS::RDS::DBInstance"),
    Web: resource("AWS::Amplify::App", { Platform: platform, EnvironmentVariables: [{ Name: name, Value: value }] }),
  },
});
const address = { "Fn::GetAtt": ["Database", "Endpoint.Address"] };
const service = (AssignPublicIp: string) => ({
  resources: {
    Service: resource("AWS::ECS::Service", { NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp } } }),
  },
});
const cluster = (Value: string) => ({
  resources: {
    Cluster: resource("AWS::ECS::Cluster", { ClusterSettings: [{ Name: "containerInsights", Value }] }),
  },
});
const apiDomain = (SecurityPolicy: string) => ({
  resources: {
    Domain: resource("AWS::ApiGatewayV2::DomainName", { DomainNameConfigurations: [{ SecurityPolicy }] }),
  },
});
const digest = `acme/chat@sha256:${"0".repeat(64)}`;

export const computeDesigns: Readonly<Record<string, Examples>> = {
  "app-runner": {
    fails: [
      { config: { service: { platform: "app-runner" } } },
      { resources: { Web: resource("AWS::AppRunner::Service") } },
    ],
    passes: [
      {},
      {
        config: { service: { existingAppRunnerCustomer: true } },
        resources: { Web: resource("AWS::AppRunner::Service") },
      },
    ],
  },
  "app-runner-not-built": {
    fails: [{ config: { service: { platform: "app-runner", existingAppRunnerCustomer: true } } }],
    passes: [{ config: { service: { existingAppRunnerCustomer: true } } }],
  },
  "amplify-private-database": {
    fails: [
      amplify("WEB_COMPUTE", "DATABASE_URL", "postgres://user@host/app"),
      amplify("WEB_COMPUTE", "DB_HOST", address),
      {
        resources: {
          Web: resource("AWS::Amplify::App", { Platform: "WEB_COMPUTE" }),
          Main: resource("AWS::Amplify::Branch", {
            AppId: { "Fn::GetAtt": ["Web", "AppId"] },
            EnvironmentVariables: [{ Name: "DATABASE_URL", Value: "postgres://user@host/app" }],
          }),
        },
      },
    ],
    passes: [
      amplify("WEB_COMPUTE", "API_URL", "https://chat.acme.dev"),
      amplify("WEB", "DATABASE_URL", "postgres://user@host/app"),
    ],
  },
  "websocket-authorizer": {
    fails: [{ resources: { Api: api("WEBSOCKET"), Authorizer: authorizer("JWT") } }],
    passes: [
      { resources: { Api: api("WEBSOCKET"), Authorizer: authorizer("REQUEST") } },
      { resources: { Api: api("HTTP"), Authorizer: authorizer("JWT") } },
    ],
  },
  "websocket-limits": {
    fails: [{ resources: { Api: api("WEBSOCKET") } }],
    passes: [{ resources: { Api: api("HTTP") } }],
  },
  "runtime-without-authorization": {
    fails: [{ resources: { Runtime: runtime(jwt) } }],
    passes: [
      {
        resources: {
          Runtime: runtime({ ...jwt, RequestHeaderConfiguration: { RequestHeaderAllowlist: ["Authorization"] } }),
        },
      },
      { resources: { Runtime: runtime({}) } },
    ],
  },
  "runtime-without-internet": {
    fails: [{ resources: { Runtime: runtime({ NetworkConfiguration: { NetworkMode: "VPC" } }) } }],
    passes: [
      {
        resources: {
          Runtime: runtime({ NetworkConfiguration: { NetworkMode: "VPC" } }),
          Nat: resource("AWS::EC2::NatGateway"),
        },
      },
      { resources: { Runtime: runtime({ NetworkConfiguration: { NetworkMode: "PUBLIC" } }) } },
    ],
  },
  "moving-tag": {
    fails: [task({ Image: "acme/chat:latest" }), task({ Image: "acme/chat" }), task({ Image: "host:5000/acme/chat" })],
    passes: [
      task({ Image: digest }),
      task({ Image: "acme/chat:1.4.2" }),
      task({ Image: { "Fn::Join": ["", [ref("Account"), ".dkr.ecr.us-east-1.amazonaws.com/chat@sha256:0"]] } }),
    ],
  },
  "raw-pending-metric": {
    fails: [
      scaling({ MetricName: "ApproximateNumberOfMessagesVisible", Namespace: "AWS/SQS" }),
      scaling({ MetricName: "PendingMessages", Namespace: "Chat" }),
    ],
    passes: [
      scaling({ MetricName: "BacklogPerTask", Namespace: "Chat" }),
      scaling({ Metrics: [{ Id: "m1", Expression: "m2 / m3" }] }),
    ],
  },
  "stop-timeout": {
    fails: [task({ Image: digest, StopTimeout: 300 })],
    passes: [task({ Image: digest, StopTimeout: 120 })],
  },
  "container-insights-old": { fails: [cluster("enabled")], passes: [cluster("enhanced"), cluster("disabled")] },
  "internal-origin": {
    fails: [distribution({ CustomOriginConfig: { OriginProtocolPolicy: "http-only" } })],
    passes: [distribution({ VpcOriginConfig: { VpcOriginId: "vo" } })],
  },
  "host-header-at-vpc-origin": {
    fails: [distribution({ VpcOriginConfig: { VpcOriginId: "vo" } }, allViewer)],
    passes: [distribution({ VpcOriginConfig: { VpcOriginId: "vo" } }), distribution({}, allViewer)],
  },
  "public-load-balancer": {
    fails: [{ resources: { Balancer: balancer("internet-facing") } }],
    passes: [{ resources: { Balancer: balancer("internal") } }],
  },
  "public-tasks": { fails: [service("ENABLED")], passes: [service("DISABLED")] },
  "ipv6-only-egress": {
    fails: [{ config: { network: { egress: "ipv6" } } }],
    passes: [{ config: { network: { egress: "nat-instance" } } }],
  },
  "ipv6-images": {
    fails: [
      { config: { network: { egress: "ipv6" } } },
      { config: { network: { egress: "ipv6", interfaceEndpoints: ["ecr"] } } },
    ],
    passes: [
      { config: { network: { egress: "ipv6", interfaceEndpoints: ["logs", "ecr"] } } },
      { config: { network: { egress: "nat-gateway" } } },
    ],
  },
  "api-gateway-tls": { fails: [apiDomain("TLS_1_3")], passes: [apiDomain("TLS_1_2")] },
  "old-tls": {
    fails: [listener({ Protocol: "HTTPS", SslPolicy: "ELBSecurityPolicy-2016-08" }), listener({ Protocol: "HTTPS" })],
    passes: [
      listener({ Protocol: "HTTPS", SslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09" }),
      listener({ Protocol: "HTTP", DefaultActions: [{ TargetGroupArn: arnOf("Group") }] }),
    ],
  },
};
