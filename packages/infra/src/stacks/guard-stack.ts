import { CfnOutput, ReferenceStrength } from "aws-cdk-lib";
import { Certificate, CertificateValidation, KeyAlgorithm } from "aws-cdk-lib/aws-certificatemanager";
import { HostedZone } from "aws-cdk-lib/aws-route53";
import type { Construct } from "constructs";
import type { ResolvedCompute } from "../config/resolve.ts";
import { Waf } from "../constructs/waf.ts";
import { AloftStack } from "./aloft-stack.ts";

/** Where CloudFront looks for certificates and rules, wherever the app is. */
export const guardRegion = "us-east-1";

/** Whether there is anything for a GuardStack to hold. An empty stack cannot be deployed. */
export function needsGuardStack({ waf, domain }: ResolvedCompute): boolean {
  return waf !== false || domain?.dns.provider === "route53";
}

/**
 * What stands before CloudFront: its certificate and its firewall. Make it only if {@link needsGuardStack}. Whoever uses
 * them reads the outputs, from any region, and holds nothing back when they change.
 */
export class GuardStack extends AloftStack {
  readonly webAclArn: string | undefined;
  /** Of the domain; undefined without one, or if the domain came with its own. */
  readonly certificateArn: string | undefined;

  constructor(scope: Construct, app: ResolvedCompute) {
    super(scope, {
      app,
      part: "Guard",
      description: `Certificate and firewall of ${app.prefix}`,
      region: guardRegion,
    });
    this.certificateArn = this.certificate(app)?.certificateArn;
    if (app.waf !== false) {
      const { acl } = new Waf(this, "Waf", { name: app.prefix, options: app.waf });
      acl.applyCrossStackReferenceStrength(ReferenceStrength.WEAK);
      this.webAclArn = acl.attrArn;
      new CfnOutput(this, "WebAclArn", { value: this.webAclArn, description: "The firewall at CloudFront" });
    }
  }

  private certificate({ domain }: ResolvedCompute): Certificate | undefined {
    if (domain?.dns.provider !== "route53") return undefined;
    const { hostedZoneId, zoneName } = domain.dns;
    const zone = HostedZone.fromHostedZoneAttributes(this, "Zone", { hostedZoneId, zoneName });
    const certificate = new Certificate(this, "Certificate", {
      domainName: domain.name,
      validation: CertificateValidation.fromDns(zone),
      keyAlgorithm: KeyAlgorithm.EC_PRIME256V1,
    });
    certificate.applyCrossStackReferenceStrength(ReferenceStrength.WEAK);
    return certificate;
  }
}
