import type { SoloConfig } from "@aloft/infra";
import { AppConfigError } from "@aloft/infra/config/app-config-error";
import { describe, expect, test } from "vitest";
import { type Parts, partsOf } from "./templates.ts";

const solo = {
  name: "chat",
  topology: "solo",
  environments: { dev: {}, staging: {}, production: {} },
} as const satisfies SoloConfig;
const route53 = {
  name: "chat.example.com",
  dns: { provider: "route53", zoneName: "example.com", hostedZoneId: "Z0123456789" },
} as const;
const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/0c8f";
const external = { name: "chat.example.net", dns: { provider: "external", certificateArn } } as const;

const distributionOf = (parts: Parts) => parts.only("Compute", "AWS::CloudFront::Distribution")["DistributionConfig"];

function toldOf(parts: Parts, name: string): unknown {
  const [server] = parts.only("Compute", "AWS::ECS::TaskDefinition")["ContainerDefinitions"] as readonly {
    Environment: readonly { Name: string; Value: unknown }[];
  }[];
  return server?.Environment.find(({ Name }) => Name === name)?.Value;
}

describe("load balancer", () => {
  test("[landing.compute.load-balancer] it is internal, drops invalid headers, and is protected where data is", () => {
    const attributes = (parts: Parts) => {
      const balancer = parts.only("Compute", "AWS::ElasticLoadBalancingV2::LoadBalancer");
      expect(balancer).toMatchObject({ Scheme: "internal", Type: "application" });
      const list = balancer["LoadBalancerAttributes"] as readonly { Key: string; Value: string }[];
      return Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
    };
    expect(attributes(partsOf(solo, "production"))).toMatchObject({
      "deletion_protection.enabled": "true",
      "routing.http.drop_invalid_header_fields.enabled": "true",
    });
    expect(attributes(partsOf(solo, "dev"))).toMatchObject({ "deletion_protection.enabled": "false" });
  });

  test("[landing.compute.load-balancer] nothing but CloudFront comes in, and it reaches nothing but the program", () => {
    const parts = partsOf({ ...solo, region: "eu-west-3", service: { port: 8080 } }, "dev");
    const ingress = parts.all("Compute", "AWS::EC2::SecurityGroupIngress");
    expect(ingress).toHaveLength(2);
    expect(ingress[0]).toMatchObject({ SourcePrefixListId: "pl-75b1541c", FromPort: 80, ToPort: 80 });
    expect(ingress[1]).toMatchObject({ FromPort: 8080, ToPort: 8080 });
    expect(JSON.stringify(ingress[1]?.["SourceSecurityGroupId"])).toContain("LoadBalancer");
    for (const group of parts.all("Compute", "AWS::EC2::SecurityGroup")) {
      expect(group).not.toHaveProperty("SecurityGroupIngress");
    }
    expect(parts.all("Compute", "AWS::EC2::SecurityGroupEgress")).toMatchObject([{ FromPort: 8080, ToPort: 8080 }]);
  });

  test("[landing.compute.load-balancer] it asks the program whether it is alive", () => {
    const parts = partsOf({ ...solo, service: { healthPath: "/up" } }, "dev");
    expect(parts.only("Compute", "AWS::ElasticLoadBalancingV2::TargetGroup")).toMatchObject({
      HealthCheckPath: "/up",
      TargetType: "ip",
      Port: 80,
      Protocol: "HTTP",
      Matcher: { HttpCode: "200-299" },
    });
  });
});

