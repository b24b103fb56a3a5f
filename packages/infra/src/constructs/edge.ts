import { Duration } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HttpVersion,
  type IOrigin,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
  VpcOrigin as VpcOriginResource,
  VpcOriginEndpoint,
} from "aws-cdk-lib/aws-cloudfront";
import { VpcOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import type { IApplicationLoadBalancer } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { ARecord, AaaaRecord, HostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { CloudFrontTarget } from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import type { DomainOptions } from "../config/schema.ts";

export interface EdgeProps {
  /** Names what CloudFront has by name. */
  readonly name: string;
  readonly loadBalancer: IApplicationLoadBalancer;
  /** Under which name CloudFront asks the load balancer by TLS; undefined: by HTTP, inside AWS's own network. */
  readonly originName: string | undefined;
  readonly domain: DomainOptions | undefined;
  /** In us-east-1; with a domain. */
  readonly certificateArn: string | undefined;
  readonly webAclArn: string | undefined;
}

/** Until the first byte, and between one and the next: the server says something every 15 s in a stream of events. */
const readSeconds = 60;
/** Shorter than the load balancer keeps a connection. */
const keepAliveSeconds = 55;

/**
 * What CloudFront keeps for ten seconds, whatever the cache policy says: one person's 404 would be another's, who may see it.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
 */
const keptErrors = [400, 403, 404, 405, 414, 500, 501, 502, 503, 504];

/**
 * The one way in: CloudFront takes https and WebSocket connections at its own edges and passes them to the internal load
 * balancer, caching nothing. Without a domain its own name serves https.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html
 */
export class Edge extends Construct {
  readonly distribution: Distribution;
  /** How people reach the app: https and the domain, or CloudFront's own name. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id);
    const { domain } = props;
    this.distribution = new Distribution(this, "Distribution", {
      comment: props.name,
      httpVersion: HttpVersion.HTTP2_AND_3,
      enableIpv6: true,
      ...this.domainProps(props),
      ...(props.webAclArn === undefined ? {} : { webAclId: props.webAclArn }),
      defaultBehavior: {
        origin: this.origin(props),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        responseHeadersPolicy: this.headers(props.name),
        compress: false,
      },
      errorResponses: keptErrors.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
    });
    this.url = `https://${domain?.name ?? this.distribution.distributionDomainName}`;
    if (domain?.dns.provider === "route53") this.addRecords(domain.name, domain.dns);
    this.acknowledge(props);
  }

  private domainProps({ domain, certificateArn }: EdgeProps) {
    if (domain === undefined || certificateArn === undefined) return {};
    return {
      domainNames: [domain.name],
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2025,
    };
  }

  /** One for each protocol: CloudFront changes none that is in use, so that a domain that is added later brings another. */
  private origin({ loadBalancer, originName, name }: EdgeProps): IOrigin {
    const timeouts = {
      readTimeout: Duration.seconds(readSeconds),
      keepaliveTimeout: Duration.seconds(keepAliveSeconds),
    };
    if (originName === undefined) {
      const protocolPolicy = OriginProtocolPolicy.HTTP_ONLY;
      return VpcOrigin.withApplicationLoadBalancer(loadBalancer, { vpcOriginName: name, protocolPolicy, ...timeouts });
    }
    const byTls = new VpcOriginResource(this, "TlsOrigin", {
      endpoint: VpcOriginEndpoint.applicationLoadBalancer(loadBalancer),
      vpcOriginName: `${name}-tls`,
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
    });
    return VpcOrigin.withVpcOrigin(byTls, { domainName: originName, ...timeouts });
  }

  /** What a program does not say itself. */
  private headers(name: string): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, "Headers", {
      responseHeadersPolicyName: name,
      securityHeadersBehavior: {
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: false,
          override: false,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.SAMEORIGIN, override: false },
      },
      removeHeaders: ["Server", "X-Powered-By"],
    });
  }

  private addRecords(
    name: string,
    { hostedZoneId, zoneName }: Extract<DomainOptions["dns"], { provider: "route53" }>,
  ): void {
    const zone = HostedZone.fromHostedZoneAttributes(this, "Zone", { hostedZoneId, zoneName });
    const target = RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
    new ARecord(this, "Ipv4", { zone, recordName: `${name}.`, target });
    new AaaaRecord(this, "Ipv6", { zone, recordName: `${name}.`, target });
  }

  private acknowledge({ domain, webAclArn }: EdgeProps): void {
    const logged = "The program logs every request that reaches it, and WAF what it refused.";
    const ownName = "CloudFront's own name has a certificate and TLS of its own; with a domain it is TLS 1.2 and 1.3.";
    const inGuard =
      "It has the domain's certificate and SNI: the certificate is in the Guard stack, which the rule does not see.";
    acknowledge(this.distribution, {
      "AwsSolutions-CFR1": "Who may use the app is for the app to say; where its people are is not known here.",
      "AwsSolutions-CFR3": logged,
      "CT.CLOUDFRONT.PR.5": logged,
      "CT.CLOUDFRONT.PR.1": "The program itself answers for the root.",
      "CT.CLOUDFRONT.PR.4": "There is one origin: behind it the load balancer has tasks in several zones.",
      ...(webAclArn === undefined
        ? {
            "AwsSolutions-CFR2":
              "WAF is a choice that costs from $9 a month: production has it unless it is turned off.",
          }
        : {}),
      ...(domain === undefined
        ? {
            "AwsSolutions-CFR4": ownName,
            "CT.CLOUDFRONT.PR.6": ownName,
            "CT.CLOUDFRONT.PR.7": ownName,
            "CT.CLOUDFRONT.PR.9": ownName,
          }
        : {}),
      ...(domain?.dns.provider === "route53" ? { "CT.CLOUDFRONT.PR.6": inGuard, "CT.CLOUDFRONT.PR.7": inGuard } : {}),
    });
  }
}
