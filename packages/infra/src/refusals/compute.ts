import type { Placed } from "../describe/references.ts";
import { at, type Design, hasNat, list, literal, placeOf, record, texts } from "./design.ts";
import type { Found, Rule } from "./rule.ts";

const found = (placed: Placed, what: string): Found => ({ where: placeOf(placed), what });
const service = ({ app }: Design) => (app.topology === "library" ? undefined : app.service);

/** Rules on what runs programs and what stands before them. */
export const computeRules: readonly Rule[] = [
  {
    id: "app-runner",
    level: "refusal",
    row: "App Runner",
    fact: "App Runner takes no new customers since 2026-04-30: in other accounts nothing of it can be made.",
    evidence: "https://docs.aws.amazon.com/apprunner/latest/dg/apprunner-availability-change.html",
    instead:
      'Leave service.platform at "fargate". In an account that had App Runner before, say service.existingAppRunnerCustomer: true.',
    find: (design) => (service(design)?.existingAppRunnerCustomer === true ? [] : appRunner(design)),
  },
  {
    id: "app-runner-not-built",
    level: "refusal",
    row: "App Runner",
    fact: "Aloft builds services on Fargate only, in accounts of App Runner's customers too: the setting would not be followed.",
    evidence: "https://docs.aws.amazon.com/apprunner/latest/dg/apprunner-availability-change.html",
    instead: 'Leave service.platform at "fargate", and add an App Runner service of your own by extend.',
    find: (design) => {
      const own = service(design);
      if (own?.platform !== "app-runner" || !own.existingAppRunnerCustomer) return [];
      return [{ where: "service.platform", what: 'It says "app-runner".' }];
    },
  },
  {
    id: "amplify-private-database",
    level: "refusal",
    row: "Amplify and Next.js",
    fact: "What Amplify renders on its servers is in no VPC: it reaches no database in private subnets.",
    evidence: "https://docs.aws.amazon.com/amplify/latest/userguide/ssr-amplify-support.html",
    instead: "Let the web app call the backend's API, and give it the API's address instead of the database's.",
    find: amplifyWithDatabase,
  },
  {
    id: "websocket-authorizer",
    level: "refusal",
    row: "WebSocket",
    fact: "WebSocket APIs of API Gateway know authorizers of IAM and Lambda REQUEST, on $connect: no JWT, no Cognito.",
    evidence:
      "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-control-access.html",
    instead:
      "Open sockets at Aloft's server with a single-use ticket (POST /v1/socket-tickets), or use a REQUEST authorizer.",
    find: (design) =>
      design.of("AWS::ApiGatewayV2::Authorizer").flatMap((authorizer) => {
        const api = design.references(at(authorizer, "ApiId"), authorizer)[0];
        if (at(api, "ProtocolType") !== "WEBSOCKET" || at(authorizer, "AuthorizerType") === "REQUEST") return [];
        return [
          found(
            authorizer,
            `A WebSocket API has an authorizer of type ${literal(at(authorizer, "AuthorizerType")) ?? "?"}.`,
          ),
        ];
      }),
  },
  {
    id: "websocket-limits",
    level: "warning",
    row: "WebSocket",
    fact: "API Gateway ends a socket after 2 hours, or 10 minutes of silence, and carries messages of up to 128 KB.",
    evidence:
      "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html",
    instead: "Open sockets at the load balancer, as Aloft's server does: CloudFront carries them to it.",
    find: ({ of }) =>
      of("AWS::ApiGatewayV2::Api")
        .filter((api) => at(api, "ProtocolType") === "WEBSOCKET")
        .map((api) => found(api, "It is a WebSocket API.")),
  },
  {
    id: "runtime-without-authorization",
    level: "warning",
    row: "AgentCore",
    fact: "An AgentCore Runtime hands on only the headers that its allowlist names: without Authorization the program does not know who calls.",
    evidence: "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-header-allowlist.html",
    instead: "Name Authorization in RequestHeaderConfiguration.RequestHeaderAllowlist.",
    find: ({ of }) =>
      of("AWS::BedrockAgentCore::Runtime")
        .filter((runtime) => at(runtime, "AuthorizerConfiguration.CustomJWTAuthorizer") !== undefined)
        .filter(
          (runtime) =>
            !texts(at(runtime, "RequestHeaderConfiguration.RequestHeaderAllowlist")).includes("Authorization"),
        )
        .map((runtime) => found(runtime, "It checks tokens and keeps them to itself.")),
  },
  {
    id: "runtime-without-internet",
    level: "warning",
    row: "AgentCore",
    fact: "An AgentCore Runtime in a VPC reaches the Internet by NAT only, and is offered in some zones only.",
    evidence: "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/agentcore-vpc.html",
    instead: "Give its subnets a NAT gateway or instance, or use the mode PUBLIC.",
    find: ({ of }) =>
      of("AWS::BedrockAgentCore::Runtime")
        .filter((runtime) => at(runtime, "NetworkConfiguration.NetworkMode") === "VPC")
        .filter(() => !hasNat({ of }))
        .map((runtime) => found(runtime, "It is in a VPC, and no NAT is here.")),
  },
  {
    id: "moving-tag",
    level: "refusal",
    row: "Fargate",
    fact: "A tag such as latest means another image tomorrow: the same task definition then deploys another program.",
    evidence: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html",
    instead: "Name the image by its digest: repository@sha256:…; aloft deploy does.",
    find: ({ of }) =>
      of("AWS::ECS::TaskDefinition").flatMap((task) =>
        list(at(task, "ContainerDefinitions"))
          .map((container) => literal(at(container, "Image")) ?? "")
          .filter((image) => image !== "" && !image.endsWith("*") && isMoving(image))
          .map((image) => found(task, `Its image is ${image}.`)),
      ),
  },
  {
    id: "raw-pending-metric",
    level: "refusal",
    row: "Fargate",
    fact: "Target tracking wants a metric that falls as tasks are added. The number of waiting messages does not: it scales to the maximum and stays.",
    evidence: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-using-sqs-queue.html",
    instead: "Publish the backlog per task and track that: service.scaling.backlogPerTask.",
    find: ({ of }) => of("AWS::ApplicationAutoScaling::ScalingPolicy").flatMap(rawMetric),
  },
  {
    id: "stop-timeout",
    level: "refusal",
    row: "Fargate",
    fact: "Fargate kills a task at most 120 seconds after SIGTERM.",
    evidence: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html",
    instead: "Drain within 120 seconds.",
    find: ({ of }) =>
      of("AWS::ECS::TaskDefinition").flatMap((task) =>
        list(at(task, "ContainerDefinitions"))
          .filter((container) => Number(at(container, "StopTimeout") ?? 0) > 120)
          .map((container) => found(task, `Its StopTimeout is ${String(at(container, "StopTimeout"))} seconds.`)),
      ),
  },
  {
    id: "container-insights-old",
    level: "warning",
    row: "Fargate",
    fact: "The first Container Insights are superseded by those with enhanced observability.",
    evidence: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html",
    instead: "Set containerInsightsV2: ContainerInsights.ENHANCED, or leave them out.",
    find: ({ of }) =>
      of("AWS::ECS::Cluster")
        .filter((cluster) =>
          list(at(cluster, "ClusterSettings")).some(
            (one) => at(one, "Name") === "containerInsights" && at(one, "Value") === "enabled",
          ),
        )
        .map((cluster) => found(cluster, "It has containerInsights: enabled.")),
  },
  {
    id: "internal-origin",
    level: "refusal",
    row: "public load balancer",
    fact: "CloudFront reaches an internal load balancer by a VPC origin only.",
    evidence: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html",
    instead: "Make its origin with VpcOrigin.withApplicationLoadBalancer.",
    find: (design) =>
      originsOf(design).flatMap(({ distribution, origin }) => internalOrigin(design, distribution, origin)),
  },
  {
    id: "host-header-at-vpc-origin",
    level: "warning",
    row: "public load balancer",
    fact: "With the policy AllViewer the load balancer is asked for the viewer's Host. WebSockets over a VPC origin want its own.",
    evidence:
      "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html",
    instead: "Use OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER.",
    find: hostAtVpcOrigins,
  },
  {
    id: "public-load-balancer",
    level: "warning",
    row: "public load balancer",
    fact: "A public load balancer is reached past CloudFront and its firewall, and pays $3.65 a month for each zone's address.",
    evidence: "https://aws.amazon.com/vpc/pricing/",
    instead: "Make it internal, behind a VPC origin of CloudFront.",
    find: ({ of }) =>
      of("AWS::ElasticLoadBalancingV2::LoadBalancer")
        .filter((balancer) => at(balancer, "Scheme") === "internet-facing")
        .map((balancer) => found(balancer, "It faces the Internet.")),
  },
  {
    id: "public-tasks",
    level: "warning",
    row: "public load balancer",
    fact: "A task with a public address can be reached by anybody whom its security group lets, and pays $3.65 a month for it.",
    evidence: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
    instead: "Run it in private subnets, with network.egress for its way out.",
    find: ({ of }) =>
      of("AWS::ECS::Service")
        .filter((one) => at(one, "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp") === "ENABLED")
        .map((one) => found(one, "Its tasks have public addresses.")),
  },
  {
    id: "ipv6-only-egress",
    level: "warning",
    row: "egress",
    fact: "An egress-only gateway carries IPv6 alone. Hosts without AAAA records, such as api.github.com, cannot be reached.",
    evidence: "https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html",
    instead: 'Look up what the program calls (dig AAAA <host>), or take network.egress: "nat-instance".',
    find: ({ app }) =>
      app.topology === "library" || app.network.egress !== "ipv6"
        ? []
        : [
            {
              where: "network.egress",
              what: `Programs, and the models of "${app.models.provider}", are reached by IPv6 alone.`,
            },
          ],
  },
  {
    id: "ipv6-images",
    level: "refusal",
    row: "egress",
    fact: "Fargate asks ECR for images, and CloudWatch to take log lines, by IPv4 alone, whatever addresses the task has: without a way there no task starts.",
    evidence: "https://github.com/aws/containers-roadmap/issues/2792",
    instead:
      'Add network.interfaceEndpoints: ["ecr", "logs"], about $44 a month in two zones, or take network.egress: "nat-instance" for about $7.',
    find: ({ app }) => {
      if (app.topology === "library" || app.network.egress !== "ipv6") return [];
      const missing = (["ecr", "logs"] as const).filter((name) => !app.network.interfaceEndpoints.includes(name));
      return missing.length === 0
        ? []
        : [
            {
              where: "network.egress",
              what: `Tasks go out by IPv6 alone, with no endpoint for ${missing.join(" and ")}.`,
            },
          ];
    },
  },
  {
    id: "api-gateway-tls",
    level: "refusal",
    row: "TLS 1.3",
    fact: "Domain names of API Gateway v2 know TLS_1_0 and TLS_1_2: another policy is refused when deployed.",
    evidence:
      "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigatewayv2-domainname-domainnameconfiguration.html",
    instead: "Set TLS_1_2, or put CloudFront or a load balancer in front, which have TLS 1.3.",
    find: ({ of }) =>
      of("AWS::ApiGatewayV2::DomainName").flatMap((domain) =>
        list(at(domain, "DomainNameConfigurations"))
          .map((one) => literal(at(one, "SecurityPolicy")))
          .filter((policy) => policy !== undefined && !["TLS_1_0", "TLS_1_2"].includes(policy))
          .map((policy) => found(domain, `Its policy is ${policy}.`)),
      ),
  },
  {
    id: "old-tls",
    level: "warning",
    row: "TLS 1.3",
    fact: "Load balancers have policies with TLS 1.3; the default one for listeners made by templates allows TLS 1.0.",
    evidence: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
    instead: "Set SslPolicy to ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09.",
    find: ({ of }) =>
      of("AWS::ElasticLoadBalancingV2::Listener")
        .filter((listener) => at(listener, "Protocol") === "HTTPS")
        .filter((listener) => !(literal(at(listener, "SslPolicy")) ?? "").includes("TLS13"))
        .map((listener) => found(listener, `Its policy is ${literal(at(listener, "SslPolicy")) ?? "the default"}.`)),
  },
];