describe("CloudFront", () => {
  const parts = partsOf(solo, "dev");

  test("[landing.compute.errors-uncached] an error is told to whom it happened, and kept for nobody else", () => {
    const { CustomErrorResponses: errors } = distributionOf(parts) as {
      CustomErrorResponses: readonly { ErrorCode: number; ErrorCachingMinTTL: number; ResponsePagePath?: string }[];
    };
    expect(errors.map(({ ErrorCode }) => ErrorCode)).toEqual(expect.arrayContaining([404, 405, 500, 502, 503, 504]));
    for (const error of errors) expect(error).toEqual({ ErrorCode: error.ErrorCode, ErrorCachingMinTTL: 0 });
  });

  test("[landing.compute.origin] it reaches the load balancer as a VPC origin, by HTTP", () => {
    expect(parts.only("Compute", "AWS::CloudFront::VpcOrigin")).toMatchObject({
      VpcOriginEndpointConfig: {
        Arn: { Ref: expect.stringContaining("LoadBalancer") },
        OriginProtocolPolicy: "http-only",
      },
    });
    expect(distributionOf(parts)).toMatchObject({
      Origins: [{ VpcOriginConfig: { VpcOriginId: { "Fn::GetAtt": [expect.stringContaining("VpcOrigin"), "Id"] } } }],
    });
  });

  test("[landing.compute.origin] it waits longer than the server is ever silent, and lets go of connections first", () => {
    const [origin] = (distributionOf(parts) as { Origins: readonly { VpcOriginConfig: Record<string, number> }[] })
      .Origins;
    const heartbeatSeconds = 15;
    expect(origin?.VpcOriginConfig["OriginReadTimeout"]).toBeGreaterThan(2 * heartbeatSeconds);
    const attributes = parts.only("Compute", "AWS::ElasticLoadBalancingV2::LoadBalancer")["LoadBalancerAttributes"];
    const idle = (attributes as readonly { Key: string; Value: string }[]).find(
      ({ Key }) => Key === "idle_timeout.timeout_seconds",
    );
    expect(Number(idle?.Value)).toBeGreaterThan(origin?.VpcOriginConfig["OriginKeepaliveTimeout"] ?? Infinity);
    expect(Number(idle?.Value)).toBeGreaterThan(2 * heartbeatSeconds);
    const nodeKeepsSeconds = 72;
    expect(Number(idle?.Value)).toBeLessThan(nodeKeepsSeconds);
  });

  test("[landing.compute.origin] it caches nothing and passes on everything but the Host header", () => {
    const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
    const allViewerExceptHostHeader = "b689b0a8-53d0-40ab-baf2-68738e2966ac";
    expect(distributionOf(parts)).toMatchObject({
      Enabled: true,
      HttpVersion: "http2and3",
      IPV6Enabled: true,
      DefaultCacheBehavior: {
        ViewerProtocolPolicy: "redirect-to-https",
        AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
        CachePolicyId: cachingDisabled,
        OriginRequestPolicyId: allViewerExceptHostHeader,
      },
    });
    expect(distributionOf(parts)).not.toHaveProperty("CacheBehaviors");
  });

  test("[landing.compute.origin] what a program says of its headers stays, where it says nothing they are strict", () => {
    expect(parts.only("Compute", "AWS::CloudFront::ResponseHeadersPolicy")).toMatchObject({
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, Override: false },
          ContentTypeOptions: { Override: true },
        },
      },
    });
  });

  test("[landing.compute.without-domain] its own name serves https, and the program knows it", () => {
    expect(distributionOf(parts)).not.toHaveProperty("Aliases");
    const url = {
      "Fn::Join": ["", ["https://", { "Fn::GetAtt": [expect.stringContaining("Distribution"), "DomainName"] }]],
    };
    expect(parts.json("Compute").Outputs?.["Url"]?.Value).toEqual(url);
    expect(toldOf(parts, "FRONTEND_URL")).toEqual(url);
  });
});

