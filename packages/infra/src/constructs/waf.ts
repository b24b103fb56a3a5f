import { ArnFormat, Stack } from "aws-cdk-lib";
import { CfnLoggingConfiguration, CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";
import type { WafOptions } from "../config/schema.ts";
import { logGroup } from "./log-group.ts";

export interface WafProps {
  readonly name: string;
  readonly options: WafOptions;
}

/**
 * What people write in a message may look like an attack: code, addresses, markup; files are larger than 8 KB; and a sign-in
 * of a program names `http://127.0.0.1` as where to return to (RFC 8252). These rules only count, others refuse.
 */
const counted: Readonly<Record<string, readonly string[]>> = {
  AWSManagedRulesCommonRuleSet: [
    "CrossSiteScripting_BODY",
    "EC2MetaDataSSRF_BODY",
    "EC2MetaDataSSRF_QUERYARGUMENTS",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "GenericRFI_QUERYARGUMENTS",
    "SizeRestrictions_BODY",
  ],
  AWSManagedRulesKnownBadInputsRuleSet: ["JavaDeserializationRCE_BODY", "Log4JRCE_BODY"],
  AWSManagedRulesAmazonIpReputationList: [],
};

/**
 * Refuses at CloudFront what is known to be bad and who asks too often. It has to be in us-east-1. What it refused is kept
 * for 30 days, without cookies and tokens.
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
 */
export class Waf extends Construct {
  readonly acl: CfnWebACL;

  constructor(scope: Construct, id: string, { name, options }: WafProps) {
    super(scope, id);
    this.acl = new CfnWebACL(this, "Acl", {
      name,
      scope: "CLOUDFRONT",
      defaultAction: { allow: {} },
      visibilityConfig: visibility("Acl"),
      rules: [rateRule(options), ...(options.managedRules ? managedRules() : [])],
    });
    // WAF accepts no other beginning of its name.
    const group = logGroup(this, "Refused", { name: `aws-waf-logs-${name}`, retentionDays: 30, keep: false });
    new CfnLoggingConfiguration(this, "Logging", {
      resourceArn: this.acl.attrArn,
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: "logs",
          resource: "log-group",
          resourceName: group.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      redactedFields: ["authorization", "cookie"].map((header) => ({ singleHeader: { Name: header } })),
      loggingFilter: {
        DefaultBehavior: "DROP",
        Filters: [
          {
            Behavior: "KEEP",
            Requirement: "MEETS_ANY",
            Conditions: [{ ActionCondition: { Action: "BLOCK" } }],
          },
        ],
      },
    });
  }
}

function rateRule({ requestsPerFiveMinutes }: WafOptions): CfnWebACL.RuleProperty {
  return {
    name: "Rate",
    priority: 0,
    action: { block: { customResponse: { responseCode: 429 } } },
    statement: {
      rateBasedStatement: { limit: requestsPerFiveMinutes, aggregateKeyType: "IP", evaluationWindowSec: 300 },
    },
    visibilityConfig: visibility("Rate"),
  };
}

function managedRules(): CfnWebACL.RuleProperty[] {
  return Object.entries(counted).map(([name, rules], i) => ({
    name,
    priority: i + 1,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: "AWS",
        name,
        ruleActionOverrides: rules.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    visibilityConfig: visibility(name),
  }));
}

function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true };
}