function appRunner(design: Design): readonly Found[] {
  const own =
    service(design)?.platform === "app-runner" ? [{ where: "service.platform", what: 'It says "app-runner".' }] : [];
  return [...own, ...design.of("AWS::AppRunner::Service").map((one) => found(one, "It is an App Runner service."))];
}

function amplifyWithDatabase(design: Design): readonly Found[] {
  const apps = design.of("AWS::Amplify::App").filter((app) => at(app, "Platform") === "WEB_COMPUTE");
  const branches = design
    .of("AWS::Amplify::Branch")
    .filter((branch) => design.references(at(branch, "AppId"), branch).some((app) => apps.includes(app)));
  return [...apps, ...branches].flatMap((one) => {
    const named = list(at(one, "EnvironmentVariables")).filter((variable) => {
      const aims = design.references(at(variable, "Value"), one).map(({ resource }) => resource.Type);
      const said = /DATABASE_URL|PGHOST|POSTGRES/.test(literal(at(variable, "Name")) ?? "");
      return said || aims.some((type) => type.startsWith("AWS::RDS::"));
    });
    return named.map((variable) =>
      found(one, `Its server gets ${literal(at(variable, "Name")) ?? "a database's address"}.`),
    );
  });
}

function isMoving(image: string): boolean {
  if (image.includes("@sha256:")) return false;
  const name = image.slice(image.lastIndexOf("/") + 1);
  return !name.includes(":") || /:(latest|main|master|stable|edge)$/.test(name);
}

