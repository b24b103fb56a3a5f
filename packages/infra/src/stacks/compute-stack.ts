import { CfnOutput, Duration, Fn } from "aws-cdk-lib";
import { Certificate, CertificateValidation, KeyAlgorithm } from "aws-cdk-lib/aws-certificatemanager";
import { type Connections, type IVpc } from "aws-cdk-lib/aws-ec2";
import type { IRepository } from "aws-cdk-lib/aws-ecr";
import type { FargateService, HealthCheck, ICluster } from "aws-cdk-lib/aws-ecs";
import type { ApplicationLoadBalancer, ApplicationTargetGroup } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { Distribution } from "aws-cdk-lib/aws-cloudfront";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import { HostedZone } from "aws-cdk-lib/aws-route53";
import type { Construct } from "constructs";
import type { ResolvedCompute } from "../config/resolve.ts";

import { Edge } from "../constructs/edge.ts";
import { LoadBalancer } from "../constructs/load-balancer.ts";

import { Service } from "../constructs/service.ts";
import { isOwnImage, ProgramTask } from "../constructs/task.ts";
import type { Permission, ProgramAccess } from "../permissions/permission.ts";
import { AloftStack } from "./aloft-stack.ts";
import type { GuardStack } from "./guard-stack.ts";

export interface ComputeStackProps {
  readonly app: ResolvedCompute;
  readonly vpc: IVpc;
  readonly cluster: ICluster;
  /** By digest. */
  readonly image: string;
  readonly images: IRepository;
  readonly access: ProgramAccess;
  readonly database: Connections | undefined;
  readonly guard: GuardStack | undefined;
}

/** What serves: CloudFront, the internal load balancer, the tasks. It holds nothing, and can be made anew at any time. */
export class ComputeStack extends AloftStack {
  readonly service: FargateService;
  readonly loadBalancer: ApplicationLoadBalancer;
  /** One, or the two of a blue/green deployment. */
  readonly targetGroups: readonly ApplicationTargetGroup[];
  readonly distribution: Distribution;
  readonly logGroup: LogGroup;
  /** Of the program that serves. */
  readonly permissions: readonly Permission[];
  /** How people reach the app. */
  readonly url: string;

  constructor(scope: Construct, props: ComputeStackProps) {
    const { app, guard } = props;
    super(scope, { app, part: "Compute", description: `Service and edge of ${app.prefix}` });
    const originName = app.domain?.dns.provider === "route53" ? `origin.${app.domain.name}` : undefined;
    const loadBalancer = new LoadBalancer(this, "LoadBalancer", {
      vpc: props.vpc,
      region: app.region,
      name: app.prefix,
      service: app.service,
      deletionProtection: app.protectData,
      certificate: originName === undefined ? undefined : this.originCertificate(app, originName),
      // Until servers share a bus, what one streams is heard by who is connected to it.
      sticky: isOwnImage(app),
    });
    const edge = new Edge(this, "Edge", {
      name: app.prefix,
      loadBalancer: loadBalancer.alb,
      originName,
      domain: app.domain,
      certificateArn: certificateArnOf(app, guard),
      webAclArn: guard?.webAclArn,
    });
    const task = this.task(props, edge.url, originName ?? loadBalancer.alb.loadBalancerDnsName);
    this.permissions = task.permissions;
    const service = new Service(this, "Service", {
      vpc: props.vpc,
      cluster: props.cluster,
      name: app.prefix,
      task,
      loadBalancer,
      options: app.service,
      ipv6: app.network.egress === "ipv6",
    });
    const { database } = props;
    if (database !== undefined) service.securityGroup.connections.allowToDefaultPort(database, "To the database");
    this.service = service.service;
    this.loadBalancer = loadBalancer.alb;
    this.targetGroups = [loadBalancer.targets, loadBalancer.alternateTargets].filter((group) => group !== undefined);
    this.distribution = edge.distribution;
    this.logGroup = task.logGroup;
    this.url = edge.url;
    this.addOutputs(props);
  }

  private task({ app, image, images, access }: ComputeStackProps, url: string, host: string): ProgramTask {
    return new ProgramTask(this, "Server", {
      app,
      image,
      repositoryArn: images.repositoryArn,
      environment: {
        ...programEnvironment(app, url, host),
        ...app.service.environment,
        ...access.environment,
      },
      permissions: access.permissions,
      port: app.service.port,
      healthCheck: healthCheckOf(app),
      collects: app.openTelemetry,
    });
  }

  private originCertificate({ domain }: ResolvedCompute, originName: string): Certificate | undefined {
    if (domain?.dns.provider !== "route53") return undefined;
    const { hostedZoneId, zoneName } = domain.dns;
    const zone = HostedZone.fromHostedZoneAttributes(this, "Zone", { hostedZoneId, zoneName });
    return new Certificate(this, "OriginCertificate", {
      domainName: originName,
      validation: CertificateValidation.fromDns(zone),
      keyAlgorithm: KeyAlgorithm.EC_PRIME256V1,
    });
  }

  private addOutputs({ app, image }: ComputeStackProps): void {
    const output = (id: string, value: string, description: string): void =>
      void new CfnOutput(this, id, { value, description });
    output("Url", this.url, "How people reach the app");
    output("ServiceName", this.service.serviceName, "What serves");
    output("LogGroup", this.logGroup.logGroupName, "What it says");
    output("DistributionId", this.distribution.distributionId, "The way in");
    output("DistributionDomainName", this.distribution.distributionDomainName, "CloudFront's own name for it");
    output("TaskDefinition", this.service.taskDefinition.taskDefinitionArn, "What each task is");
    output("Image", image, "The image that serves");
    if (app.domain?.dns.provider === "external") {
      const record = Fn.join(" ", [app.domain.name, "CNAME", this.distribution.distributionDomainName]);
      output("DnsRecord", record, "To be set where the domain's names are kept");
    }
  }
}

function certificateArnOf({ domain }: ResolvedCompute, guard: GuardStack | undefined): string | undefined {
  return domain?.dns.provider === "external" ? domain.dns.certificateArn : guard?.certificateArn;
}

/** What every program is told; what an app's own settings say wins, and over both what was made for it. */
function programEnvironment(app: ResolvedCompute, url: string, host: string): Record<string, string> {
  const { service, models } = app;
  return {
    ALOFT_ENV: app.environment,
    NODE_ENV: "production",
    HOST: "0.0.0.0",
    PORT: String(service.port),
    FRONTEND_URL: url,
    // The load balancer's name for itself: CloudFront asks by it.
    ALOFT_HOSTS: host,
    // CloudFront, and the load balancer.
    ALOFT_PROXY_HOPS: "2",
    ALOFT_STOP_SECONDS: String(Math.max(0, service.stopTimeoutSeconds - 10)),
    LOG_LEVEL: "info",
    LLM_PROVIDER: models.provider,
    ...(models.defaultModel === undefined ? {} : { DEFAULT_MODEL: models.defaultModel }),
    ...(models.provider === "bedrock" ? { BEDROCK_REGION: app.region } : {}),
    ...(app.network.egress === "ipv6" ? { AWS_USE_DUALSTACK_ENDPOINT: "true" } : {}),
  };
}

/** As packages/server/image/Dockerfile has it. Of other images it is not known what could ask; the load balancer does anyway. */
function healthCheckOf(app: ResolvedCompute): HealthCheck | undefined {
  if (!isOwnImage(app)) return undefined;
  return {
    command: ["CMD", "node", "/app/server/dist/health.js"],
    interval: Duration.seconds(15),
    timeout: Duration.seconds(3),
    startPeriod: Duration.seconds(60),
    retries: 3,
  };
}
