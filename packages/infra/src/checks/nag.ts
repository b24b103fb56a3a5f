import type { IConstruct } from "constructs";
import { AwsSolutionsChecks, type IApplyRule, NagMessageLevel, NagRuleCompliance } from "cdk-nag";
import type { Draft } from "./finding.ts";

/**
 * What cdk-nag's AwsSolutions rules find, the accepted included: they are part of what is shown.
 * @see https://github.com/cdklabs/cdk-nag/blob/main/RULES.md#awssolutions
 */
export function nagDrafts(root: IConstruct): readonly Draft[] {
  const rules = new Recorder();
  rules.validateScope(root);
  return rules.drafts;
}

/** cdk-nag leaves out what is accepted, so the rules are asked here. */
class Recorder extends AwsSolutionsChecks {
  readonly drafts: Draft[] = [];

  protected override applyRule(asked: IApplyRule): void {
    const { node, info, level } = asked;
    const id = `${this.packName}-${asked.ruleSuffixOverride ?? asked.rule.name}`;
    const found = (name: string, message: string) =>
      this.drafts.push({
        tool: "cdk-nag",
        rule: name,
        level: level === NagMessageLevel.ERROR ? "error" : "warning",
        message,
        path: node.node.path,
      });
    try {
      const result = asked.rule(node);
      if (result === NagRuleCompliance.NON_COMPLIANT) found(id, info);
      else if (Array.isArray(result)) for (const detail of result) found(`${id}[${detail}]`, info);
    } catch {
      found(id, `${info} (The rule could not tell: the value is not known before the deployment.)`);
    }
  }
}
