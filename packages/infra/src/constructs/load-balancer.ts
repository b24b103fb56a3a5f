import { Duration } from "aws-cdk-lib";
import { type IVpc, Peer, Port, SecurityGroup, SubnetType } from "aws-cdk-lib/aws-ec2";
import {
  ApplicationListener,
  ApplicationListenerRule,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  type IListenerCertificate,
  ListenerAction,
  ListenerCondition,
  SslPolicy,
  TargetType,
} from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import { AppConfigError } from "../config/app-config-error.ts";
import type { ServiceOptions } from "../config/schema.ts";
import { originFacingPrefixList } from "./cloudfront-regions.ts";

export interface LoadBalancerProps {
  readonly vpc: IVpc;
  readonly region: string;
  readonly name: string;
  readonly service: ServiceOptions;
  readonly deletionProtection: boolean;
  /** Of the region. With it CloudFront comes by TLS, otherwise by HTTP inside AWS's own network. */
  readonly certificate?: IListenerCertificate | undefined;
  /** People of one session stay with one task, as long as it is there. */
  readonly sticky: boolean;
}

/** Longer than CloudFront keeps a connection to it, and shorter than the server does: neither meets a closed one. */
const idleSeconds = 65;
/** A target that leaves gets no new requests, and this long for those under way; SIGTERM comes after. */
const mostDrainSeconds = 30;

/**
 * An internal load balancer that only CloudFront reaches: it has no public address, and its security group lets in nothing
 * but what CloudFront sends. What no rule takes is answered with 404.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html
 */
export class LoadBalancer extends Construct {
  readonly alb: ApplicationLoadBalancer;
  readonly targets: ApplicationTargetGroup;
  /** Where the next version starts, in a blue/green deployment. */
  readonly alternateTargets: ApplicationTargetGroup | undefined;
  readonly rule: ApplicationListenerRule;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id);
    const port = props.certificate === undefined ? 80 : 443;
    this.securityGroup = this.group(props, port);
    this.alb = this.balancer(props);
    this.targets = this.targetGroup("Targets", props);
    this.alternateTargets =
      props.service.deployment === "blue-green" ? this.targetGroup("AlternateTargets", props) : undefined;
    this.rule = new ApplicationListenerRule(this, "Rule", {
      listener: this.listener(props, port),
      priority: 1,
      conditions: [ListenerCondition.pathPatterns(["/*"])],
      action: this.forward(),
    });
  }

  /** One for each port: the list counts as 55 rules of 60, and while a rule replaces another both are there. */
  private group({ vpc, certificate, region }: LoadBalancerProps, port: number): SecurityGroup {
    const group = new SecurityGroup(this, certificate === undefined ? "SecurityGroup" : "TlsSecurityGroup", {
      vpc,
      description: "Lets CloudFront in",
      allowAllOutbound: false,
    });
    group.addIngressRule(Peer.prefixList(prefixListOf(region)), Port.tcp(port), "From CloudFront");
    return group;
  }

  private balancer({ vpc, name, deletionProtection }: LoadBalancerProps): ApplicationLoadBalancer {
    const alb = new ApplicationLoadBalancer(this, "Alb", {
      loadBalancerName: name,
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      internetFacing: false,
      securityGroup: this.securityGroup,
      deletionProtection,
      dropInvalidHeaderFields: true,
      idleTimeout: Duration.seconds(idleSeconds),
    });
    const logged = "Nobody but CloudFront comes here, and the program logs every request that reaches it.";
    acknowledge(alb, {
      "AwsSolutions-ELB2": logged,
      "CT.ELASTICLOADBALANCING.PR.6": logged,
      ...(deletionProtection
        ? {}
        : { "CT.ELASTICLOADBALANCING.PR.5": "It holds nothing; where data is protected, so is it (protectData)." }),
    });
    return alb;
  }

  private listener({ certificate }: LoadBalancerProps, port: number): ApplicationListener {
    const listener = new ApplicationListener(this, "Listener", {
      loadBalancer: this.alb,
      port,
      protocol: certificate === undefined ? ApplicationProtocol.HTTP : ApplicationProtocol.HTTPS,
      open: false,
      ...(certificate === undefined ? {} : { certificates: [certificate], sslPolicy: SslPolicy.TLS13_12_PQ }),
      defaultAction: ListenerAction.fixedResponse(404, { contentType: "text/plain", messageBody: "Not found" }),
    });
    if (certificate === undefined) {
      acknowledge(listener, {
        "CT.ELASTICLOADBALANCING.PR.1":
          "CloudFront alone comes here, inside AWS's own network; it has sent everybody to https before.",
      });
    }
    return listener;
  }

  private targetGroup(id: string, { vpc, service, sticky }: LoadBalancerProps): ApplicationTargetGroup {
    return new ApplicationTargetGroup(this, id, {
      vpc,
      // Each task is registered with a port of its own. Another one here would make another target group, whose name is in use.
      port: 80,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.IP,
      deregistrationDelay: Duration.seconds(drainSeconds(service)),
      ...(sticky ? { stickinessCookieDuration: Duration.hours(12) } : {}),
      healthCheck: {
        path: service.healthPath,
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
        healthyHttpCodes: "200-299",
      },
    });
  }

  /** In a blue/green deployment ECS moves the weights itself. */
  private forward(): ListenerAction {
    const { targets, alternateTargets } = this;
    if (alternateTargets === undefined) return ListenerAction.forward([targets]);
    return ListenerAction.weightedForward([
      { targetGroup: targets, weight: 100 },
      { targetGroup: alternateTargets, weight: 0 },
    ]);
  }
}

/** Always less than the program has from SIGTERM to SIGKILL. */
export function drainSeconds({ stopTimeoutSeconds }: Pick<ServiceOptions, "stopTimeoutSeconds">): number {
  return Math.min(mostDrainSeconds, Math.floor(stopTimeoutSeconds / 2));
}

function prefixListOf(region: string): string {
  const found = originFacingPrefixList(region);
  if (found !== undefined) return found;
  const message = `CloudFront does not reach private load balancers in ${region}, as far as Aloft knows: choose another region.`;
  throw new AppConfigError([{ path: "region", message }]);
}
