import { CfnAnalyzer } from "aws-cdk-lib/aws-accessanalyzer";
import { type IRuleTarget, Match, Rule } from "aws-cdk-lib/aws-events";
import { CfnDetector } from "aws-cdk-lib/aws-guardduty";
import { Construct } from "constructs";

export interface DetectorsProps {
  readonly name: string;
  /** Who is told of what is serious. Default: nobody; findings are in the console. */
  readonly target?: IRuleTarget;
}

/** GuardDuty's severities from 7 on are "high": an answer is due today. */
const serious = 7;

/**
 * GuardDuty looks for intruders in what the account logs anyway, paid by how much that is, after 30 free days; Access Analyzer, for
 * free, for what the outside may reach.
 * @see https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
 */
export class Detectors extends Construct {
  readonly detector: CfnDetector;
  readonly analyzer: CfnAnalyzer;

  constructor(scope: Construct, id: string, { name, target }: DetectorsProps) {
    super(scope, id);
    this.detector = new CfnDetector(this, "GuardDuty", {
      enable: true,
      dataSources: { s3Logs: { enable: true } },
      findingPublishingFrequency: "FIFTEEN_MINUTES",
    });
    this.analyzer = new CfnAnalyzer(this, "AccessAnalyzer", { type: "ACCOUNT", analyzerName: name });
    if (target === undefined) return;
    const tell = (rule: Rule): void => rule.addTarget(target);
    tell(
      new Rule(this, "Intruders", {
        eventPattern: {
          source: ["aws.guardduty"],
          detailType: ["GuardDuty Finding"],
          detail: { severity: Match.greaterThanOrEqual(serious) },
        },
      }),
    );
    tell(
      new Rule(this, "Openings", {
        eventPattern: {
          source: ["aws.access-analyzer"],
          detailType: ["Access Analyzer Finding"],
          detail: { status: ["ACTIVE"] },
        },
      }),
    );
  }
}