function rawMetric(policy: Placed): readonly Found[] {
  const metric = record(at(policy, "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification"));
  if (metric["Metrics"] !== undefined) return [];
  const name = literal(metric["MetricName"]) ?? "";
  const counts =
    /^ApproximateNumberOfMessages|pending|queue_?depth|waiting|backlog/i.test(name) &&
    !/per_?(task|instance|worker)/i.test(name);
  return counts ? [found(policy, `It tracks ${name}.`)] : [];
}

interface Origin {
  readonly distribution: Placed;
  readonly origin: unknown;
}

function originsOf({ of }: Design): readonly Origin[] {
  return of("AWS::CloudFront::Distribution").flatMap((distribution) =>
    list(at(distribution, "DistributionConfig.Origins")).map((origin) => ({ distribution, origin })),
  );
}

function internalOrigin({ references }: Design, distribution: Placed, origin: unknown): readonly Found[] {
  if (at(origin, "VpcOriginConfig") !== undefined) return [];
  return references(at(origin, "DomainName"), distribution)
    .filter(({ resource }) => resource.Type === "AWS::ElasticLoadBalancingV2::LoadBalancer")
    .filter((balancer) => at(balancer, "Scheme") === "internal")
    .map((balancer) => found(distribution, `It looks for ${placeOf(balancer)} on the Internet.`));
}

/** @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html */
const allViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3";

function hostAtVpcOrigins(design: Design): readonly Found[] {
  return design.of("AWS::CloudFront::Distribution").flatMap((distribution) => {
    const config = at(distribution, "DistributionConfig");
    const behaviors = [at(config, "DefaultCacheBehavior"), ...list(at(config, "CacheBehaviors"))];
    const inside = originsOf(design)
      .filter((one) => one.distribution === distribution && at(one.origin, "VpcOriginConfig") !== undefined)
      .map(({ origin }) => at(origin, "Id"));
    return behaviors
      .filter((one) => at(one, "OriginRequestPolicyId") === allViewer && inside.includes(at(one, "TargetOriginId")))
      .map((one) =>
        found(distribution, `${literal(at(one, "PathPattern")) ?? "By default it"} hands on the viewer's Host.`),
      );
  });
}