describe("a domain in Route 53", () => {
  const parts = partsOf({ ...solo, domain: route53 }, "dev");

  test("[landing.compute.route53] CloudFront serves it by TLS 1.2 and 1.3, with a certificate of us-east-1", () => {
    expect(distributionOf(parts)).toMatchObject({
      Aliases: ["chat.example.com"],
      ViewerCertificate: { MinimumProtocolVersion: "TLSv1.2_2025", SslSupportMethod: "sni-only" },
    });
    expect(parts.only("Guard", "AWS::CertificateManager::Certificate")).toMatchObject({
      DomainName: "chat.example.com",
      ValidationMethod: "DNS",
      DomainValidationOptions: [{ HostedZoneId: "Z0123456789" }],
    });
  });

  test("[landing.compute.route53] it has addresses of both kinds", () => {
    const records = parts.all("Compute", "AWS::Route53::RecordSet");
    expect(records.map(({ Name, Type }) => [Name, Type])).toEqual([
      ["chat.example.com.", "A"],
      ["chat.example.com.", "AAAA"],
    ]);
  });

  test("[landing.compute.route53] the way to the load balancer is TLS by the newest policy", () => {
    expect(parts.only("Compute", "AWS::ElasticLoadBalancingV2::Listener")).toMatchObject({
      Port: 443,
      Protocol: "HTTPS",
      SslPolicy: "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    });
    expect(parts.only("Compute", "AWS::CertificateManager::Certificate")).toMatchObject({
      DomainName: "origin.chat.example.com",
    });
    expect(parts.only("Compute", "AWS::CloudFront::VpcOrigin")).toMatchObject({
      VpcOriginEndpointConfig: { OriginProtocolPolicy: "https-only" },
    });
    expect(distributionOf(parts)).toMatchObject({ Origins: [{ DomainName: "origin.chat.example.com" }] });
    expect(toldOf(parts, "ALOFT_HOSTS")).toBe("origin.chat.example.com");
    parts.of("Compute").hasResourceProperties("AWS::EC2::SecurityGroupIngress", { FromPort: 443, ToPort: 443 });
  });

  test("[landing.compute.route53] the program knows it by its name", () => {
    expect(toldOf(parts, "FRONTEND_URL")).toBe("https://chat.example.com");
    expect(parts.json("Compute").Outputs?.["Url"]?.Value).toBe("https://chat.example.com");
  });
});

test("[landing.compute.external-dns] the outputs say which record to set, and the given certificate is used", () => {
  const parts = partsOf({ ...solo, region: "eu-north-1", domain: external }, "dev");
  expect(distributionOf(parts)).toMatchObject({
    Aliases: ["chat.example.net"],
    ViewerCertificate: { AcmCertificateArn: certificateArn },
  });
  expect(parts.json("Compute").Outputs?.["DnsRecord"]?.Value).toEqual({
    "Fn::Join": [" ", ["chat.example.net CNAME", { "Fn::GetAtt": [expect.any(String), "DomainName"] }]],
  });
  parts.of("Compute").resourceCountIs("AWS::Route53::RecordSet", 0);
  expect(parts.synthesis.stacks.map(({ part }) => part)).not.toContain("Guard");
});

describe("guard", () => {
  test("[landing.compute.guard] it is in us-east-1, and there only if it holds something", () => {
    const places = (config: SoloConfig, environment: "dev" | "production") =>
      partsOf(config, environment).synthesis.stacks.find(({ part }) => part === "Guard")?.region;
    expect(places(solo, "dev")).toBeUndefined();
    expect(places(solo, "production")).toBe("us-east-1");
    expect(places({ ...solo, region: "eu-central-1" }, "production")).toBe("us-east-1");
    expect(places({ ...solo, domain: route53 }, "dev")).toBe("us-east-1");
    expect(places({ ...solo, waf: false }, "production")).toBeUndefined();
  });

  test("[landing.compute.guard] whoever uses it reads its outputs, from any region, and holds nothing of it back", () => {
    for (const region of ["eu-central-1", "us-east-1"]) {
      const parts = partsOf({ ...solo, region }, "production");
      parts.of("Guard").resourceCountIs("AWS::Lambda::Function", 0);
      expect(JSON.stringify(distributionOf(parts))).toMatch(
        /"WebACLId":\{"Fn::GetStackOutput":\{"StackName":"[a-z-]+-guard","Region":"us-east-1"/,
      );
      expect(JSON.stringify(parts.of("Guard").toJSON())).not.toContain('"Export"');
    }
  });
});

describe("firewall", () => {
  interface Rule {
    readonly Name: string;
    readonly Statement: {
      readonly ManagedRuleGroupStatement?: {
        readonly RuleActionOverrides: readonly { readonly Name: string; readonly ActionToUse: unknown }[];
      };
    };
  }
  const parts = partsOf(solo, "production");
  const acl = parts.only("Guard", "AWS::WAFv2::WebACL");
  const rules = acl["Rules"] as readonly Rule[];

  test("[landing.compute.waf] it refuses by AWS's rules and by rate", () => {
    expect(acl).toMatchObject({ Scope: "CLOUDFRONT", DefaultAction: { Allow: {} } });
    expect(rules.map(({ Name }) => Name)).toEqual([
      "Rate",
      "AWSManagedRulesCommonRuleSet",
      "AWSManagedRulesKnownBadInputsRuleSet",
      "AWSManagedRulesAmazonIpReputationList",
    ]);
    expect(rules[0]).toMatchObject({
      Action: { Block: { CustomResponse: { ResponseCode: 429 } } },
      Statement: { RateBasedStatement: { Limit: 2000, AggregateKeyType: "IP", EvaluationWindowSec: 300 } },
    });
    for (const rule of rules.slice(1)) expect(rule).toMatchObject({ OverrideAction: { None: {} } });
  });

  test("[landing.compute.waf] no rule refuses for what is in a body: messages hold code, and files are large", () => {
    const counted = rules.flatMap(({ Statement }) => Statement.ManagedRuleGroupStatement?.RuleActionOverrides ?? []);
    expect(counted.every(({ ActionToUse }) => JSON.stringify(ActionToUse) === '{"Count":{}}')).toBe(true);
    // Of these groups, in November 2026; the list of AWS's documentation.
    const looksIntoBodies = [
      "CrossSiteScripting_BODY",
      "EC2MetaDataSSRF_BODY",
      "GenericLFI_BODY",
      "GenericRFI_BODY",
      "JavaDeserializationRCE_BODY",
      "Log4JRCE_BODY",
      "SizeRestrictions_BODY",
    ];
    expect(counted.map(({ Name }) => Name)).toEqual(expect.arrayContaining(looksIntoBodies));
  });

  test("[landing.compute.waf] what it refused is kept for 30 days, without cookies and tokens", () => {
    expect(parts.only("Guard", "AWS::WAFv2::LoggingConfiguration")).toMatchObject({
      RedactedFields: [{ SingleHeader: { Name: "authorization" } }, { SingleHeader: { Name: "cookie" } }],
      LoggingFilter: { DefaultBehavior: "DROP" },
    });
    expect(parts.only("Guard", "AWS::Logs::LogGroup")).toMatchObject({
      LogGroupName: "aws-waf-logs-chat-production",
      RetentionInDays: 30,
    });
  });

  test("[landing.compute.waf] its limit is the app's, and AWS's rules can be left out", () => {
    const own = partsOf({ ...solo, waf: { requestsPerFiveMinutes: 500, managedRules: false } }, "dev");
    expect(own.only("Guard", "AWS::WAFv2::WebACL")["Rules"]).toMatchObject([
      { Statement: { RateBasedStatement: { Limit: 500 } } },
    ]);
  });
});

test("[landing.compute.regions] a region that CloudFront does not reach into is refused with what to do", () => {
  const refused = () => partsOf({ ...solo, region: "ap-southeast-7" }, "dev");
  expect(refused).toThrow(AppConfigError);
  expect(refused).toThrow(/ap-southeast-7.*choose another region/);
});
